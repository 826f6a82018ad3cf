// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AgentRegistry} from "../../contracts/AgentRegistry.sol";
import {IAgentControl} from "../../contracts/interfaces/IAgentControl.sol";
import {CardId, IAgentRegistry} from "../../contracts/interfaces/IAgentRegistry.sol";
import {makeCard, NO_CARD, within} from "./support/Cards.sol";
import {VM} from "./support/Vm.sol";

/**
 * @title AgentControlTest
 * @author Herald
 * @notice Fuzz tests of controller, guardian and recovery.
 */
contract AgentControlTest {
    uint40 private constant START = 2_000_000_000;
    address private constant AGENT = 0xA11ce0000000000000000000000000000000a11c;
    address private constant GUARDIAN = address(0x600D);
    address private constant CANDIDATE = address(0xCA2D);

    AgentRegistry private immutable REGISTRY = new AgentRegistry();

    function setUp() external {
        VM.warp(START);
    }

    function testFuzz_everyAgentControlsItself(address agent) external view {
        IAgentControl.Control memory expected = IAgentControl.Control(agent, address(0), address(0), address(0), 0);
        require(keccak256(abi.encode(REGISTRY.control(agent))) == keccak256(abi.encode(expected)), "control");
        require(REGISTRY.controllerOf(agent) == agent, "controllerOf");
    }

    function testFuzz_onlyTheCandidateAccepts(address candidate, address caller, bool same) external {
        if (same) caller = candidate;
        VM.prank(AGENT);
        REGISTRY.proposeController(AGENT, candidate);
        VM.prank(caller);
        try REGISTRY.acceptControl(AGENT) {
            require(caller == candidate && candidate != address(0), "accepted");
            require(REGISTRY.controllerOf(AGENT) == candidate, "controller");
        } catch {
            require(caller != candidate || candidate == address(0), "refused");
            require(REGISTRY.controllerOf(AGENT) == AGENT, "changed");
        }
    }

    function testFuzz_onlyTheControllerProposesAndGuards(address caller, uint8 pick) external {
        caller = _pick(caller, pick);
        VM.prank(caller);
        try REGISTRY.proposeController(AGENT, caller) {
            require(caller == AGENT, "proposed");
        } catch {
            require(caller != AGENT, "did not propose");
        }
        VM.prank(caller);
        try REGISTRY.setGuardian(AGENT, caller) {
            require(caller == AGENT && REGISTRY.control(AGENT).guardian == caller, "guardian");
        } catch {
            require(caller != AGENT, "no guardian");
        }
    }

    function testFuzz_recoveryTakesItsDelayAndNoVeto(
        address guardian,
        address candidate,
        uint40 wait,
        bool isVetoed
    ) external {
        if (guardian == address(0)) guardian = address(1);
        if (candidate == address(0)) candidate = address(2);
        wait = uint40(within(wait, 0, 14 days));
        VM.prank(AGENT);
        REGISTRY.setGuardian(AGENT, guardian);
        VM.prank(guardian);
        REGISTRY.startRecovery(AGENT, candidate);
        VM.warp(START + wait);
        if (isVetoed) {
            VM.prank(AGENT);
            REGISTRY.vetoRecovery(AGENT);
        }
        VM.prank(candidate);
        try REGISTRY.finishRecovery(AGENT) {
            require(!isVetoed && wait >= REGISTRY.recoveryDelay(), "too early, or vetoed");
            require(REGISTRY.controllerOf(AGENT) == candidate, "controller");
        } catch {
            require(isVetoed || wait < REGISTRY.recoveryDelay(), "refused");
            require(REGISTRY.controllerOf(AGENT) == AGENT, "changed");
        }
    }

    function testFuzz_onlyTheGuardianStartsARecovery(address caller, address candidate, uint8 pick) external {
        if (pick % 4 == 0) caller = GUARDIAN;
        if (pick % 8 == 1) caller = AGENT;
        if (pick >= 224) candidate = address(0);
        _setGuardian();
        VM.prank(caller);
        try REGISTRY.startRecovery(AGENT, candidate) {
            require(caller == GUARDIAN && candidate != address(0), "started");
            IAgentControl.Control memory state = REGISTRY.control(AGENT);
            require(state.recoveryCandidate == candidate, "candidate");
            require(state.recoverableAt == START + REGISTRY.recoveryDelay(), "recoverableAt");
        } catch {
            require(caller != GUARDIAN || candidate == address(0), "refused");
            require(REGISTRY.control(AGENT).recoverableAt == 0, "changed");
        }
    }

    function testFuzz_onlyTheControllerVetoes(address caller, uint8 pick) external {
        caller = _pick(caller, pick);
        _setGuardian();
        _startRecovery();
        VM.prank(caller);
        try REGISTRY.vetoRecovery(AGENT) {
            require(caller == AGENT, "vetoed");
            require(REGISTRY.control(AGENT).recoverableAt == 0, "not stopped");
        } catch {
            require(caller != AGENT, "refused");
            require(REGISTRY.control(AGENT).recoverableAt != 0, "stopped");
        }
    }

    function testFuzz_onlyTheCandidateFinishes(address caller, uint8 pick, uint40 wait) external {
        caller = _pick(caller, pick);
        wait = uint40(within(wait, 6 days, 8 days));
        _setGuardian();
        _startRecovery();
        VM.warp(START + wait);
        VM.prank(caller);
        try REGISTRY.finishRecovery(AGENT) {
            require(caller == CANDIDATE && wait >= 7 days, "finished");
            require(REGISTRY.controllerOf(AGENT) == CANDIDATE, "controller");
        } catch {
            require(caller != CANDIDATE || wait < 7 days, "refused");
            require(REGISTRY.controllerOf(AGENT) == AGENT, "changed");
        }
    }

    function testFuzz_theGuardianRevokesAsOfNow(address caller, uint8 pick, uint40 since) external {
        caller = _pick(caller, pick);
        since = since % 2 == 0 ? 0 : uint40(within(since, START, START + 100));
        _setGuardian();
        VM.prank(AGENT);
        CardId cardId = REGISTRY.publish(AGENT, makeCard(1, 64, 1), NO_CARD, 0);
        VM.warp(START + 100);
        VM.prank(caller);
        try REGISTRY.revoke(AGENT, cardId, IAgentRegistry.RevocationReason.KeyCompromise, since) {
            require(caller == AGENT || (caller == GUARDIAN && since == 0), "revoked");
            IAgentRegistry.Record memory record = REGISTRY.record(AGENT, cardId);
            require(record.revokedAt == START + 100 && record.compromisedSince == since, "record");
        } catch {
            require(caller != AGENT && (caller != GUARDIAN || since != 0), "refused");
            require(REGISTRY.record(AGENT, cardId).revokedAt == 0, "changed");
        }
    }

    /// @dev Any account, or often one of those that may do something.
    function _pick(address caller, uint8 pick) private pure returns (address account) {
        if (pick % 4 == 0) return AGENT;
        if (pick % 4 == 1) return GUARDIAN;
        return pick % 4 == 2 ? CANDIDATE : caller;
    }

    function _setGuardian() private {
        VM.prank(AGENT);
        REGISTRY.setGuardian(AGENT, GUARDIAN);
    }

    function _startRecovery() private {
        VM.prank(GUARDIAN);
        REGISTRY.startRecovery(AGENT, CANDIDATE);
    }
}
