// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {CardId} from "../../../contracts/interfaces/IAgentRegistry.sol";

/// @dev The id that names no card.
CardId constant NO_CARD = CardId.wrap(0);

/**
 * @dev A card of `length` bytes: version 1, type 1, the suite, then bytes without zeros drawn from the seed.
 * @param seed What the bytes are drawn from.
 * @param length Length of the card; at least 4.
 * @param suite Suite of the card.
 * @return card The card's bytes.
 */
function makeCard(uint256 seed, uint256 length, uint16 suite) pure returns (bytes memory card) {
    card = new bytes(length);
    (card[0], card[1], card[2], card[3]) = (0x01, 0x01, bytes1(uint8(suite >> 8)), bytes1(uint8(suite)));
    for (uint256 i = 4; i < length; i++) {
        card[i] = bytes1(uint8(1 + (uint256(keccak256(abi.encode(seed, i))) % 255)));
    }
}

/**
 * @dev The id of a card.
 * @param card The card's bytes.
 * @return cardId Its id.
 */
function idOf(bytes memory card) pure returns (CardId cardId) {
    return CardId.wrap(keccak256(card));
}

/**
 * @dev Maps a fuzzed number into a range.
 * @param x The number.
 * @param min Lowest result.
 * @param max Highest result.
 * @return y The result.
 */
function within(uint256 x, uint256 min, uint256 max) pure returns (uint256 y) {
    return min + (x % (max - min + 1));
}
