// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AgentRegistry} from "../../../contracts/AgentRegistry.sol";
import {CardId, IAgentRegistry} from "../../../contracts/interfaces/IAgentRegistry.sol";
import {idOf} from "./Cards.sol";
import {VM} from "./Vm.sol";

/// @dev The digests again, written out from EIP-712 rather than with the contract's own library.
bytes32 constant PUBLISH_TYPE = keccak256(
    "Publish(address agent,bytes32 cardId,bytes32 previous,uint40 previousValidUntil,uint40 deadline)"
);
bytes32 constant REVOKE_TYPE = keccak256(
    "Revoke(address agent,bytes32 cardId,uint8 reason,uint40 compromisedSince,uint40 deadline)"
);
bytes32 constant DOMAIN_TYPE = keccak256(
    "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
);

/**
 * @dev What is signed in a registry's domain.
 * @param registry The registry.
 * @param structHash Hash of the structure.
 * @return digest The digest.
 */
function digestFor(AgentRegistry registry, bytes32 structHash) view returns (bytes32 digest) {
    bytes32 domain = keccak256(
        abi.encode(DOMAIN_TYPE, keccak256("Herald AgentRegistry"), keccak256("1"), block.chainid, address(registry))
    );
    return keccak256(abi.encodePacked(hex"1901", domain, structHash));
}

/**
 * @dev Signs a digest as a wallet library would, in 65 bytes.
 * @param key The private key.
 * @param digest The digest.
 * @return signature The signature.
 */
function signDigest(uint256 key, bytes32 digest) pure returns (bytes memory signature) {
    (uint8 v, bytes32 r, bytes32 s) = VM.sign(key, digest);
    return abi.encodePacked(r, s, v);
}

/**
 * @dev Signs a publication.
 * @param registry The registry.
 * @param key The controller's private key.
 * @param agent Whose card it is.
 * @param card The card's bytes.
 * @param previous Id of the card to replace, or zero.
 * @param previousValidUntil When that card ends; zero means now.
 * @param deadline Until when the signature may be used.
 * @return item The publication with its signature.
 */
function signPublication(
    AgentRegistry registry,
    uint256 key,
    address agent,
    bytes memory card,
    CardId previous,
    uint40 previousValidUntil,
    uint40 deadline
) view returns (IAgentRegistry.Publication memory item) {
    bytes32 hash = keccak256(abi.encode(PUBLISH_TYPE, agent, idOf(card), previous, previousValidUntil, deadline));
    bytes memory signature = signDigest(key, digestFor(registry, hash));
    return IAgentRegistry.Publication(agent, card, previous, previousValidUntil, deadline, signature);
}

/**
 * @dev Signs a revocation.
 * @param registry The registry.
 * @param key The controller's private key.
 * @param agent Whose card it is.
 * @param cardId Id of the card.
 * @param reason Why it is revoked.
 * @param since Since when the agent disowns what the card signed, or zero.
 * @param deadline Until when the signature may be used.
 * @return signature The signature.
 */
function signRevocation(
    AgentRegistry registry,
    uint256 key,
    address agent,
    CardId cardId,
    IAgentRegistry.RevocationReason reason,
    uint40 since,
    uint40 deadline
) view returns (bytes memory signature) {
    bytes32 hash = keccak256(abi.encode(REVOKE_TYPE, agent, cardId, reason, since, deadline));
    return signDigest(key, digestFor(registry, hash));
}
