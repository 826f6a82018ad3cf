// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {MessageAnchor} from "../../../contracts/MessageAnchor.sol";
import {IMessageAnchor} from "../../../contracts/interfaces/IMessageAnchor.sol";
import {within} from "./Cards.sol";
import {Vm, VM} from "./Vm.sol";

/**
 * @title AnchorHandler
 * @author Herald
 * @notice Anchors at random, and writes down what was stored first.
 */
contract AnchorHandler {
    /// @dev An anchor as it was stored.
    struct Kept {
        address anchorer;
        bytes32 root;
        uint40 anchoredAt;
        uint64 size;
    }

    uint256 private constant ACTORS = 3;
    uint256 private constant ROOTS = 5;
    uint40 private constant START = 2_000_000_000;

    MessageAnchor public immutable ANCHOR;

    /// @notice Bit n is set if an `Anchored` event broke its invariant n.
    uint256 public brokenAnchored;

    /// @notice Bit n is set if a `Tombstoned` event broke its invariant n.
    uint256 public brokenTombstoned;

    /// @notice How often a call that stores nothing stored something, or one under another name did.
    uint256 public strayed;

    /// @notice How often anchoring was refused to somebody, whatever others had done before.
    uint256 public griefed;

    Kept[] private _kept;
    uint40 private _now = START;

    /// @dev Each call of the runner starts at the runner's own time.
    modifier atPresent() {
        VM.warp(_now);
        _;
    }

    constructor(MessageAnchor anchor_) {
        ANCHOR = anchor_;
        VM.recordLogs();
    }

    function wait(uint256 by) external {
        _now += uint40(within(by, 1, 1000));
    }

    function anchor(uint256 callerSeed, uint256 rootSeed) external atPresent {
        bytes32 before = _digest();
        VM.prank(_actor(callerSeed));
        try ANCHOR.anchor(_root(rootSeed), sizeOf(rootSeed)) {} catch {
            griefed++;
        }
        _read(_actor(callerSeed));
        if (_digest() != before) strayed++;
    }

    function anchorMany(uint256 callerSeed, uint256 rootSeed) external atPresent {
        IMessageAnchor.Tree[] memory trees = new IMessageAnchor.Tree[](3);
        for (uint256 i = 0; i < 3; i++) {
            trees[i] = IMessageAnchor.Tree(_root((rootSeed >> i) % ROOTS), sizeOf((rootSeed >> i) % ROOTS));
        }
        bytes32 before = _digest();
        VM.prank(_actor(callerSeed));
        try ANCHOR.anchorMany(trees) {} catch {
            griefed++;
        }
        _read(_actor(callerSeed));
        if (_digest() != before) strayed++;
    }

    function anchorStored(uint256 callerSeed, uint256 rootSeed) external atPresent {
        address caller = _actor(callerSeed);
        bytes32 root = _root(rootSeed);
        bool isNew = ANCHOR.storedAnchor(caller, root).anchoredAt == 0;
        VM.prank(caller);
        try ANCHOR.anchorStored(root, sizeOf(rootSeed)) returns (uint40 anchoredAt) {
            if (isNew) _kept.push(Kept(caller, root, _now, sizeOf(rootSeed)));
            if (anchoredAt != ANCHOR.storedAnchor(caller, root).anchoredAt) strayed++;
        } catch {
            griefed++;
        }
        _read(caller);
    }

    function anchorOtherSize(uint256 callerSeed, uint256 rootSeed) external atPresent {
        address caller = _actor(callerSeed);
        if (ANCHOR.storedAnchor(caller, _root(rootSeed)).anchoredAt == 0) return;
        VM.prank(caller);
        try ANCHOR.anchorStored(_root(rootSeed), sizeOf(rootSeed) + 1) {
            strayed++;
        } catch {}
    }

    function tombstone(uint256 callerSeed, uint256 rootSeed, uint64 index) external atPresent {
        bytes32 before = _digest();
        VM.prank(_actor(callerSeed));
        ANCHOR.tombstone(_root(rootSeed), index);
        _read(_actor(callerSeed));
        if (_digest() != before) strayed++;
    }

    /**
     * @notice What was stored.
     * @return kept All of it, in order.
     */
    function allKept() external view returns (Kept[] memory kept) {
        return _kept;
    }

    /**
     * @notice The size of a tree. One root has a leaf alone, and so can be proven.
     * @param rootSeed Picks the root.
     * @return size Its number of leaves.
     */
    function sizeOf(uint256 rootSeed) public pure returns (uint64 size) {
        return uint64(rootSeed % ROOTS) + 1;
    }

    function _read(address caller) private {
        Vm.Log[] memory logs = VM.getRecordedLogs();
        for (uint256 i = 0; i < logs.length; i++) {
            if (logs[i].emitter != address(ANCHOR)) continue;
            bool isCallers = logs[i].topics[1] == bytes32(uint256(uint160(caller)));
            if (logs[i].topics[0] == IMessageAnchor.Anchored.selector) {
                (bytes32 root, uint64 size) = abi.decode(logs[i].data, (bytes32, uint64));
                if (!isCallers) brokenAnchored |= 2;
                if (root == 0 || size == 0) brokenAnchored |= 4;
            } else {
                if (!isCallers) brokenTombstoned |= 2;
                if (logs[i].topics[2] == 0) brokenTombstoned |= 8;
            }
        }
    }

    function _digest() private view returns (bytes32 digest) {
        for (uint256 i = 0; i < ACTORS * ROOTS; i++) {
            digest = keccak256(abi.encode(digest, ANCHOR.storedAnchor(_actor(i / ROOTS), _root(i % ROOTS))));
        }
    }

    function _actor(uint256 seed) private pure returns (address account) {
        return address(uint160(0xA9C40000 + (seed % ACTORS)));
    }

    function _root(uint256 seed) private pure returns (bytes32 root) {
        return keccak256(abi.encode("root", seed % ROOTS));
    }
}
