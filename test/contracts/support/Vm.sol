// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/**
 * @title Vm
 * @author Herald
 * @notice The few cheatcodes that these tests use; the test runner implements them.
 */
interface Vm {
    /// @dev A log entry.
    struct Log {
        bytes32[] topics;
        bytes data;
        address emitter;
    }

    /// @notice Starts to record logs.
    function recordLogs() external;

    /**
     * @notice The logs since the last time this was asked.
     * @return logs The logs, in order.
     */
    function getRecordedLogs() external returns (Log[] memory logs);

    /**
     * @notice Makes the next call come from another address.
     * @param sender That address.
     */
    function prank(address sender) external;

    /**
     * @notice Sets `block.timestamp`.
     * @param timestamp Unix seconds.
     */
    function warp(uint256 timestamp) external;

    /**
     * @notice Signs with a private key.
     * @param privateKey The key.
     * @param digest What is signed.
     * @return v Recovery value, 27 or 28.
     * @return r First half of the signature.
     * @return s Second half of the signature.
     */
    function sign(uint256 privateKey, bytes32 digest) external pure returns (uint8 v, bytes32 r, bytes32 s);

    /**
     * @notice The address of a private key.
     * @param privateKey The key.
     * @return account Its address.
     */
    function addr(uint256 privateKey) external pure returns (address account);

    /**
     * @notice Sets `block.chainid`.
     * @param chainId The id.
     */
    function chainId(uint256 chainId) external;

    /**
     * @notice Puts the gas of the last call into `snapshots/<group>.json`.
     * @param group Name of the file.
     * @param name Name of the figure.
     * @return gasUsed The figure.
     */
    function snapshotGasLastCall(string calldata group, string calldata name) external returns (uint256 gasUsed);
}

/// @dev Where the test runner keeps its cheatcodes.
Vm constant VM = Vm(0x7109709ECfa91a80626fF3989D68f67F5b1DD12D);
