// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AgentRegistry} from "../../contracts/AgentRegistry.sol";
import {MessageAnchor} from "../../contracts/MessageAnchor.sol";
import {CardId, IAgentRegistry} from "../../contracts/interfaces/IAgentRegistry.sol";
import {idOf, makeCard, NO_CARD} from "./support/Cards.sol";
import {VM} from "./support/Vm.sol";

/**
 * @title GasTest
 * @author Herald
 * @notice Writes `snapshots/gas.json`. The runner isolates calls, so each figure is that of a whole transaction: base
 * fee of 21,000 gas and call data included.
 */
contract GasTest {
    uint40 private constant START = 2_000_000_000;
    address private constant AGENT = 0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266;

    AgentRegistry private immutable REGISTRY = new AgentRegistry();
    MessageAnchor private immutable ANCHOR = new MessageAnchor();

    function test_publishFirst64Bytes() external {
        _publish(makeCard(1, 64, 0x647a), NO_CARD, 0);
        VM.snapshotGasLastCall("gas", "publish first card, 64 bytes");
    }

    function test_publishFirst1248Bytes() external {
        _publish(makeCard(1, 1248, 0x647a), NO_CARD, 0);
        VM.snapshotGasLastCall("gas", "publish first card, 1248 bytes");
    }

    function test_rotate64Bytes() external {
        bytes memory first = makeCard(1, 64, 0x647a);
        _publish(first, NO_CARD, 0);
        _publish(makeCard(2, 64, 0x647a), idOf(first), START + 86_400);
        VM.snapshotGasLastCall("gas", "rotate with grace period, 64 bytes");
    }

    function test_revoke() external {
        bytes memory card = makeCard(1, 64, 0x647a);
        _publish(card, NO_CARD, 0);
        VM.warp(START + 86_400);
        VM.prank(AGENT);
        REGISTRY.revoke(AGENT, idOf(card), IAgentRegistry.RevocationReason.KeyCompromise, START + 3600);
        VM.snapshotGasLastCall("gas", "revoke with backdated compromise");
    }

    function test_anchor() external {
        VM.prank(AGENT);
        ANCHOR.anchor(keccak256("root"), 1000);
        VM.snapshotGasLastCall("gas", "anchor root");
    }

    function _publish(bytes memory card, CardId previous, uint40 previousValidUntil) private {
        VM.warp(START);
        VM.prank(AGENT);
        REGISTRY.publish(AGENT, card, previous, previousValidUntil);
    }
}
