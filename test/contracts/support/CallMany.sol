// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/**
 * @title CallMany
 * @author Herald
 * @notice Asks a contract many questions in one call, since a call from outside costs more than a hundred from inside.
 */
contract CallMany {
    /**
     * @notice Asks in turn.
     * @param target the contract asked
     * @param questions for each one the length of its call data, 32 bytes, and the call data
     * @return answers one byte for each: 0 for no, 1 for yes, 2 where the call failed or answered anything else
     */
    function ask(address target, bytes calldata questions) external view returns (bytes memory answers) {
        while (questions.length != 0) {
            uint256 end = 32 + uint256(bytes32(questions));
            (bool success, bytes memory answer) = target.staticcall(questions[32:end]);
            bool isWord = success && answer.length == 32 && uint256(bytes32(answer)) < 2;
            answers = bytes.concat(answers, isWord ? bytes32(answer)[31] : bytes1(0x02));
            questions = questions[end:];
        }
    }
}
