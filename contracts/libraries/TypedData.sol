// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";
import {CardId, IAgentRegistry} from "../interfaces/IAgentRegistry.sol";

/**
 * @title TypedData
 * @author Herald
 * @notice The EIP-712 digests that an agent's controller signs for {IAgentRegistry-publishFor} and
 * {IAgentRegistry-revokeFor}.
 *
 * The domain is hashed at each call, so that the contract has no immutable: its code is the same on every chain.
 */
library TypedData {
    // The types are hashed by the compiler; their text is not in the code.
    // solhint-disable gas-small-strings

    /// @dev Name of the EIP-712 domain.
    string internal constant NAME = "Herald AgentRegistry";

    /// @dev Version of the EIP-712 domain.
    string internal constant VERSION = "1";

    /// @dev Type of the EIP-712 domain.
    bytes32 private constant DOMAIN_TYPE = keccak256(
        "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
    );

    /// @dev Type of a publication.
    bytes32 private constant PUBLISH_TYPE = keccak256(
        "Publish(address agent,bytes32 cardId,bytes32 previous,uint40 previousValidUntil,uint40 deadline)"
    );

    /// @dev Type of a revocation.
    bytes32 private constant REVOKE_TYPE = keccak256(
        "Revoke(address agent,bytes32 cardId,uint8 reason,uint40 compromisedSince,uint40 deadline)"
    );

    // solhint-enable gas-small-strings

    /**
     * @notice Digest of a publication.
     * @param agent Whose card it is.
     * @param cardId Id of the card.
     * @param previous Id of the card to replace, or zero.
     * @param previousValidUntil When that card ends; zero means now.
     * @param deadline Until when the signature may be used.
     * @return digest What is signed.
     */
    function publication(
        address agent,
        CardId cardId,
        CardId previous,
        uint40 previousValidUntil,
        uint40 deadline
    ) internal view returns (bytes32 digest) {
        return _digest(keccak256(abi.encode(PUBLISH_TYPE, agent, cardId, previous, previousValidUntil, deadline)));
    }

    /**
     * @notice Digest of a revocation.
     * @param agent Whose card it is.
     * @param cardId Id of the card.
     * @param reason Why it is revoked.
     * @param compromisedSince Since when the agent disowns what the card signed, or zero.
     * @param deadline Until when the signature may be used.
     * @return digest What is signed.
     */
    function revocation(
        address agent,
        CardId cardId,
        IAgentRegistry.RevocationReason reason,
        uint40 compromisedSince,
        uint40 deadline
    ) internal view returns (bytes32 digest) {
        return _digest(keccak256(abi.encode(REVOKE_TYPE, agent, cardId, reason, compromisedSince, deadline)));
    }

    /**
     * @notice Binds a structure to this chain and contract.
     * @param structHash Hash of the structure.
     * @return digest What is signed.
     */
    function _digest(bytes32 structHash) private view returns (bytes32 digest) {
        bytes32 domain = keccak256(
            abi.encode(DOMAIN_TYPE, keccak256(bytes(NAME)), keccak256(bytes(VERSION)), block.chainid, address(this))
        );
        return MessageHashUtils.toTypedDataHash(domain, structHash);
    }
}
