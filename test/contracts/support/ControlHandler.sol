// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AgentRegistry} from "../../../contracts/AgentRegistry.sol";
import {CardId, IAgentRegistry} from "../../../contracts/interfaces/IAgentRegistry.sol";
import {makeCard, NO_CARD, within} from "./Cards.sol";
import {EventBook} from "./EventBook.sol";
import {signPublication, signRevocation} from "./Signing.sol";
import {VM} from "./Vm.sol";

/**
 * @title ControlHandler
 * @author Herald
 * @notice Passes control around at random, by whoever may and whoever may not, and counts what should not succeed.
 *
 * Half of the calls come from the account that may make them, so that much happens.
 */
contract ControlHandler is EventBook {
    uint256 public constant AGENTS = 2;
    uint256 private constant ACTORS = 5;
    uint256 private constant KEY = 0xA11CE;
    uint40 private constant START = 2_000_000_000;

    /// @notice How often a call succeeded that neither controller nor guardian nor a valid signature stood behind.
    uint256 public unauthorized;

    /// @notice How often a guardian's revocation reached into the past.
    uint256 public backdated;

    /// @notice How often a signature worked twice.
    uint256 public replayed;

    /// @notice How often a batch counted otherwise than it published.
    uint256 public miscounted;

    uint40 private _now = START;
    uint256 private _cardSeed;

    /// @dev Each call of the runner starts at the runner's own time.
    modifier atPresent() {
        VM.warp(_now);
        _;
    }

    constructor(AgentRegistry registry) EventBook(registry) {}

    function wait(uint256 by) external {
        _now += uint40(within(by, 1, 4 days));
    }

    function propose(uint256 agentSeed, uint256 callerSeed, uint256 candidateSeed) external atPresent {
        address agent = actor(agentSeed % AGENTS);
        address caller = _pick(callerSeed, _controllerOf(agent));
        VM.prank(caller);
        try REGISTRY.proposeController(agent, candidateSeed % 8 == 0 ? address(0) : actor(candidateSeed)) {
            _expect(caller == _controllerOf(agent));
        } catch {}
        _readEvents(caller);
    }

    function accept(uint256 agentSeed, uint256 callerSeed) external atPresent {
        address agent = actor(agentSeed % AGENTS);
        address caller = _pick(callerSeed, _told[agent].candidate);
        VM.prank(caller);
        try REGISTRY.acceptControl(agent) {
            _expect(caller == _told[agent].candidate);
        } catch {}
        _readEvents(caller);
    }

    function setGuardian(uint256 agentSeed, uint256 callerSeed, uint256 guardianSeed) external atPresent {
        address agent = actor(agentSeed % AGENTS);
        address caller = _pick(callerSeed, _controllerOf(agent));
        VM.prank(caller);
        try REGISTRY.setGuardian(agent, guardianSeed % 8 == 0 ? address(0) : actor(guardianSeed)) {
            _expect(caller == _controllerOf(agent));
        } catch {}
        _readEvents(caller);
    }

    function startRecovery(uint256 agentSeed, uint256 callerSeed, uint256 candidateSeed) external atPresent {
        address agent = actor(agentSeed % AGENTS);
        address caller = _pick(callerSeed, _told[agent].guardian);
        VM.prank(caller);
        try REGISTRY.startRecovery(agent, actor(candidateSeed)) {
            _expect(caller == _told[agent].guardian);
        } catch {}
        _readEvents(caller);
    }

    function vetoRecovery(uint256 agentSeed, uint256 callerSeed) external atPresent {
        address agent = actor(agentSeed % AGENTS);
        address caller = _pick(callerSeed, _controllerOf(agent));
        VM.prank(caller);
        try REGISTRY.vetoRecovery(agent) {
            _expect(caller == _controllerOf(agent));
        } catch {}
        _readEvents(caller);
    }

    function finishRecovery(uint256 agentSeed, uint256 callerSeed) external atPresent {
        address agent = actor(agentSeed % AGENTS);
        address caller = _pick(callerSeed, _told[agent].recoveryCandidate);
        VM.prank(caller);
        try REGISTRY.finishRecovery(agent) {
            _expect(caller == _told[agent].recoveryCandidate && _now >= _told[agent].recoverableAt);
        } catch {}
        _readEvents(caller);
    }

    function publish(uint256 agentSeed, uint256 callerSeed) external atPresent {
        address agent = actor(agentSeed % AGENTS);
        address caller = _pick(callerSeed, _controllerOf(agent));
        (CardId previous, ) = REGISTRY.current(agent);
        VM.prank(caller);
        try REGISTRY.publish(agent, _nextCard(), previous, 0) {
            _expect(caller == _controllerOf(agent));
        } catch {}
        _readEvents(caller);
    }

    function publishFor(uint256 agentSeed, uint256 signerSeed, uint256 change) external atPresent {
        (IAgentRegistry.Publication memory item, bool isGood) = _signed(agentSeed, signerSeed, change);
        bool succeeded = _hand(item);
        if (succeeded) _expect(isGood);
        _readEvents(address(this));
        if (succeeded && _hand(item)) replayed++;
        _readEvents(address(this));
    }

    function publishForMany(uint256 agentSeed, uint256 signerSeed, uint256 change) external atPresent {
        IAgentRegistry.Publication[] memory items = new IAgentRegistry.Publication[](3);
        bool[3] memory isGood;
        (items[0], isGood[0]) = _signed(agentSeed, signerSeed, change);
        (items[1], isGood[1]) = _signed((agentSeed % AGENTS) + 1, signerSeed >> 8, change >> 8);
        items[2] = items[0];
        uint256 before = seen[IAgentRegistry.CardPublished.selector];
        uint256 skippedBefore = seen[IAgentRegistry.PublicationSkipped.selector];
        uint256 published = REGISTRY.publishForMany(items);
        _readEvents(address(this));
        if (published != seen[IAgentRegistry.CardPublished.selector] - before) miscounted++;
        uint256 skipped = seen[IAgentRegistry.PublicationSkipped.selector] - skippedBefore;
        _check(IAgentRegistry.PublicationSkipped.selector, 1, published + skipped == items.length);
        if (published > (isGood[0] ? 1 : 0) + (isGood[1] ? 1 : 0)) unauthorized++;
    }

    function revoke(uint256 agentSeed, uint256 callerSeed, uint256 cardSeed, uint256 back) external atPresent {
        address agent = actor(agentSeed % AGENTS);
        address guardian = _told[agent].guardian;
        address caller = _pick(callerSeed, callerSeed % 4 == 1 ? guardian : _controllerOf(agent));
        CardId cardId = _pickCard(agent, cardSeed);
        uint40 since = back % 2 == 0 ? 0 : _now - uint40(back % 1000);
        VM.prank(caller);
        try REGISTRY.revoke(agent, cardId, IAgentRegistry.RevocationReason(back % 4), since) {
            bool isController = caller == _controllerOf(agent);
            _expect(isController || caller == guardian);
            if (!isController && REGISTRY.record(agent, cardId).compromisedSince != 0) backdated++;
        } catch {}
        _readEvents(caller);
    }

    function revokeFor(uint256 agentSeed, uint256 signerSeed, uint256 cardSeed, uint256 change) external atPresent {
        address agent = actor(agentSeed % AGENTS);
        (uint256 key, address signer) = _pickKey(signerSeed, _controllerOf(agent));
        CardId cardId = _pickCard(agent, cardSeed);
        IAgentRegistry.RevocationReason reason = IAgentRegistry.RevocationReason(change % 4);
        uint40 deadline = change % 5 == 0 ? _now - 1 : _now;
        bytes memory signature = signRevocation(REGISTRY, key, agent, cardId, reason, 0, deadline);
        if (change % 7 == 0) deadline++;
        try REGISTRY.revokeFor(agent, cardId, reason, 0, deadline, signature) {
            _expect(signer == _controllerOf(agent) && change % 5 != 0 && change % 7 != 0);
        } catch {}
        _readEvents(address(this));
    }

    /**
     * @notice One of the accounts; the first ones are the agents.
     * @param seed Picks it.
     * @return account Its address.
     */
    function actor(uint256 seed) public pure returns (address account) {
        return VM.addr(KEY + (seed % ACTORS));
    }

    /**
     * @dev A publication, signed by the controller or another, changed afterwards or not.
     * @param agentSeed Picks the agent.
     * @param signerSeed Picks the signer.
     * @param change Picks the change.
     * @return item The publication.
     * @return isGood Whether the controller signed it as it is, and it has not expired.
     */
    function _signed(
        uint256 agentSeed,
        uint256 signerSeed,
        uint256 change
    ) private returns (IAgentRegistry.Publication memory item, bool isGood) {
        address agent = actor(agentSeed % AGENTS);
        (uint256 key, address signer) = _pickKey(signerSeed, _controllerOf(agent));
        (CardId previous, ) = REGISTRY.current(agent);
        uint40 deadline = change % 8 == 1 ? _now - 1 : _now;
        if (change % 8 == 2) VM.chainId(1);
        item = signPublication(REGISTRY, key, agent, _nextCard(), previous, 0, deadline);
        if (change % 8 == 2) VM.chainId(31337);
        if (change % 8 == 3) item.card = _nextCard();
        if (change % 8 == 4) item.agent = actor((agentSeed % AGENTS) + 1);
        if (change % 8 == 5) item.deadline++;
        isGood = signer == _controllerOf(agent) && (change % 8 == 0 || change % 8 > 5);
    }

    function _hand(IAgentRegistry.Publication memory item) private returns (bool succeeded) {
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

    function _expect(bool isAllowed) private {
        if (!isAllowed) unauthorized++;
    }

    function _nextCard() private returns (bytes memory card) {
        return makeCard(++_cardSeed, 16, 1);
    }

    function _pick(uint256 seed, address favourite) private pure returns (address account) {
        return seed % 2 == 1 && favourite != address(0) ? favourite : actor(seed >> 1);
    }

    function _pickKey(uint256 seed, address favourite) private pure returns (uint256 key, address account) {
        key = KEY + ((seed >> 1) % ACTORS);
        for (uint256 i = 0; seed % 2 == 1 && i < ACTORS; i++) {
            if (VM.addr(KEY + i) == favourite) key = KEY + i;
        }
        account = VM.addr(key);
    }

    function _pickCard(address agent, uint256 seed) private view returns (CardId cardId) {
        uint256 length = _cards[agent].length;
        uint256 index = seed % (length + 1);
        return index == length ? NO_CARD : _cards[agent][index];
    }
}
