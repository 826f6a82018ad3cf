// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @dev Names one card: `keccak256` of the card's bytes. Zero names no card.
type CardId is bytes32;

/**
 * @title IAgentRegistryErrors
 * @author Herald
 * @notice Why {IAgentRegistry} refuses a call.
 */
interface IAgentRegistryErrors {
    /// @notice The zero address cannot be an agent.
    error AgentRegistryZeroAgent();

    /**
     * @notice The card to replace is not the agent's current one: another publication came first, or this is a replay.
     * @param agent Agent acted for.
     * @param previous The card that the caller took for current.
     * @param current The card that is current.
     */
    error AgentRegistryStaleEpoch(address agent, CardId previous, CardId current);

    /**
     * @notice The replaced card cannot end before now: that would change what was true.
     * @param previousValidUntil End asked for.
     * @param timestamp Time of the block.
     */
    error AgentRegistryGraceInPast(uint40 previousValidUntil, uint40 timestamp);

    /**
     * @notice A first card replaces none, so it cannot grant a grace period.
     * @param agent Agent acted for.
     * @param previousValidUntil End asked for.
     */
    error AgentRegistryGraceWithoutPrevious(address agent, uint40 previousValidUntil);

    /**
     * @notice The agent has published this card before; a card never comes back.
     * @param agent Agent acted for.
     * @param cardId Id of the card.
     */
    error AgentRegistryDuplicateCard(address agent, CardId cardId);

    /**
     * @notice The card is too short to hold version, type and suite.
     * @param length Length given, in bytes.
     * @param minLength Shortest length taken, in bytes.
     */
    error AgentRegistryCardTooShort(uint256 length, uint256 minLength);

    /**
     * @notice The card is too long.
     * @param length Length given, in bytes.
     * @param maxLength Longest length taken, in bytes.
     */
    error AgentRegistryCardTooLong(uint256 length, uint256 maxLength);

    /**
     * @notice The agent never published this card.
     * @param agent Agent acted for.
     * @param cardId Id of the card.
     */
    error AgentRegistryUnknownCard(address agent, CardId cardId);

    /**
     * @notice The card is revoked already, and the first revocation is final.
     * @param agent Agent acted for.
     * @param cardId Id of the card.
     * @param revokedAt When it was revoked.
     */
    error AgentRegistryAlreadyRevoked(address agent, CardId cardId, uint40 revokedAt);

    /**
     * @notice A compromise cannot start before the card was published, nor in the future.
     * @param compromisedSince Start claimed.
     * @param validFrom When the card was published.
     * @param timestamp Time of the block.
     */
    error AgentRegistryCompromiseOutOfRange(uint40 compromisedSince, uint40 validFrom, uint40 timestamp);

    /**
     * @notice A guardian revokes as of now: only the controller can say since when a key was in other hands.
     * @param agent Agent acted for.
     * @param guardian Who called.
     * @param compromisedSince Start claimed.
     */
    error AgentRegistryGuardianBackdates(address agent, address guardian, uint40 compromisedSince);

    /**
     * @notice The signature may not be used any more.
     * @param agent Agent acted for.
     * @param deadline Until when it could be.
     * @param timestamp Time of the block.
     */
    error AgentRegistryExpiredSignature(address agent, uint40 deadline, uint40 timestamp);

    /**
     * @notice The signature is not the controller's: another key, chain or contract, or other values.
     * @param agent Agent acted for.
     * @param controller Whose signature was expected.
     * @param digest What it has to sign.
     */
    error AgentRegistryInvalidSignature(address agent, address controller, bytes32 digest);

    /**
     * @notice The signature's `s` is in the upper half of the curve's order: anybody can make a second one.
     * @param agent Agent acted for.
     * @param controller Whose signature was expected.
     * @param digest What it has to sign.
     */
    error AgentRegistryMalleableSignature(address agent, address controller, bytes32 digest);

    /**
     * @notice Too little gas is left to give a publication of a batch its due; the whole batch is undone.
     * @param index Place of the publication in the batch, from 0.
     * @param gasLeft Gas that is left.
     * @param gasFloor Gas that has to be left.
     */
    error AgentRegistryGasBelowFloor(uint256 index, uint256 gasLeft, uint256 gasFloor);

    /**
     * @notice Nothing is known about a time before it has come.
     * @param time Time asked about.
     * @param asOf Time of the knowledge asked for, which is earlier.
     */
    error AgentRegistryAsOfBeforeTime(uint40 time, uint40 asOf);
}
