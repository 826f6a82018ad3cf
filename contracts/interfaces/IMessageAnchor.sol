// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/**
 * @title IMessageAnchor
 * @author Herald
 * @notice Puts a time on a batch of messages: the root of a Merkle tree over blinded commitments, in a log.
 *
 * Anyone may anchor anything under their own address. An anchor proves that its root existed at the time of its block,
 * and who sent it; it says nothing about the messages below the root, which never reach the chain.
 */
interface IMessageAnchor {
    /**
     * @notice A tree was anchored.
     *
     * Off-chain code relies on these invariants:
     *
     * 1. `anchorer` sent the call: nobody anchors in another's name.
     * 2. `root` and `size` are not zero.
     * 3. The pair of `root` and `size` may occur again, from anyone: the earliest event counts, and none prevents
     *    another.
     *
     * @param anchorer Who anchored it.
     * @param root Root of the tree (RFC 9162 §2.1 shape, keccak256).
     * @param size Number of leaves in the tree.
     */
    event Anchored(address indexed anchorer, bytes32 root, uint64 size);

    /**
     * @notice A tree has at least one leaf.
     * @param root Root given.
     */
    error MessageAnchorEmptyTree(bytes32 root);

    /**
     * @notice Zero is no tree's root.
     * @param size Number of leaves given.
     */
    error MessageAnchorZeroRoot(uint64 size);

    /**
     * @notice Anchors the root of a tree under the caller's address. Stores nothing.
     * @param root Root of the tree; not zero.
     * @param size Number of leaves in the tree; not zero.
     */
    function anchor(bytes32 root, uint64 size) external;
}
