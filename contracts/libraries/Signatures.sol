// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {BoundedCall} from "./BoundedCall.sol";

/**
 * @title Signatures
 * @author Herald
 * @notice Checks an account's signature: by ECDSA first, then by asking the account itself (ERC-1271).
 *
 * In this order, since an account with code may still sign with a key: one that delegates by EIP-7702 does, and its
 * code need not know ERC-1271.
 */
library Signatures {
    /**
     * @notice What a signature is worth.
     * @dev `Invalid`: not the account's. `Malleable`: an ECDSA signature with `s` in the upper half of the curve's
     * order, of which anybody can make a second one. `Valid`: the account's.
     */
    enum Verdict {
        Invalid,
        Malleable,
        Valid
    }

    /// @dev Most gas that a wallet may spend: enough for a P-256 check in plain code.
    uint256 private constant WALLET_GAS = 300_000;

    /**
     * @notice Checks a signature.
     * @param signer Account whose signature it has to be.
     * @param digest What is signed.
     * @param signature The signature.
     * @return verdict What it is worth.
     */
    function check(address signer, bytes32 digest, bytes calldata signature) internal view returns (Verdict verdict) {
        (address recovered, ECDSA.RecoverError fault, ) = ECDSA.tryRecoverCalldata(digest, signature);
        if (fault == ECDSA.RecoverError.NoError && recovered == signer) return Verdict.Valid;
        if (_isAcceptedByWallet(signer, digest, signature)) return Verdict.Valid;
        return fault == ECDSA.RecoverError.InvalidSignatureS ? Verdict.Malleable : Verdict.Invalid;
    }

    /**
     * @notice Asks an account with code whether a signature is its own.
     * @param wallet The account.
     * @param digest What is signed.
     * @param signature The signature.
     * @return accepted Whether it says so.
     */
    function _isAcceptedByWallet(
        address wallet,
        bytes32 digest,
        bytes calldata signature
    ) private view returns (bool accepted) {
        bytes memory question = abi.encodeCall(IERC1271.isValidSignature, (digest, signature));
        (, bytes32 answer) = BoundedCall.staticcallWord(wallet, WALLET_GAS, question);
        return answer == bytes32(IERC1271.isValidSignature.selector);
    }
}
