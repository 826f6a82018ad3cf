// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/**
 * @title IMessageAnchor
 * @author Herald
 * @notice Puts a time on a batch of messages: the root of a Merkle tree over blinded commitments, in a log.
 *
 * Anyone may anchor anything under their own address. An anchor proves that its root existed at the time of its block,
 * and who sent it; it says nothing about the messages below the root, which never reach the chain.
 *
 * An anchor is a log entry, which people and programs check with a receipt. Whoever needs contracts to check it stores
 * its time too. Nothing that is stored is ever changed.
 */
interface IMessageAnchor {
    /**
     * @notice A Merkle tree.
     * @param root Its root (RFC 9162 §2.1 shape, keccak256).
     * @param size Number of its leaves.
     */
    struct Tree {
        bytes32 root;
        uint64 size;
    }

    /**
     * @notice What is stored of an anchor, in one slot.
     * @param anchoredAt Time of the block that stored it, in Unix seconds; zero if none did.
     * @param size Number of leaves in the tree.
     */
    struct StoredAnchor {
        uint40 anchoredAt;
        uint64 size;
    }

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
     * @notice An anchorer declares that the message at a place of a tree is erased: its opening is destroyed, and
     * nobody will prove it any more.
     *
     * Off-chain code relies on these invariants:
     *
     * 1. `anchorer` sent the call: nobody buries a message in another's name.
     * 2. It changes no anchor. A proof that somebody kept still verifies; the event only says what the anchorer wishes.
     * 3. `root` is not zero. That the anchorer has anchored it, and that the tree has this place, is not checked.
     *
     * @param anchorer Who declares it.
     * @param root Root of the tree.
     * @param index Place of the leaf, from 0.
     */
    event Tombstoned(address indexed anchorer, bytes32 indexed root, uint64 index);

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
     * @notice The caller has stored this root with another size, and a root has one.
     * @param root Root given.
     * @param size Number of leaves given.
     * @param storedSize Number of leaves stored.
     */
    error MessageAnchorOtherSize(bytes32 root, uint64 size, uint64 storedSize);

    /**
     * @notice Anchors the root of a tree under the caller's address. Stores nothing.
     * @param root Root of the tree; not zero.
     * @param size Number of leaves in the tree; not zero.
     */
    function anchor(bytes32 root, uint64 size) external;

    /**
     * @notice Anchors the roots of several trees under the caller's address. Stores nothing.
     * @dev One tree that {anchor} refuses undoes them all. A root may occur twice.
     * @param trees The trees.
     */
    function anchorMany(Tree[] calldata trees) external;

    /**
     * @notice Anchors the root of a tree under the caller's address, and stores its time and size for {verify}.
     * @dev Does nothing if the caller has stored the tree before: the first time counts. What others store is kept
     * apart, so nobody can come first and spoil it.
     * @param root Root of the tree; not zero.
     * @param size Number of leaves in the tree; not zero.
     * @return anchoredAt The time that is stored.
     */
    function anchorStored(bytes32 root, uint64 size) external returns (uint40 anchoredAt);

    /**
     * @notice Declares a message erased. Stores nothing, and changes no anchor.
     * @param root Root of the tree that the message was anchored by; not zero.
     * @param index Place of its leaf in the tree, from 0.
     */
    function tombstone(bytes32 root, uint64 index) external;

    /**
     * @notice Reads what is stored of an anchor.
     * @param anchorer Who stored it.
     * @param root Root of the tree.
     * @return entry Its time and size, or zeros.
     */
    function storedAnchor(address anchorer, bytes32 root) external view returns (StoredAnchor memory entry);

    /**
     * @notice Says whether a leaf stands at its place in a tree that was stored (RFC 9162 §2.1.3.2).
     * @dev A leaf is given hashed, its prefix 0x00 inside; a node is `keccak256(0x01 ‖ left ‖ right)`.
     * @param anchorer Who stored the anchor.
     * @param root Root of the tree.
     * @param size Number of leaves in the tree, as stored.
     * @param index Place of the leaf, from 0.
     * @param leaf The leaf, hashed.
     * @param path Its inclusion path, nearest neighbour first.
     * @return proven Whether it does.
     */
    function verify(
        address anchorer,
        bytes32 root,
        uint64 size,
        uint64 index,
        bytes32 leaf,
        bytes32[] calldata path
    ) external view returns (bool proven);
}
