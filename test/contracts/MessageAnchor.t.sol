// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {MessageAnchor} from "../../contracts/MessageAnchor.sol";
import {IMessageAnchor} from "../../contracts/interfaces/IMessageAnchor.sol";
import {AnchorHandler} from "./support/AnchorHandler.sol";
import {within} from "./support/Cards.sol";
import {VM} from "./support/Vm.sol";

/**
 * @title MessageAnchorTest
 * @author Herald
 * @notice Fuzz tests and invariants of the anchor contract; each invariant has a deterministic twin.
 */
contract MessageAnchorTest {
    uint40 private constant START = 2_000_000_000;

    MessageAnchor private _anchor;
    AnchorHandler private _handler;

    function setUp() external {
        VM.warp(START);
        _anchor = new MessageAnchor();
        _handler = new AnchorHandler(_anchor);
    }

    /**
     * @notice Tells the runner whom to call.
     * @return targets The handler alone.
     */
    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    function testFuzz_anchorTakesAllButZeros(bytes32 root, uint64 size) external {
        try _anchor.anchor(root, size) {
            require(root != 0 && size != 0, "took a zero");
        } catch {
            require(root == 0 || size == 0, "refused");
        }
    }

    function testFuzz_anchorManyTakesAllOrNothing(bytes32[5] calldata roots, uint64[5] calldata sizes) external {
        IMessageAnchor.Tree[] memory trees = new IMessageAnchor.Tree[](5);
        bool fits = true;
        for (uint256 i = 0; i < 5; i++) {
            trees[i] = IMessageAnchor.Tree(roots[i], sizes[i] % 4);
            if (roots[i] == 0 || sizes[i] % 4 == 0) fits = false;
        }
        try _anchor.anchorMany(trees) {
            require(fits, "took a zero");
        } catch {
            require(!fits, "refused");
        }
    }

    function testFuzz_anchorStoredKeepsTheFirst(bytes32 root, uint64 size, uint64 otherSize, uint40 wait) external {
        if (root == 0) root = bytes32(uint256(1));
        if (size == 0) size = 1;
        require(_anchor.anchorStored(root, size) == START, "time");
        VM.warp(uint256(START) + wait);
        require(_anchor.anchorStored(root, size) == START, "time of the duplicate");
        try _anchor.anchorStored(root, otherSize) {
            require(otherSize == size, "took another size");
        } catch {
            require(otherSize != size, "refused a duplicate");
        }
        IMessageAnchor.StoredAnchor memory entry = _anchor.storedAnchor(address(this), root);
        require(entry.anchoredAt == START && entry.size == size, "entry");
    }

    function testFuzz_tombstoneTakesAnyPlace(bytes32 root, uint64 index) external {
        try _anchor.tombstone(root, index) {
            require(root != 0, "took a zero");
        } catch {
            require(root == 0, "refused");
        }
        require(_anchor.storedAnchor(address(this), root).anchoredAt == 0, "stored");
    }

    /// @dev The tree is built top down as the RFC defines it, unlike the code on trial, which climbs.
    function testFuzz_verifyProvesExactlyWhatIsThere(
        uint256 size,
        uint256 index,
        uint256 wrong,
        uint256 seed
    ) external {
        size = within(size, 1, 40);
        index = within(index, 0, size - 1);
        bytes32[] memory leaves = new bytes32[](size);
        for (uint256 i = 0; i < size; i++) leaves[i] = keccak256(abi.encode(seed, i));
        bytes32 root = _root(leaves, 0, size);
        bytes32[] memory path = _path(leaves, index, 0, size);
        _anchor.anchorStored(root, uint64(size));
        require(_proven(root, size, index, leaves[index], path), "not proven");

        uint256 other = wrong % (size + 3);
        if (other != index) require(!_proven(root, size, other, leaves[index], path), "another place");
        require(!_proven(root, size, index, leaves[index] ^ bytes32(1 << (wrong % 256)), path), "another leaf");
        require(!_proven(root, size + 1, index, leaves[index], path), "another size");
        if (path.length == 0) return;
        path[wrong % path.length] ^= bytes32(1 << (wrong % 256));
        require(!_proven(root, size, index, leaves[index], path), "another path");
    }

    function testFuzz_verifyNeverReverts(uint64 size, uint64 index, bytes32 leaf, bytes32[] calldata path) external {
        if (size == 0) size = 1;
        _anchor.anchorStored(bytes32(uint256(1)), size);
        require(!_proven(bytes32(uint256(1)), size, index, leaf, path), "proven");
    }

    function testFuzz_supportsInterfaceKnowsTwo(bytes4 id) external view {
        bool isKnown = id == 0x01ffc9a7 || id == type(IMessageAnchor).interfaceId;
        require(_anchor.supportsInterface(id) == isKnown, "interface");
    }

    function invariant_anchorsNeverVanish() public view {
        AnchorHandler.Kept[] memory kept = _handler.allKept();
        for (uint256 i = 0; i < kept.length; i++) {
            IMessageAnchor.StoredAnchor memory entry = _anchor.storedAnchor(kept[i].anchorer, kept[i].root);
            require(entry.anchoredAt == kept[i].anchoredAt, "time");
            require(entry.size == kept[i].size, "size");
            bytes32 root = kept[i].root;
            bool proven = _anchor.verify(kept[i].anchorer, root, kept[i].size, 0, root, new bytes32[](0));
            require(proven == (kept[i].size == 1), "proof");
        }
    }

    function invariant_onlyAnchorStoredStores() public view {
        require(_handler.strayed() == 0, "something else was stored");
    }

    function invariant_nobodyKeepsAnotherFromAnchoring() public view {
        require(_handler.griefed() == 0, "refused");
    }

    function invariant_anchored() public view {
        require(_handler.brokenAnchored() & 2 == 0, "invariant 1");
        require(_handler.brokenAnchored() & 4 == 0, "invariant 2");
        require(_handler.griefed() == 0, "invariant 3");
    }

    function invariant_tombstoned() public view {
        require(_handler.brokenTombstoned() & 2 == 0, "invariant 1");
        require(_handler.strayed() == 0, "invariant 2");
        require(_handler.brokenTombstoned() & 8 == 0, "invariant 3");
    }

    function test_anchorsNeverVanish() external {
        _story();
        require(_handler.allKept().length == 15, "the story is another");
        invariant_anchorsNeverVanish();
    }

    function test_onlyAnchorStoredStores() external {
        _story();
        invariant_onlyAnchorStoredStores();
    }

    function test_nobodyKeepsAnotherFromAnchoring() external {
        _story();
        invariant_nobodyKeepsAnotherFromAnchoring();
    }

    function test_anchored() external {
        _story();
        invariant_anchored();
    }

    function test_tombstoned() external {
        _story();
        invariant_tombstoned();
    }

    /// @dev Everybody anchors every root, twice, and buries it.
    function _story() private {
        for (uint256 i = 0; i < 30; i++) {
            _handler.anchor(i, i / 3);
            _handler.tombstone(i, i / 3, uint64(i));
            _handler.anchorStored(i, i / 3);
            _handler.anchorOtherSize(i, i / 3);
            _handler.anchorMany(i, i / 3);
            _handler.wait(i);
            _handler.anchorStored(i, i / 3);
        }
    }

    function _proven(
        bytes32 root,
        uint256 size,
        uint256 index,
        bytes32 leaf,
        bytes32[] memory path
    ) private view returns (bool proven) {
        return _anchor.verify(address(this), root, uint64(size), uint64(index), leaf, path);
    }

    /// @dev MTH of RFC 9162 §2.1.1, leaves hashed already.
    function _root(bytes32[] memory leaves, uint256 from, uint256 to) private pure returns (bytes32 root) {
        if (to - from == 1) return leaves[from];
        uint256 middle = from + _split(to - from);
        return keccak256(abi.encodePacked(bytes1(0x01), _root(leaves, from, middle), _root(leaves, middle, to)));
    }

    /// @dev PATH of RFC 9162 §2.1.3.1.
    function _path(
        bytes32[] memory leaves,
        uint256 index,
        uint256 from,
        uint256 to
    ) private pure returns (bytes32[] memory path) {
        if (to - from == 1) return path;
        uint256 middle = from + _split(to - from);
        bool isLeft = index < middle;
        bytes32[] memory below = isLeft ? _path(leaves, index, from, middle) : _path(leaves, index, middle, to);
        path = new bytes32[](below.length + 1);
        for (uint256 i = 0; i < below.length; i++) path[i] = below[i];
        path[below.length] = isLeft ? _root(leaves, middle, to) : _root(leaves, from, middle);
    }

    /// @dev The largest power of two that is smaller than n.
    function _split(uint256 n) private pure returns (uint256 k) {
        k = 1;
        while (k * 2 < n) k *= 2;
    }
}
