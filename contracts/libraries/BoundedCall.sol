// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/**
 * @title BoundedCall
 * @author Herald
 * @notice Asks an untrusted contract for one word, and lets it neither spend all gas nor answer at length.
 */
library BoundedCall {
    /**
     * @notice Calls a contract without letting it change any state, and reads the first word of its answer.
     * @param target Contract to ask; one without code does not answer.
     * @param gasLimit Most gas it may spend.
     * @param data Call data.
     * @return answered Whether it returned, rather than reverted, with a word at least.
     * @return word The word; zero if it did not answer.
     */
    function staticcallWord(
        address target,
        uint256 gasLimit,
        bytes memory data
    ) internal view returns (bool answered, bytes32 word) {
        // Solidity's own call copies all that is returned, at the caller's expense.
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            let returned := staticcall(gasLimit, target, add(data, 0x20), mload(data), 0x00, 0x20)
            answered := and(returned, gt(returndatasize(), 0x1f))
            word := mul(answered, mload(0x00))
        }
    }
}
