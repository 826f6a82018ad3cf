// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC165} from "@openzeppelin/contracts/interfaces/IERC165.sol";
import {IMessageAnchor} from "./interfaces/IMessageAnchor.sol";
import {Rfc9162} from "./libraries/Rfc9162.sol";

/**
 * @title MessageAnchor
 * @author Herald
 * @notice Logs Merkle roots of message batches; see {IMessageAnchor}. Has no owner and no upgrade.
 *
 * It has no constructor and no immutable either, so that its code is the same wherever it stands.
 */
contract MessageAnchor is IMessageAnchor, IERC165 {
    /// @dev Only ever written where it is zero.
    mapping(address anchorer => mapping(bytes32 root => StoredAnchor entry)) private _stored;

    /// @inheritdoc IMessageAnchor
    function anchor(bytes32 root, uint64 size) external {
        _anchor(root, size);
    }

    /// @inheritdoc IMessageAnchor
    function anchorMany(Tree[] calldata trees) external {
        uint256 count = trees.length;
        for (uint256 i = 0; i < count; ++i) _anchor(trees[i].root, trees[i].size);
    }

    /// @inheritdoc IMessageAnchor
    function anchorStored(bytes32 root, uint64 size) external returns (uint40 anchoredAt) {
        StoredAnchor storage entry = _stored[msg.sender][root];
        anchoredAt = entry.anchoredAt;
        if (anchoredAt != 0) {
            require(entry.size == size, MessageAnchorOtherSize(root, size, entry.size));
            return anchoredAt;
        }

        _anchor(root, size);
        anchoredAt = uint40(block.timestamp);
        _stored[msg.sender][root] = StoredAnchor({anchoredAt: anchoredAt, size: size});
    }

    /// @inheritdoc IMessageAnchor
    function tombstone(bytes32 root, uint64 index) external {
        require(root != bytes32(0), MessageAnchorZeroRoot(0));

        emit Tombstoned(msg.sender, root, index);
    }

    /// @inheritdoc IMessageAnchor
    function storedAnchor(address anchorer, bytes32 root) external view returns (StoredAnchor memory entry) {
        return _stored[anchorer][root];
    }

    /// @inheritdoc IMessageAnchor
    function verify(
        address anchorer,
        bytes32 root,
        uint64 size,
        uint64 index,
        bytes32 leaf,
        bytes32[] calldata path
    ) external view returns (bool proven) {
        StoredAnchor memory entry = _stored[anchorer][root];
        if (entry.anchoredAt == 0 || entry.size != size) return false;
        return Rfc9162.isIncluded(root, size, index, leaf, path);
    }

    /// @inheritdoc IERC165
    function supportsInterface(bytes4 interfaceId) external pure returns (bool supported) {
        return interfaceId == type(IERC165).interfaceId || interfaceId == type(IMessageAnchor).interfaceId;
    }

    /**
     * @notice Anchors a tree in the caller's name.
     * @param root Root of the tree.
     * @param size Number of leaves in the tree.
     */
    function _anchor(bytes32 root, uint64 size) private {
        require(size != 0, MessageAnchorEmptyTree(root));
        require(root != bytes32(0), MessageAnchorZeroRoot(size));

        emit Anchored(msg.sender, root, size);
    }
}
