// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AgentRegistry} from "../../contracts/AgentRegistry.sol";
import {IAgentControl} from "../../contracts/interfaces/IAgentControl.sol";
import {CardId, IAgentRegistry} from "../../contracts/interfaces/IAgentRegistry.sol";
import {ControlHandler} from "./support/ControlHandler.sol";

/**
 * @title AgentControlInvariantTest
 * @author Herald
 * @notice What holds after any sequence of calls by agents, controllers, guardians, relayers and strangers: the numbered
 * invariants of each event, and that nobody else changes anything. Each has a deterministic twin.
 */
contract AgentControlInvariantTest {
    AgentRegistry private _registry;
    ControlHandler private _handler;

    function setUp() external {
        _registry = new AgentRegistry();
        _handler = new ControlHandler(_registry);
    }

    /**
     * @notice Tells the runner whom to call.
     * @return targets The handler alone.
     */
    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    /// @notice Only controller, guardian or a valid signature changes anything, and no signature works twice.
    function invariant_onlyWhoMayChangesAnything() public view {
        require(_handler.unauthorized() == 0, "somebody else changed something");
        require(_handler.replayed() == 0, "a signature worked twice");
        require(_handler.miscounted() == 0, "a batch counted wrong");
    }

    function invariant_guardiansNeverBackdate() public view {
        require(_handler.backdated() == 0, "a guardian reached into the past");
    }

    /// @notice Whoever reads all events knows who acts for each agent.
    function invariant_controlFollowsFromEvents() public view {
        for (uint256 i = 0; i < _handler.AGENTS(); i++) {
            address agent = _handler.actor(i);
            bytes32 told = keccak256(abi.encode(_handler.toldControl(agent)));
            require(told == keccak256(abi.encode(_registry.control(agent))), "control");
            require(_handler.toldControl(agent).controller == _registry.controllerOf(agent), "controllerOf");
        }
    }

    /// @notice CardPublished 4 and CardRevoked 4: what an event says stays so.
    function invariant_recordsFollowFromEvents() public view {
        for (uint256 i = 0; i < _handler.AGENTS(); i++) {
            address agent = _handler.actor(i);
            require(_handler.recordsAgree(agent), "a record differs from its events");
            CardId[] memory cards = _handler.cardsOf(agent);
            (CardId current, ) = _registry.current(agent);
            CardId last = cards.length == 0 ? CardId.wrap(0) : cards[cards.length - 1];
            require(CardId.unwrap(current) == CardId.unwrap(last), "current is not the card of the last event");
        }
    }

    function invariant_aRecoveryNeedsAGuardian() public view {
        for (uint256 i = 0; i < _handler.AGENTS(); i++) {
            IAgentControl.Control memory state = _registry.control(_handler.actor(i));
            require(state.recoverableAt == 0 || state.guardian != address(0), "no guardian");
            require((state.recoverableAt == 0) == (state.recoveryCandidate == address(0)), "half a recovery");
        }
    }

    function invariant_cardPublished() public view {
        _requireUnbroken(IAgentRegistry.CardPublished.selector);
    }

    function invariant_cardRevoked() public view {
        _requireUnbroken(IAgentRegistry.CardRevoked.selector);
    }

    function invariant_publicationSkipped() public view {
        _requireUnbroken(IAgentRegistry.PublicationSkipped.selector);
    }

    function invariant_controllerProposed() public view {
        _requireUnbroken(IAgentControl.ControllerProposed.selector);
    }

    function invariant_controllerChanged() public view {
        _requireUnbroken(IAgentControl.ControllerChanged.selector);
    }

    function invariant_guardianSet() public view {
        _requireUnbroken(IAgentControl.GuardianSet.selector);
    }

    function invariant_recoveryStarted() public view {
        _requireUnbroken(IAgentControl.RecoveryStarted.selector);
    }

    function invariant_recoveryVetoed() public view {
        _requireUnbroken(IAgentControl.RecoveryVetoed.selector);
    }

    function test_onlyWhoMayChangesAnything() external {
        _story();
        invariant_onlyWhoMayChangesAnything();
    }

    function test_guardiansNeverBackdate() external {
        _story();
        invariant_guardiansNeverBackdate();
    }

    function test_controlFollowsFromEvents() external {
        _story();
        require(_registry.controllerOf(_handler.actor(0)) == _handler.actor(4), "the story ends otherwise");
        invariant_controlFollowsFromEvents();
    }

    function test_recordsFollowFromEvents() external {
        _story();
        require(_handler.cardsOf(_handler.actor(0)).length > 4, "too short a story");
        invariant_recordsFollowFromEvents();
    }

    function test_aRecoveryNeedsAGuardian() external {
        _story();
        invariant_aRecoveryNeedsAGuardian();
    }

    function test_cardPublished() external {
        _story();
        require(_handler.seen(IAgentRegistry.CardPublished.selector) > 1, "no such event in the story");
        invariant_cardPublished();
    }

    function test_cardRevoked() external {
        _story();
        require(_handler.seen(IAgentRegistry.CardRevoked.selector) > 1, "no such event in the story");
        invariant_cardRevoked();
    }

    function test_publicationSkipped() external {
        _story();
        require(_handler.seen(IAgentRegistry.PublicationSkipped.selector) > 1, "no such event in the story");
        invariant_publicationSkipped();
    }

    function test_controllerProposed() external {
        _story();
        require(_handler.seen(IAgentControl.ControllerProposed.selector) > 1, "no such event in the story");
        invariant_controllerProposed();
    }

    function test_controllerChanged() external {
        _story();
        require(_handler.seen(IAgentControl.ControllerChanged.selector) > 1, "no such event in the story");
        invariant_controllerChanged();
    }

    function test_guardianSet() external {
        _story();
        require(_handler.seen(IAgentControl.GuardianSet.selector) > 1, "no such event in the story");
        invariant_guardianSet();
    }

    function test_recoveryStarted() external {
        _story();
        require(_handler.seen(IAgentControl.RecoveryStarted.selector) > 1, "no such event in the story");
        invariant_recoveryStarted();
    }

    function test_recoveryVetoed() external {
        _story();
        require(_handler.seen(IAgentControl.RecoveryVetoed.selector) > 1, "no such event in the story");
        invariant_recoveryVetoed();
    }

    /// @dev Odd seeds pick the account that may, even ones any; see the handler. The first agent ends with actor 4.
    function _story() private {
        for (uint256 round = 0; round < 3; round++) {
            for (uint256 agent = 0; agent < 2; agent++) {
                _try(agent, 2 * round);
                _handler.publish(agent, 1);
                _handler.publishFor(agent, 1, 0);
                for (uint256 change = 1; change < 6; change++) _handler.publishFor(agent, 1, change);
                _handler.publishForMany(agent, 1 + (1 << 8), 0);
                _handler.publishForMany(agent, 1, 3);
                _handler.setGuardian(agent, 1, 3);
                _handler.revoke(agent, 1, round, 1);
                _handler.revoke(agent, 1, round, 0);
                _handler.revoke(agent, 3, round + 1, 1);
                _handler.revokeFor(agent, 1, round + 1, 1);
                _handler.revokeFor(agent, 1, round + 2, 5);
                _handler.startRecovery(agent, 1, 2);
                _handler.vetoRecovery(agent, 1);
                _handler.startRecovery(agent, 1, 2);
                _handler.propose(agent, 1, 4);
                _try(agent, 2 * round + 4);
                _handler.accept(agent, 1);
                _handler.setGuardian(agent, 1, 1);
                _handler.startRecovery(agent, 1, 2);
                _handler.finishRecovery(agent, 1);
                _handler.wait(4 days - 1);
                _handler.finishRecovery(agent, 1);
                _handler.wait(4 days - 1);
                _handler.finishRecovery(agent, 1);
                _handler.propose(agent, 1, 4);
                _handler.accept(agent, 1);
            }
        }
    }

    /// @dev Everybody tries everything.
    function _try(uint256 agent, uint256 seed) private {
        for (uint256 caller = 0; caller < 10; caller += 2) {
            _handler.accept(agent, caller);
            _handler.finishRecovery(agent, caller);
            _handler.publishFor(agent, caller, 0);
            _handler.publish(agent, caller + seed);
            _handler.revoke(agent, caller, seed, 0);
            _handler.revokeFor(agent, caller, seed, 1);
        }
    }

    function _requireUnbroken(bytes32 topic) private view {
        uint256 numbers = _handler.broken(topic);
        for (uint256 number = 0; number < 8; number++) {
            require(
                numbers & (1 << number) == 0,
                string.concat("invariant ", string(abi.encodePacked(bytes1(uint8(48 + number)))))
            );
        }
    }
}
