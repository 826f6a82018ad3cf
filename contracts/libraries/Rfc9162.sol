// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/**
 * @title Rfc9162
 * @author Herald
 * @notice Inclusion in a Merkle tree of the shape of RFC 9162 §2.1, with keccak256.
 *
 * Leaves come hashed, with their prefix 0x00 inside; a node is `keccak256(0x01 ‖ left ‖ right)`. A path is checked
 * against index and size, so that one leaf cannot pass for another, nor a node for a leaf.
 */
library Rfc9162 {
    /// @dev First byte of what is hashed to a node.
    bytes1 private constant NODE_PREFIX = 0x01;

    /**
     * @notice Says whether a leaf stands at its index in a tree (RFC 9162 §2.1.3.2).
     * @param root Root of the tree.
     * @param size Number of leaves in the tree.
     * @param index Place of the leaf, from 0.
     * @param leaf The leaf, hashed.
     * @param path Its inclusion path, nearest neighbour first.
     * @return included Whether it does.
     */
    function isIncluded(
        bytes32 root,
        uint64 size,
        uint64 index,
        bytes32 leaf,
        bytes32[] calldata path
    ) internal pure returns (bool included) {
        if (index >= size) return false;
        uint64 place = index;
        uint64 last = size - 1;
        bytes32 hash = leaf;
        uint256 length = path.length;
        for (uint256 i = 0; i < length; ++i) {
            if (last == 0) return false;
            // A last node with an even place has no neighbour on its level: it rises until it is a right child.
            while (place == last && place % 2 == 0) (place, last) = (place >> 1, last >> 1);
            hash = place % 2 == 1 ? _node(path[i], hash) : _node(hash, path[i]);
            (place, last) = (place >> 1, last >> 1);
        }
        return last == 0 && hash == root;
    }

    /**
     * @notice Hashes two neighbours.
     * @param left The left one.
     * @param right The right one.
     * @return node The node above them.
     */
    function _node(bytes32 left, bytes32 right) private pure returns (bytes32 node) {
        return keccak256(abi.encodePacked(NODE_PREFIX, left, right));
    }
}
