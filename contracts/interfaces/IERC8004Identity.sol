// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/**
 * @title IERC8004Identity
 * @author Herald
 * @notice The one function of an ERC-8004 identity registry that {IAgentRegistry-isErc8004Wallet} asks.
 */
interface IERC8004Identity {
    /**
     * @notice Reads the wallet of an ERC-8004 agent. A transfer of the agent clears it.
     * @param agentId Id of the agent in that registry.
     * @return wallet Its wallet, or zero.
     */
    function getAgentWallet(uint256 agentId) external view returns (address wallet);
}
