// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IMessageAnchor} from "./interfaces/IMessageAnchor.sol";

/**
 * @title MessageAnchor
 * @author Herald
 * @notice Logs Merkle roots of message batches; see {IMessageAnchor}. Has no owner, no storage and no upgrade.
 */
contract MessageAnchor is IMessageAnchor {
    /// @inheritdoc IMessageAnchor
    function anchor(bytes32 root, uint64 size) external {
        require(size != 0, MessageAnchorEmptyTree(root));
        require(root != bytes32(0), MessageAnchorZeroRoot(size));

        emit Anchored(msg.sender, root, size);
    }
}
