// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AgentRegistry} from "../../contracts/AgentRegistry.sol";
import {MessageAnchor} from "../../contracts/MessageAnchor.sol";
import {CardId, IAgentRegistry} from "../../contracts/interfaces/IAgentRegistry.sol";
import {IMessageAnchor} from "../../contracts/interfaces/IMessageAnchor.sol";
import {idOf, makeCard, NO_CARD} from "./support/Cards.sol";
import {IdentityStub, KeyWallet} from "./support/KeyWallet.sol";
import {signPublication, signRevocation} from "./support/Signing.sol";
import {VM} from "./support/Vm.sol";

/**
 * @title GasTest
 * @author Herald
 * @notice Writes `snapshots/gas.json`, a figure for every public function. The runner isolates calls, so each figure is
 * that of a whole transaction: base fee of 21,000 gas and call data included. Those of reads are of the call alone.
 */
contract GasTest {
    uint40 private constant START = 2_000_000_000;
    uint40 private constant FAR = START + 365 days;
    uint256 private constant KEY = 0xA11CE;
    uint256 private constant BATCH = 100;
    address private constant OTHER = 0x70997970C51812dc3A010C7d01b50e0d17dc79C8;
    address private constant GUARDIAN = 0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC;
    address private constant RELAYER = 0x90F79bf6EB2c4f870365E785982E1f101E93b906;
    bytes32 private constant ROOT = keccak256("root");

    address private immutable AGENT = VM.addr(KEY);
    AgentRegistry private immutable REGISTRY = new AgentRegistry();
    MessageAnchor private immutable ANCHOR = new MessageAnchor();
    address private immutable WALLET = address(new KeyWallet(VM.addr(KEY)));
    address private immutable IDENTITY = address(new IdentityStub(VM.addr(KEY)));

    function setUp() external {
        VM.warp(START);
    }

    function test_publishFirst64Bytes() external {
        _publish(1, 64, NO_CARD, 0);
        _note("publish first card, 64 bytes");
    }

    function test_publishFirst1248Bytes() external {
        _publish(1, 1248, NO_CARD, 0);
        _note("publish first card, 1248 bytes");
    }

    function test_rotate64Bytes() external {
        CardId first = _publish(1, 64, NO_CARD, 0);
        _publish(2, 64, first, START + 1 days);
        _note("rotate with grace period, 64 bytes");
    }

    function test_rotate1248Bytes() external {
        CardId first = _publish(1, 1248, NO_CARD, 0);
        _publish(2, 1248, first, START + 1 days);
        _note("rotate with grace period, 1248 bytes");
    }

    function test_revoke() external {
        CardId cardId = _publish(1, 64, NO_CARD, 0);
        VM.warp(START + 1 days);
        VM.prank(AGENT);
        REGISTRY.revoke(AGENT, cardId, IAgentRegistry.RevocationReason.KeyCompromise, START + 3600);
        _note("revoke with backdated compromise");
    }

    function test_revokeByGuardian() external {
        CardId cardId = _publish(1, 64, NO_CARD, 0);
        _setGuardian();
        VM.prank(GUARDIAN);
        REGISTRY.revoke(AGENT, cardId, IAgentRegistry.RevocationReason.KeyCompromise, 0);
        _note("revoke by guardian");
    }

    function test_publishForFirst() external {
        _publishFor(AGENT, 1, NO_CARD, 0);
        _note("publishFor first card, 64 bytes");
    }

    function test_publishForRotation() external {
        CardId first = _publish(1, 64, NO_CARD, 0);
        _publishFor(AGENT, 2, first, START + 1 days);
        _note("publishFor rotation, 64 bytes");
    }

    function test_publishForWallet() external {
        _publishFor(WALLET, 1, NO_CARD, 0);
        _note("publishFor by ERC-1271 wallet, first card, 64 bytes");
    }

    function test_publishForMany() external {
        IAgentRegistry.Publication[] memory items = new IAgentRegistry.Publication[](BATCH);
        for (uint256 i = 0; i < BATCH; i++) {
            bytes memory card = makeCard(i, 64, 0x647a);
            items[i] = signPublication(REGISTRY, KEY + i, VM.addr(KEY + i), card, NO_CARD, 0, FAR);
        }
        VM.prank(RELAYER);
        require(REGISTRY.publishForMany(items) == BATCH, "some were skipped");
        _note("publishForMany, 100 first cards of 64 bytes");
    }

    function test_revokeFor() external {
        CardId cardId = _publish(1, 64, NO_CARD, 0);
        IAgentRegistry.RevocationReason reason = IAgentRegistry.RevocationReason.KeyCompromise;
        bytes memory signature = signRevocation(REGISTRY, KEY, AGENT, cardId, reason, START, FAR);
        VM.prank(RELAYER);
        REGISTRY.revokeFor(AGENT, cardId, reason, START, FAR, signature);
        _note("revokeFor");
    }

    function test_transferOfControl() external {
        VM.prank(AGENT);
        REGISTRY.proposeController(AGENT, OTHER);
        _note("proposeController");
        VM.prank(OTHER);
        REGISTRY.acceptControl(AGENT);
        _note("acceptControl");
    }

    function test_setGuardian() external {
        _setGuardian();
        _note("setGuardian");
    }

    function test_recovery() external {
        _setGuardian();
        _startRecovery();
        _note("startRecovery");
        VM.warp(START + 7 days);
        VM.prank(OTHER);
        REGISTRY.finishRecovery(AGENT);
        _note("finishRecovery");
    }

    function test_vetoRecovery() external {
        _setGuardian();
        _startRecovery();
        VM.prank(AGENT);
        REGISTRY.vetoRecovery(AGENT);
        _note("vetoRecovery");
    }

    function test_readCards() external {
        CardId cardId = _publish(1, 64, NO_CARD, 0);
        REGISTRY.current(AGENT);
        _note("read current");
        REGISTRY.record(AGENT, cardId);
        _note("read record");
        REGISTRY.statusAt(AGENT, cardId, START, START);
        _note("read statusAt");
    }

    function test_readControl() external {
        REGISTRY.controllerOf(AGENT);
        _note("read controllerOf");
        REGISTRY.control(AGENT);
        _note("read control");
        REGISTRY.recoveryDelay();
        _note("read recoveryDelay");
    }

    function test_readStandards() external {
        REGISTRY.eip712Domain();
        _note("read eip712Domain");
        REGISTRY.supportsInterface(type(IAgentRegistry).interfaceId);
        _note("read supportsInterface");
        REGISTRY.isErc8004Wallet(IDENTITY, 1, AGENT);
        _note("read isErc8004Wallet");
    }

    function test_anchor() external {
        ANCHOR.anchor(ROOT, 1000);
        _note("anchor root");
    }

    function test_anchorMany() external {
        IMessageAnchor.Tree[] memory trees = new IMessageAnchor.Tree[](BATCH);
        for (uint256 i = 0; i < BATCH; i++) trees[i] = IMessageAnchor.Tree(keccak256(abi.encode(i)), 1000);
        ANCHOR.anchorMany(trees);
        _note("anchorMany, 100 roots");
    }

    function test_anchorStored() external {
        ANCHOR.anchorStored(ROOT, 1000);
        _note("anchorStored root");
        ANCHOR.anchorStored(ROOT, 1000);
        _note("anchorStored, duplicate");
        ANCHOR.storedAnchor(address(this), ROOT);
        _note("read storedAnchor");
    }

    function test_tombstone() external {
        ANCHOR.tombstone(ROOT, 17);
        _note("tombstone");
    }

    function test_verify() external {
        bytes32[] memory path = new bytes32[](10);
        bytes32 leaf = keccak256("leaf");
        bytes32 root = leaf;
        for (uint256 i = 0; i < path.length; i++) {
            path[i] = keccak256(abi.encode(i));
            root = keccak256(abi.encodePacked(bytes1(0x01), root, path[i]));
        }
        ANCHOR.anchorStored(root, 1000);
        require(ANCHOR.verify(address(this), root, 1000, 0, leaf, path), "not proven");
        _note("read verify, 1000 leaves");
        ANCHOR.supportsInterface(type(IMessageAnchor).interfaceId);
        _note("read supportsInterface of the anchor");
    }

    function _note(string memory name) private {
        VM.snapshotGasLastCall("gas", name);
    }

    function _publish(
        uint256 seed,
        uint256 length,
        CardId previous,
        uint40 previousValidUntil
    ) private returns (CardId cardId) {
        bytes memory card = makeCard(seed, length, 0x647a);
        VM.prank(AGENT);
        return REGISTRY.publish(AGENT, card, previous, previousValidUntil);
    }

    function _publishFor(address agent, uint256 seed, CardId previous, uint40 previousValidUntil) private {
        bytes memory card = makeCard(seed, 64, 0x647a);
        bytes memory signature = signPublication(REGISTRY, KEY, agent, card, previous, previousValidUntil, FAR)
            .signature;
        VM.prank(RELAYER);
        REGISTRY.publishFor(agent, card, previous, previousValidUntil, FAR, signature);
    }

    function _setGuardian() private {
        VM.prank(AGENT);
        REGISTRY.setGuardian(AGENT, GUARDIAN);
    }

    function _startRecovery() private {
        VM.prank(GUARDIAN);
        REGISTRY.startRecovery(AGENT, OTHER);
    }
}
