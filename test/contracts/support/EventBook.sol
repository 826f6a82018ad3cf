// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AgentRegistry} from "../../../contracts/AgentRegistry.sol";
import {IAgentControl} from "../../../contracts/interfaces/IAgentControl.sol";
import {CardId, IAgentRegistry} from "../../../contracts/interfaces/IAgentRegistry.sol";
import {Vm, VM} from "./Vm.sol";

/**
 * @title EventBook
 * @author Herald
 * @notice Reads a registry's events as off-chain code does, and writes down each numbered invariant that one breaks.
 */
abstract contract EventBook {
    /// @dev What the events say about one agent.
    struct Told {
        uint32 cards;
        CardId last;
        address controller;
        address candidate;
        address guardian;
        address recoveryCandidate;
        uint40 recoverableAt;
    }

    AgentRegistry public immutable REGISTRY;

    /// @notice Bit n is set if an event of this kind broke its invariant n.
    mapping(bytes32 topic => uint256 numbers) public broken;

    /// @notice How many events of this kind there were.
    mapping(bytes32 topic => uint256 count) public seen;

    mapping(address agent => Told told) internal _told;
    mapping(address agent => mapping(CardId cardId => IAgentRegistry.Record expected)) internal _expected;
    mapping(address agent => CardId[] cardIds) internal _cards;

    constructor(AgentRegistry registry) {
        REGISTRY = registry;
        VM.recordLogs();
    }

    /**
     * @notice What the events say about who acts for an agent.
     * @param agent The agent.
     * @return state The same as the registry says, or else an event is missing or wrong.
     */
    function toldControl(address agent) public view returns (IAgentControl.Control memory state) {
        Told storage told = _told[agent];
        return
            IAgentControl.Control(
                _controllerOf(agent),
                told.candidate,
                told.guardian,
                told.recoveryCandidate,
                told.recoverableAt
            );
    }

    /**
     * @notice Says whether each record still is what the events made of it.
     * @param agent The agent.
     * @return agree Whether it is.
     */
    function recordsAgree(address agent) external view returns (bool agree) {
        for (uint256 i = 0; i < _cards[agent].length; i++) {
            IAgentRegistry.Record memory expected = _expected[agent][_cards[agent][i]];
            IAgentRegistry.Record memory actual = REGISTRY.record(agent, _cards[agent][i]);
            actual.suite = 0;
            actual.hint = 0;
            if (keccak256(abi.encode(expected)) != keccak256(abi.encode(actual))) return false;
        }
        return true;
    }

    /**
     * @notice The ids of the cards that the events told of.
     * @param agent Whose cards.
     * @return cardIds The ids, in order.
     */
    function cardsOf(address agent) public view returns (CardId[] memory cardIds) {
        return _cards[agent];
    }

    /**
     * @dev Reads what the last call logged.
     * @param caller Who made it.
     */
    function _readEvents(address caller) internal {
        Vm.Log[] memory logs = VM.getRecordedLogs();
        for (uint256 i = 0; i < logs.length; i++) {
            if (logs[i].emitter == address(REGISTRY)) _read(logs[i], caller);
        }
    }

    /**
     * @dev Who the events say the controller is.
     * @param agent The agent.
     * @return controller Its controller.
     */
    function _controllerOf(address agent) internal view returns (address controller) {
        controller = _told[agent].controller;
        if (controller == address(0)) controller = agent;
    }

    function _read(Vm.Log memory log, address caller) private {
        bytes32 topic = log.topics[0];
        seen[topic]++;
        if (topic == IAgentRegistry.CardPublished.selector) _published(log);
        else if (topic == IAgentRegistry.CardRevoked.selector) _revoked(log);
        else if (topic == IAgentRegistry.PublicationSkipped.selector) _skipped(log);
        else if (topic == IAgentControl.ControllerProposed.selector) _proposed(log, caller);
        else if (topic == IAgentControl.ControllerChanged.selector) _changed(log, caller);
        else if (topic == IAgentControl.GuardianSet.selector) _guarded(log, caller);
        else if (topic == IAgentControl.RecoveryStarted.selector) _started(log, caller);
        else if (topic == IAgentControl.RecoveryVetoed.selector) _vetoed(log, caller);
        else broken[topic] = 1;
    }

    function _published(Vm.Log memory log) private {
        bytes32 t = log.topics[0];
        address agent = _account(log.topics[1]);
        CardId cardId = CardId.wrap(log.topics[2]);
        uint32 epoch = uint32(uint256(log.topics[3]));
        (CardId previous, uint40 until, bytes memory card) = abi.decode(log.data, (CardId, uint40, bytes));
        Told storage told = _told[agent];

        _check(t, 1, keccak256(card) == CardId.unwrap(cardId));
        _check(t, 2, epoch == told.cards);
        _check(t, 3, _same(previous, told.last) && (epoch == 0) == _same(previous, CardId.wrap(0)));
        _check(t, 4, epoch == 0 ? until == 0 : until >= block.timestamp);
        _check(t, 5, _expected[agent][cardId].validFrom == 0);
        _check(t, 6, REGISTRY.record(agent, cardId).validFrom == block.timestamp);

        if (epoch != 0) _expected[agent][previous].validUntil = until;
        _expected[agent][cardId].validFrom = uint40(block.timestamp);
        _expected[agent][cardId].epoch = epoch;
        _cards[agent].push(cardId);
        told.cards = epoch + 1;
        told.last = cardId;
    }

    function _revoked(Vm.Log memory log) private {
        bytes32 t = log.topics[0];
        address agent = _account(log.topics[1]);
        IAgentRegistry.Record storage expected = _expected[agent][CardId.wrap(log.topics[2])];
        (IAgentRegistry.RevocationReason reason, uint40 since) = abi.decode(
            log.data,
            (IAgentRegistry.RevocationReason, uint40)
        );
        (CardId current, ) = REGISTRY.current(agent);

        _check(t, 1, expected.validFrom != 0);
        _check(t, 2, expected.revokedAt == 0);
        _check(t, 3, since == 0 || (since >= expected.validFrom && since <= block.timestamp));
        _check(t, 5, _same(current, _told[agent].last));

        expected.revokedAt = uint40(block.timestamp);
        expected.compromisedSince = since;
        expected.reason = reason;
        // Invariant 4, like the second half of invariant 4 of CardPublished, is what recordsAgree says ever after.
    }

    /// @dev Invariant 1 shows in the number of events of a whole batch; see the handler.
    function _skipped(Vm.Log memory log) private {
        (, bytes memory reason) = abi.decode(log.data, (uint256, bytes));
        _check(log.topics[0], 2, reason.length >= 4);
    }

    function _proposed(Vm.Log memory log, address caller) private {
        address agent = _account(log.topics[1]);
        _check(log.topics[0], 1, caller == _controllerOf(agent));
        _told[agent].candidate = _account(log.topics[2]);
        _check(log.topics[0], 2, REGISTRY.control(agent).candidate == _told[agent].candidate);
    }

    function _changed(Vm.Log memory log, address caller) private {
        bytes32 t = log.topics[0];
        address agent = _account(log.topics[1]);
        address controller = _account(log.topics[3]);
        Told storage told = _told[agent];
        bool wasOffered = told.candidate == controller && told.guardian == address(0);
        bool isRecovered = told.recoveryCandidate == controller && block.timestamp >= told.recoverableAt;

        _check(t, 1, caller == controller && controller != address(0));
        _check(t, 2, _account(log.topics[2]) == _controllerOf(agent));
        _check(t, 3, wasOffered || isRecovered);

        told.controller = controller;
        (told.candidate, told.recoveryCandidate, told.recoverableAt) = (address(0), address(0), 0);
        IAgentControl.Control memory state = REGISTRY.control(agent);
        _check(t, 4, state.candidate == address(0) && state.recoverableAt == 0);
    }

    function _guarded(Vm.Log memory log, address caller) private {
        bytes32 t = log.topics[0];
        address agent = _account(log.topics[1]);
        address guardian = _account(log.topics[2]);
        Told storage told = _told[agent];
        bool isAccepted = guardian == address(0) && caller == told.candidate;
        _check(t, 1, caller == _controllerOf(agent) || isAccepted);
        _check(t, 2, told.recoverableAt == 0 && REGISTRY.control(agent).recoverableAt == 0);
        told.guardian = guardian;
    }

    function _started(Vm.Log memory log, address caller) private {
        bytes32 t = log.topics[0];
        address agent = _account(log.topics[1]);
        Told storage told = _told[agent];
        uint40 recoverableAt = abi.decode(log.data, (uint40));
        _check(t, 1, caller == _account(log.topics[2]) && caller == told.guardian && caller != address(0));
        _check(t, 2, recoverableAt == block.timestamp + 7 days);
        told.recoveryCandidate = _account(log.topics[3]);
        told.recoverableAt = recoverableAt;
        _check(t, 3, REGISTRY.control(agent).recoveryCandidate == told.recoveryCandidate);
    }

    function _vetoed(Vm.Log memory log, address caller) private {
        bytes32 t = log.topics[0];
        address agent = _account(log.topics[1]);
        Told storage told = _told[agent];
        _check(t, 1, caller == _controllerOf(agent) || caller == told.candidate);
        _check(t, 2, told.recoverableAt != 0 && told.recoveryCandidate == _account(log.topics[2]));
        (told.recoveryCandidate, told.recoverableAt) = (address(0), 0);
    }

    function _check(bytes32 topic, uint256 number, bool holds) internal {
        if (!holds) broken[topic] |= 1 << number;
    }

    function _account(bytes32 topic) private pure returns (address account) {
        return address(uint160(uint256(topic)));
    }

    function _same(CardId a, CardId b) internal pure returns (bool equal) {
        return CardId.unwrap(a) == CardId.unwrap(b);
    }
}
