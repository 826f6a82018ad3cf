// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AgentRegistry} from "../../contracts/AgentRegistry.sol";
import {CardId, IAgentRegistry} from "../../contracts/interfaces/IAgentRegistry.sol";
import {NO_CARD} from "./support/Cards.sol";
import {RegistryHandler} from "./support/RegistryHandler.sol";

/**
 * @title AgentRegistryInvariantTest
 * @author Herald
 * @notice What holds after any sequence of calls. Each invariant has a deterministic twin, which runs one long story
 * and first makes sure that the story has something to say about the invariant.
 */
contract AgentRegistryInvariantTest {
    AgentRegistry private _registry;
    RegistryHandler private _handler;

    function setUp() external {
        _registry = new AgentRegistry();
        _handler = new RegistryHandler(_registry);
    }

    /**
     * @notice Tells the runner whom to call.
     * @return targets The handler alone.
     */
    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    function invariant_epochsAreDense() public view {
        for (uint256 i = 0; i < _handler.AGENTS(); i++) {
            address agent = _handler.agentAt(i);
            uint256 length = _handler.historyLength(agent);
            for (uint256 epoch = 0; epoch < length; epoch++) {
                require(_registry.record(agent, _handler.history(agent, epoch)).epoch == epoch, "epoch");
            }
            (CardId current, IAgentRegistry.Record memory record) = _registry.current(agent);
            if (length == 0) {
                require(_same(current, NO_CARD) && record.validFrom == 0, "current before the first card");
            } else {
                require(_same(current, _handler.history(agent, length - 1)), "current is not the last card");
                require(record.epoch + 1 == length && record.validUntil == 0, "current record");
            }
        }
    }

    function invariant_aCardIsNeverCurrentTwice() public view {
        for (uint256 i = 0; i < _handler.AGENTS(); i++) {
            address agent = _handler.agentAt(i);
            for (uint256 epoch = 0; epoch < _handler.historyLength(agent); epoch++) {
                require(_handler.timesPublished(agent, _handler.history(agent, epoch)) == 1, "published twice");
            }
        }
        require(_handler.staleSuccesses() == 0, "published on outdated knowledge");
    }

    function invariant_aRevocationIsFinal() public view {
        require(_handler.secondRevocations() == 0, "revoked twice");
        RegistryHandler.Revocation[] memory revocations = _handler.allRevocations();
        for (uint256 i = 0; i < revocations.length; i++) {
            RegistryHandler.Revocation memory expected = revocations[i];
            IAgentRegistry.Record memory record = _registry.record(expected.agent, expected.cardId);
            require(record.revokedAt == expected.revokedAt, "revokedAt");
            require(record.compromisedSince == expected.compromisedSince, "compromisedSince");
            require(record.reason == expected.reason, "reason");
        }
    }

    function invariant_statusOfThePastIsStable() public view {
        RegistryHandler.Answer[] memory answers = _handler.allAnswers();
        for (uint256 i = 0; i < answers.length; i++) {
            RegistryHandler.Answer memory a = answers[i];
            require(_registry.statusAt(a.agent, a.cardId, a.time, a.asOf) == a.status, "the past changed");
        }
    }

    function invariant_onlyTheAgentChangesItsRecords() public view {
        require(_handler.foreignChanges() == 0, "someone else changed a record");
    }

    /// @notice Each card is in force from publication on, and one at least at any time.
    function invariant_validityLeavesNoGap() public view {
        for (uint256 i = 0; i < _handler.AGENTS(); i++) {
            address agent = _handler.agentAt(i);
            for (uint256 epoch = 1; epoch < _handler.historyLength(agent); epoch++) {
                IAgentRegistry.Record memory previous = _registry.record(agent, _handler.history(agent, epoch - 1));
                uint40 validFrom = _registry.record(agent, _handler.history(agent, epoch)).validFrom;
                require(validFrom >= previous.validFrom && previous.validUntil >= validFrom, "gap");
            }
        }
    }

    function test_epochsAreDense() external {
        _story();
        require(_handler.historyLength(_handler.agentAt(0)) > 3, "too short a story");
        invariant_epochsAreDense();
    }

    function test_aCardIsNeverCurrentTwice() external {
        _story();
        require(_handler.timesPublished(_handler.agentAt(0), _handler.history(_handler.agentAt(0), 0)) == 1, "story");
        invariant_aCardIsNeverCurrentTwice();
    }

    function test_aRevocationIsFinal() external {
        _story();
        require(_handler.allRevocations().length > 2, "too short a story");
        invariant_aRevocationIsFinal();
    }

    function test_statusOfThePastIsStable() external {
        _story();
        uint256 valid = 0;
        RegistryHandler.Answer[] memory answers = _handler.allAnswers();
        for (uint256 i = 0; i < answers.length; i++) {
            if (answers[i].status == IAgentRegistry.CardStatus.Valid) valid++;
        }
        require(valid > 2, "too few answers");
        require(_handler.allRevocations()[1].compromisedSince != 0, "no claim of compromise");
        invariant_statusOfThePastIsStable();
    }

    function test_onlyTheAgentChangesItsRecords() external {
        _story();
        invariant_onlyTheAgentChangesItsRecords();
    }

    function test_validityLeavesNoGap() external {
        _story();
        invariant_validityLeavesNoGap();
    }

    /// @dev Two agents rotate with and without grace; in between, everything that must fail is tried.
    function _story() private {
        for (uint256 round = 0; round < 6; round++) {
            for (uint256 agent = 0; agent < 2; agent++) {
                _handler.publish(agent, round, round);
                _handler.publish(agent, round, round);
                _handler.publish(agent, 0, 1);
                _handler.publishStale(agent, round + 6, round);
                _handler.publishForAnother(agent, round, round + 6);
            }
            _handler.wait(500);
            for (uint256 card = 0; card <= round; card++) _handler.ask(0, card, 300 * round, 400 * round);
            _handler.revoke(0, round / 2, 2 * round + 1, 1);
            _handler.revoke(0, round / 2, 0, 0);
            _handler.revokeForAnother(1, round, 0);
        }
    }

    function _same(CardId a, CardId b) private pure returns (bool equal) {
        return CardId.unwrap(a) == CardId.unwrap(b);
    }
}
