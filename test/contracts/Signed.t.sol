// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AgentRegistry} from "../../contracts/AgentRegistry.sol";
import {IAgentControl} from "../../contracts/interfaces/IAgentControl.sol";
import {CardId, IAgentRegistry} from "../../contracts/interfaces/IAgentRegistry.sol";
import {idOf, makeCard, NO_CARD, within} from "./support/Cards.sol";
import {IdentityStub, KeyWallet} from "./support/KeyWallet.sol";
import {signPublication, signRevocation} from "./support/Signing.sol";
import {VM} from "./support/Vm.sol";

/**
 * @title SignedTest
 * @author Herald
 * @notice Fuzz tests of what works by signature, and of what the contract says about itself.
 */
contract SignedTest {
    uint40 private constant START = 2_000_000_000;
    uint256 private constant KEY = 0xA11CE;
    uint256 private constant CURVE_ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141;

    AgentRegistry private immutable REGISTRY = new AgentRegistry();
    address private immutable AGENT = VM.addr(KEY);

    function setUp() external {
        VM.warp(START);
    }

    function testFuzz_publishForTakesWhatWasSigned(
        uint256 key,
        uint256 seed,
        uint256 length,
        uint40 deadline
    ) external {
        key = within(key, 1, CURVE_ORDER - 1);
        address agent = VM.addr(key);
        bytes memory card = makeCard(seed, within(length, 4, 600), 1);
        bool published = _hand(signPublication(REGISTRY, key, agent, card, NO_CARD, 0, deadline));
        require(published == (deadline >= START), "deadline");
        (CardId current, ) = REGISTRY.current(agent);
        require(CardId.unwrap(current) == (published ? keccak256(card) : bytes32(0)), "current");
    }

    function testFuzz_publishForTakesNoOtherKey(uint256 key, bool byWallet) external {
        key = within(key, 1, CURVE_ORDER - 1);
        address agent = byWallet ? address(new KeyWallet(AGENT)) : AGENT;
        bool published = _hand(signPublication(REGISTRY, key, agent, makeCard(1, 64, 1), NO_CARD, 0, START));
        require(published == (VM.addr(key) == AGENT), "another key");
        require(
            _hand(
                signPublication(
                    REGISTRY,
                    KEY,
                    agent,
                    makeCard(2, 64, 1),
                    published ? idOf(makeCard(1, 64, 1)) : NO_CARD,
                    0,
                    START
                )
            ),
            "its own key"
        );
    }

    function testFuzz_publishForTakesNoFlippedBit(uint256 bit, uint256 where) external {
        IAgentRegistry.Publication memory item = _good();
        bytes1 mask = bytes1(uint8(1 << (bit % 8)));
        where = within(where, 0, 64 + 64);
        if (where < 65) item.signature[where] ^= mask;
        else item.card[where - 65] ^= mask;
        require(!_hand(item), "took a flipped bit");
        require(_hand(_good()), "refused the original");
    }

    function testFuzz_publishForTakesNoArbitrarySignature(bytes calldata signature) external {
        IAgentRegistry.Publication memory item = _good();
        item.signature = signature;
        require(!_hand(item), "took an arbitrary signature");
    }

    function testFuzz_publishForTakesNoOtherChain(uint64 chainId) external {
        uint256 here = block.chainid;
        VM.chainId(chainId);
        IAgentRegistry.Publication memory item = _good();
        VM.chainId(here);
        require(_hand(item) == (chainId == here), "another chain");
    }

    function testFuzz_publishForManyPublishesExactlyTheGood(uint8 bad) external {
        IAgentRegistry.Publication[] memory items = new IAgentRegistry.Publication[](8);
        uint256 good = 0;
        for (uint256 i = 0; i < items.length; i++) {
            bool isBad = bad & (1 << i) != 0;
            uint256 signer = isBad ? KEY : KEY + 1 + i;
            items[i] = signPublication(REGISTRY, signer, VM.addr(KEY + 1 + i), makeCard(i, 64, 1), NO_CARD, 0, START);
            if (!isBad) good++;
        }
        require(REGISTRY.publishForMany(items) == good, "count");
        for (uint256 i = 0; i < items.length; i++) {
            (, IAgentRegistry.Record memory record) = REGISTRY.current(items[i].agent);
            require((record.validFrom == START) == (bad & (1 << i) == 0), "record");
        }
    }

    function testFuzz_revokeForTakesWhatWasSigned(uint256 key, uint40 deadline, uint40 since, uint8 reason) external {
        key = key % 2 == 0 ? KEY : within(key, 1, CURVE_ORDER - 1);
        since = since % 2 == 0 ? 0 : uint40(within(since, START - 5, START + 15));
        IAgentRegistry.RevocationReason why = IAgentRegistry.RevocationReason(reason % 4);
        require(_hand(_good()), "no card");
        CardId cardId = idOf(_good().card);
        VM.warp(START + 10);
        bytes memory signature = signRevocation(REGISTRY, key, AGENT, cardId, why, since, deadline);
        bool fits = VM.addr(key) == AGENT && deadline >= START + 10;
        fits = fits && (since == 0 || (since >= START && since <= START + 10));
        try REGISTRY.revokeFor(AGENT, cardId, why, since, deadline, signature) {
            require(fits, "revoked");
            IAgentRegistry.Record memory record = REGISTRY.record(AGENT, cardId);
            require(
                record.revokedAt == START + 10 && record.compromisedSince == since && record.reason == why,
                "record"
            );
        } catch {
            require(!fits, "refused");
        }
    }

    function testFuzz_supportsInterfaceKnowsFour(bytes4 id) external view {
        bool isOwn = id == type(IAgentRegistry).interfaceId || id == type(IAgentControl).interfaceId;
        bool isKnown = isOwn || id == 0x01ffc9a7 || id == 0x84b0196e;
        require(REGISTRY.supportsInterface(id) == isKnown, "interface");
    }

    function testFuzz_eip712DomainFollowsTheChain(uint64 chainId) external {
        uint256 here = block.chainid;
        VM.chainId(chainId);
        (bytes1 fields, string memory name, string memory version, uint256 id, address place, bytes32 salt, ) = REGISTRY
            .eip712Domain();
        VM.chainId(here);
        require(fields == 0x0f && salt == 0, "fields");
        require(keccak256(abi.encode(name, version)) == keccak256(abi.encode("Herald AgentRegistry", "1")), "names");
        require(id == chainId && place == address(REGISTRY), "chain and contract");
    }

    function testFuzz_isErc8004WalletFollowsTheRegistry(address wallet, address agent, uint256 id, bool same) external {
        if (same) agent = wallet;
        bool linked = REGISTRY.isErc8004Wallet(address(new IdentityStub(wallet)), id, agent);
        require(linked == (wallet == agent && agent != address(0)), "link");
    }

    function _good() private view returns (IAgentRegistry.Publication memory item) {
        return signPublication(REGISTRY, KEY, AGENT, makeCard(1, 64, 1), NO_CARD, 0, START);
    }

    function _hand(IAgentRegistry.Publication memory item) private returns (bool published) {
        try
            REGISTRY.publishFor(
                item.agent,
                item.card,
                item.previous,
                item.previousValidUntil,
                item.deadline,
                item.signature
            )
        {
            return true;
        } catch {
            return false;
        }
    }
}
