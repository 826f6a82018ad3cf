// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";

/**
 * @title KeyWallet
 * @author Herald
 * @notice The smallest wallet with an owner's key.
 */
contract KeyWallet is IERC1271 {
    address private immutable OWNER;

    constructor(address owner) {
        OWNER = owner;
    }

    /// @inheritdoc IERC1271
    function isValidSignature(bytes32 hash, bytes memory signature) external view returns (bytes4 magicValue) {
        return ECDSA.recover(hash, signature) == OWNER ? IERC1271.isValidSignature.selector : bytes4(0);
    }
}

/**
 * @title IdentityStub
 * @author Herald
 * @notice The one function of an ERC-8004 identity registry that is asked for.
 */
contract IdentityStub {
    address private immutable WALLET;

    constructor(address wallet) {
        WALLET = wallet;
    }

    /**
     * @notice The wallet, whatever the id.
     * @return wallet The wallet.
     */
    function getAgentWallet(uint256) external view returns (address wallet) {
        return WALLET;
    }
}
