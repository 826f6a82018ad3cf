/** Mistakes that somebody could make in the contracts; `mutation.ts` makes each of them once. */

/** One mistake: a text that stands once in a contract, and what stands there instead. */
export interface Mutant {
  readonly name: string
  /** Path below `contracts/`. */
  readonly file: string
  readonly from: string
  readonly to: string
}

type Changes = Readonly<Record<string, readonly [from: string, to: string]>>

function mutantsOf(file: string, changes: Changes): Mutant[] {
  return Object.entries(changes).map(([name, [from, to]]) => ({ name, file, from, to }))
}

const publication = mutantsOf('AgentRegistry.sol', {
  'zero agent publishes': [
    'require(agent != address(0), AgentRegistryZeroAgent());\n        _requireController',
    '_requireController',
  ],
  'anybody publishes': ['_requireController(agent);\n\n        return _publish', 'return _publish'],
  'no compare-and-set': ['_same(previous, currentId)', 'true'],
  'a card may come back': ['_records[agent][cardId].validFrom == 0', 'true'],
  'shorter cards': ['MIN_CARD_BYTES = 4', 'MIN_CARD_BYTES = 3'],
  'longer cards': ['MAX_CARD_BYTES = 4096', 'MAX_CARD_BYTES = 4097'],
  'the longest card refused': ['card.length <= MAX_CARD_BYTES', 'card.length < MAX_CARD_BYTES'],
  'suite from the wrong bytes': ['card[2:4]', 'card[1:3]'],
  'no hint': ['uint32(block.number)', '0'],
  'published without becoming current': ['_current[agent] = cardId;', ''],
  'epochs stand still': ['ended.epoch + 1', 'ended.epoch'],
  'grace in the past': ['resolvedUntil >= timestamp', 'true'],
  'grace of no second refused': ['resolvedUntil >= timestamp', 'resolvedUntil > timestamp || previousValidUntil == 0'],
  'grace without a previous card': [
    'require(previousValidUntil == 0, AgentRegistryGraceWithoutPrevious(agent, previousValidUntil));',
    '',
  ],
  'the replaced card never ends': ['ended.validUntil = resolvedUntil;', ''],
  'the event keeps quiet about the end': ['previous, resolvedUntil, card', 'previous, previousValidUntil, card'],
})

const signed = mutantsOf('AgentRegistry.sol', {
  'publication without signature': [
    '_requireSignature(agent, digest, deadline, signature);\n        _publish',
    '_publish',
  ],
  'revocation without signature': [
    '_requireSignature(agent, digest, deadline, signature);\n        _revoke',
    '_revoke',
  ],
  'deadline not enforced': ['timestamp <= deadline', 'true'],
  'deadline off by one': ['timestamp <= deadline', 'timestamp < deadline'],
  'zero agent by signature': [
    'require(agent != address(0), AgentRegistryZeroAgent());\n        require(timestamp',
    'require(timestamp',
  ],
  'signature of the agent, not the controller': [
    'address controller = controllerOf(agent);\n        Signatures',
    'address controller = agent;\n        Signatures',
  ],
  'malleable signatures not told apart': ['verdict != Signatures.Verdict.Malleable', 'true'],
  'no gas floor': ['gasLeft >= gasFloor', 'true'],
  'gas floor too low': ['PUBLICATION_GAS = 800_000', 'PUBLICATION_GAS = 300_000'],
  'gas floor forgets the bytes': ['BYTE_GAS * (item.card.length + item.signature.length)', '0'],
  'a batch forgets its first': ['uint256 i = 0; i < count', 'uint256 i = 1; i < count'],
  'a batch counts nothing': ['++published;', ''],
  'skipped in silence': ['emit PublicationSkipped(item.agent, i, reason);', ''],
  'skipped without the reason': [
    'emit PublicationSkipped(item.agent, i, reason);',
    'emit PublicationSkipped(item.agent, i, "");',
  ],
})

const revocation = mutantsOf('AgentRegistry.sol', {
  'anybody revokes': ['_isGuardian(agent, msg.sender)', 'true'],
  'the agent revokes after control has passed': ['msg.sender != controllerOf(agent)', 'msg.sender != agent'],
  'guardian backdates': [
    'require(compromisedSince == 0, AgentRegistryGuardianBackdates(agent, msg.sender, compromisedSince));',
    '',
  ],
  'revocation of an unknown card': ['require(revoked.validFrom != 0, AgentRegistryUnknownCard(agent, cardId));', ''],
  'second revocation': ['revoked.revokedAt == 0', 'true'],
  'compromise in the future': ['compromisedSince <= timestamp)', 'compromisedSince <= timestamp + 1)'],
  'compromise since now refused': ['compromisedSince <= timestamp)', 'compromisedSince < timestamp)'],
  'compromise before publication': ['compromisedSince >= revoked.validFrom && ', ''],
  'compromise since publication refused': [
    'compromisedSince >= revoked.validFrom',
    'compromisedSince > revoked.validFrom',
  ],
  'reason not kept': ['revoked.reason = reason;', ''],
  'claim of compromise not kept': ['revoked.compromisedSince = compromisedSince;', ''],
  'revoked in the event alone': ['_records[agent][cardId] = revoked;', ''],
})

const reading = mutantsOf('AgentRegistry.sol', {
  'status of what is to come': ['require(asOf >= time, AgentRegistryAsOfBeforeTime(time, asOf));', ''],
  'known before publication': ['known.validFrom == 0 || asOf < known.validFrom', 'known.validFrom == 0'],
  'unknown at publication': ['asOf < known.validFrom', 'asOf <= known.validFrom'],
  'not yet valid at publication': ['if (time < known.validFrom)', 'if (time <= known.validFrom)'],
  'status off by one at expiry': ['time >= known.validUntil', 'time > known.validUntil'],
  'status off by one at revocation': ['time >= known.revokedAt', 'time > known.revokedAt'],
  'status off by one at compromise': ['time >= known.compromisedSince', 'time > known.compromisedSince'],
  'status forgets asOf': ['known.revokedAt <= asOf', 'true'],
  'revocation known a second late': ['known.revokedAt <= asOf', 'known.revokedAt < asOf'],
  'no claim is a claim about everything': ['known.compromisedSince != 0 && ', ''],
  'expired before it ends': ['known.validUntil != 0 && ', ''],
  'ERC-8004 link to the zero address': ['agent != address(0) && wallet', 'wallet'],
  'ERC-8004 registry burns all gas': ['ERC8004_GAS = 100_000', 'ERC8004_GAS = 100_000_000'],
  'ERC-8004 id not asked for': ['(erc8004Id)', '(0)'],
  'ERC-5267 fields': ['DOMAIN_FIELDS = 0x0f', 'DOMAIN_FIELDS = 0x1f'],
  'ERC-165 without ERC-5267': ['interfaceId == type(IERC5267).interfaceId ||\n', ''],
  'ERC-165 without IAgentControl': ['interfaceId == type(IAgentControl).interfaceId ||\n', ''],
})

const control = mutantsOf('AgentControl.sol', {
  'a stranger is the controller': [
    'require(msg.sender == controllerOf(agent), AgentRegistryUnauthorized(agent, msg.sender));',
    '',
  ],
  'anybody offers control': [
    '_requireController(agent);\n        _controls[agent].candidate',
    '_controls[agent].candidate',
  ],
  'anybody names a guardian': ['_requireController(agent);\n        _setGuardian', '_setGuardian'],
  'acceptance by anybody': ['&& msg.sender == candidate;', '|| true;'],
  'acceptance by the zero address': ['candidate != address(0) && msg.sender', 'msg.sender'],
  'guardian survives a transfer': ['if (_controls[agent].guardian != address(0)) _setGuardian(agent, address(0));', ''],
  'offer outlives a transfer': ['_controls[agent].candidate = address(0);', ''],
  'the event names the new controller twice': [
    'address previous = controllerOf(agent);\n        _controls[agent].controller = controller;',
    '_controls[agent].controller = controller;\n        address previous = controllerOf(agent);',
  ],
  'an agent controls nothing at first': ['if (controller == address(0)) controller = agent;', ''],
  'control shows no controller at first': ['state.controller = controllerOf(agent);', ''],
  'the zero address is a guardian': ['account != address(0) && ', ''],
  'anybody starts a recovery': [
    'require(_isGuardian(agent, msg.sender), AgentRegistryUnauthorized(agent, msg.sender));',
    '',
  ],
  'recovery for nobody': ['require(candidate != address(0), AgentRegistryZeroCandidate(agent));', ''],
  'a shorter delay': ['7 days', '6 days'],
  'recovery without delay': ['timestamp >= recoverableAt', 'true'],
  'recovery delay off by one': ['timestamp >= recoverableAt', 'timestamp > recoverableAt'],
  'recovery finished by anybody': [
    'require(msg.sender == candidate, AgentRegistryNotCandidate(agent, msg.sender, candidate));',
    '',
  ],
  'recovery finished twice': ['_controls[agent].recoverableAt = 0;\n        _setController', '_setController'],
  'recovery that nobody started': ['require(recoverableAt != 0, AgentRegistryNoRecovery(agent));', ''],
  'dismissed guardian’s recovery goes on': ['if (_controls[agent].recoverableAt != 0) _stopRecovery(agent);', ''],
  'veto by anybody': [
    '_requireController(agent);\n        require(_controls[agent].recoverableAt',
    'require(_controls[agent].recoverableAt',
  ],
  'veto of nothing': ['require(_controls[agent].recoverableAt != 0, AgentRegistryNoRecovery(agent));', ''],
  'veto in the event alone': ['_controls[agent].recoverableAt = 0;\n\n', ''],
  'veto leaves the candidate': [
    '_controls[agent].recoveryCandidate = address(0);\n        _controls[agent].recoverableAt = 0;\n\n',
    '_controls[agent].recoverableAt = 0;\n\n',
  ],
})

const anchor = mutantsOf('MessageAnchor.sol', {
  'empty trees': ['require(size != 0, MessageAnchorEmptyTree(root));', ''],
  'zero roots': ['require(root != bytes32(0), MessageAnchorZeroRoot(size));', ''],
  'tombstone on a zero root': ['require(root != bytes32(0), MessageAnchorZeroRoot(0));', ''],
  'many anchors but the first': ['uint256 i = 0; i < count', 'uint256 i = 1; i < count'],
  'stored anchors are overwritten': ['if (anchoredAt != 0) {', 'if (false) {'],
  'stored without an event': ['_anchor(root, size);\n        anchoredAt', 'anchoredAt'],
  'another size skipped in silence': [
    'require(entry.size == size, MessageAnchorOtherSize(root, size, entry.size));',
    '',
  ],
  'stored size not compared': [' || entry.size != size', ''],
  'unstored trees prove': ['entry.anchoredAt == 0 || ', 'entry.anchoredAt != 0 && '],
  'anchors of the caller prove': ['entry = _stored[anchorer][root];', 'entry = _stored[msg.sender][root];'],
  'ERC-165 without IMessageAnchor': [' || interfaceId == type(IMessageAnchor).interfaceId', ''],
})

const libraries = [
  ...mutantsOf('libraries/TypedData.sol', {
    'chain id not signed': ['block.chainid', 'uint256(0)'],
    'contract not signed': ['address(this)', 'address(0)'],
    'another name': ['"Herald AgentRegistry"', '"Herald"'],
    'grace not signed': [
      'cardId, previous, previousValidUntil, deadline)));',
      'cardId, previous, uint40(0), deadline)));',
    ],
    'previous card not signed': [
      'cardId, previous, previousValidUntil, deadline)));',
      'cardId, bytes32(0), previousValidUntil, deadline)));',
    ],
    'deadline of a publication not signed': [
      'previous, previousValidUntil, deadline)));',
      'previous, previousValidUntil, uint40(0))));',
    ],
    'deadline of a revocation not signed': [
      'reason, compromisedSince, deadline)));',
      'reason, compromisedSince, uint40(0))));',
    ],
    'reason not signed': [
      'cardId, reason, compromisedSince, deadline)));',
      'cardId, uint8(0), compromisedSince, deadline)));',
    ],
    'claim of compromise not signed': [
      'cardId, reason, compromisedSince, deadline)));',
      'cardId, reason, uint40(0), deadline)));',
    ],
  }),
  ...mutantsOf('libraries/Signatures.sol', {
    'any key signs': [' && recovered == signer', ''],
    'wallet asked in place of ECDSA': ['fault == ECDSA.RecoverError.NoError', 'signer.code.length == 0'],
    'wallets not asked': ['if (_isAcceptedByWallet(signer, digest, signature)) return Verdict.Valid;', ''],
    'a wallet’s no is a yes': ['answer == bytes32(', 'answer != bytes32('],
    'a wallet may spend more': ['WALLET_GAS = 300_000', 'WALLET_GAS = 400_000'],
    'high s is merely invalid': ['Verdict.Malleable : Verdict.Invalid', 'Verdict.Invalid : Verdict.Invalid'],
    'high s is valid': ['Verdict.Malleable : Verdict.Invalid', 'Verdict.Valid : Verdict.Invalid'],
  }),
  ...mutantsOf('libraries/BoundedCall.sol', {
    'wallet burns all gas': ['staticcall(gasLimit,', 'staticcall(gas(),'],
    'short answers count': ['and(returned, gt(returndatasize(), 0x1f))', 'returned'],
    'reverts count as answers': ['and(returned, gt(returndatasize(), 0x1f))', 'gt(returndatasize(), 0x1f)'],
  }),
  ...mutantsOf('libraries/Rfc9162.sol', {
    'index beyond the tree': ['if (index >= size) return false;', ''],
    'path too long': ['if (last == 0) return false;', 'if (last == 0) break;'],
    'path too short': ['last == 0 && hash == root', 'hash == root'],
    'any root': ['last == 0 && hash == root', 'last == 0'],
    'left and right': ['place % 2 == 1 ?', 'place % 2 == 0 ?'],
    'lonely nodes do not rise': ['while (place == last && place % 2 == 0)', 'if (place == last && place % 2 == 0)'],
    'odd nodes rise': ['while (place == last && place % 2 == 0)', 'while (place == last && last != 0)'],
    'nodes without prefix': ['abi.encodePacked(NODE_PREFIX, left, right)', 'abi.encodePacked(left, right)'],
    'nodes with the prefix of leaves': ['NODE_PREFIX = 0x01', 'NODE_PREFIX = 0x00'],
  }),
]

export const mutants: readonly Mutant[] = [
  ...publication,
  ...signed,
  ...revocation,
  ...reading,
  ...control,
  ...anchor,
  ...libraries,
]
