/** Mistakes that somebody could make in the contracts; `mutation.ts` makes each of them once. */

/** One mistake: a text that stands once in a contract, and what stands there instead. */
export interface Mutant {
  readonly name: string
  /** Path below `contracts/`. */
  readonly file: string
  readonly from: string
  readonly to: string
}

const registry = 'AgentRegistry.sol'
const control = 'AgentControl.sol'
const anchor = 'MessageAnchor.sol'
const signatures = 'libraries/Signatures.sol'
const typedData = 'libraries/TypedData.sol'
const tree = 'libraries/Rfc9162.sol'
const call = 'libraries/BoundedCall.sol'

export const mutants: readonly Mutant[] = [
  { name: 'no compare-and-set', file: registry, from: '_same(previous, currentId)', to: 'true' },
  {
    name: 'a card may come back',
    file: registry,
    from: 'require(_records[agent][cardId].validFrom == 0, AgentRegistryDuplicateCard(agent, cardId));',
    to: '',
  },
  { name: 'epochs stand still', file: registry, from: 'ended.epoch + 1', to: 'ended.epoch' },
  { name: 'grace in the past', file: registry, from: 'resolvedUntil >= timestamp', to: 'true' },
  { name: 'second revocation', file: registry, from: 'revoked.revokedAt == 0', to: 'true' },
  {
    name: 'compromise in the future',
    file: registry,
    from: 'compromisedSince <= timestamp)',
    to: 'compromisedSince <= timestamp + 1)',
  },
  {
    name: 'status off by one at expiry',
    file: registry,
    from: 'time >= known.validUntil',
    to: 'time > known.validUntil',
  },
  { name: 'status forgets asOf', file: registry, from: 'known.revokedAt <= asOf', to: 'true' },
  { name: 'deadline not enforced', file: registry, from: 'timestamp <= deadline', to: 'true' },
  { name: 'deadline off by one', file: registry, from: 'timestamp <= deadline', to: 'timestamp < deadline' },
  {
    name: 'zero agent by signature',
    file: registry,
    from: 'require(agent != address(0), AgentRegistryZeroAgent());\n        require(timestamp',
    to: 'require(timestamp',
  },
  {
    name: 'signature of the agent, not the controller',
    file: registry,
    from: 'address controller = controllerOf(agent);\n        Signatures',
    to: 'address controller = agent;\n        Signatures',
  },
  {
    name: 'guardian backdates',
    file: registry,
    from: 'require(compromisedSince == 0, AgentRegistryGuardianBackdates(agent, msg.sender, compromisedSince));',
    to: '',
  },
  { name: 'anybody revokes', file: registry, from: '_isGuardian(agent, msg.sender)', to: 'true' },
  { name: 'no gas floor', file: registry, from: 'gasLeft >= gasFloor', to: 'true' },
  {
    name: 'gas floor forgets the bytes',
    file: registry,
    from: 'BYTE_GAS * (item.card.length + item.signature.length)',
    to: '0',
  },
  { name: 'ERC-8004 link to the zero address', file: registry, from: 'agent != address(0) && wallet', to: 'wallet' },
  { name: 'acceptance by anybody', file: control, from: '&& msg.sender == candidate;', to: '|| true;' },
  {
    name: 'guardian survives a transfer',
    file: control,
    from: 'if (_controls[agent].guardian != address(0)) _setGuardian(agent, address(0));',
    to: '',
  },
  { name: 'recovery without delay', file: control, from: 'timestamp >= recoverableAt', to: 'true' },
  {
    name: 'recovery delay off by one',
    file: control,
    from: 'timestamp >= recoverableAt',
    to: 'timestamp > recoverableAt',
  },
  {
    name: 'recovery finished by anybody',
    file: control,
    from: 'require(msg.sender == candidate, AgentRegistryNotCandidate(agent, msg.sender, candidate));',
    to: '',
  },
  {
    name: 'dismissed guardian’s recovery goes on',
    file: control,
    from: 'if (_controls[agent].recoverableAt != 0) _stopRecovery(agent);',
    to: '',
  },
  {
    name: 'veto by anybody',
    file: control,
    from: '_requireController(agent);\n        require(_controls[agent].recoverableAt',
    to: 'require(_controls[agent].recoverableAt',
  },
  { name: 'the zero address is a guardian', file: control, from: 'account != address(0) && ', to: '' },
  { name: 'offer outlives a transfer', file: control, from: '_controls[agent].candidate = address(0);', to: '' },
  { name: 'chain id not signed', file: typedData, from: 'block.chainid', to: 'uint256(0)' },
  { name: 'contract not signed', file: typedData, from: 'address(this)', to: 'address(0)' },
  {
    name: 'grace not signed',
    file: typedData,
    from: 'abi.encode(PUBLISH_TYPE, agent, cardId, previous, previousValidUntil, deadline)',
    to: 'abi.encode(PUBLISH_TYPE, agent, cardId, previous, uint40(0), deadline)',
  },
  { name: 'any key signs', file: signatures, from: ' && recovered == signer', to: '' },
  {
    name: 'wallet asked in place of ECDSA',
    file: signatures,
    from: 'fault == ECDSA.RecoverError.NoError',
    to: 'signer.code.length == 0',
  },
  { name: 'a wallet’s no is a yes', file: signatures, from: 'answer == bytes32(', to: 'answer != bytes32(' },
  { name: 'wallet burns all gas', file: call, from: 'staticcall(gasLimit,', to: 'staticcall(gas(),' },
  { name: 'short answers count', file: call, from: 'and(returned, gt(returndatasize(), 0x1f))', to: 'returned' },
  {
    name: 'reverts count as answers',
    file: call,
    from: 'and(returned, gt(returndatasize(), 0x1f))',
    to: 'gt(returndatasize(), 0x1f)',
  },
  { name: 'stored anchors are overwritten', file: anchor, from: 'if (anchoredAt != 0) {', to: 'if (false) {' },
  { name: 'stored size not compared', file: anchor, from: ' || entry.size != size', to: '' },
  {
    name: 'another size skipped in silence',
    file: anchor,
    from: 'require(entry.size == size, MessageAnchorOtherSize(root, size, entry.size));',
    to: '',
  },
  { name: 'unstored trees prove', file: anchor, from: 'entry.anchoredAt == 0 || ', to: '' },
  { name: 'index beyond the tree', file: tree, from: 'if (index >= size) return false;', to: '' },
  { name: 'path too long', file: tree, from: 'if (last == 0) return false;', to: 'if (last == 0) break;' },
  { name: 'path too short', file: tree, from: 'last == 0 && hash == root', to: 'hash == root' },
  {
    name: 'lonely nodes do not rise',
    file: tree,
    from: 'while (place == last && place % 2 == 0)',
    to: 'if (place == last && place % 2 == 0)',
  },
  {
    name: 'nodes without prefix',
    file: tree,
    from: 'abi.encodePacked(NODE_PREFIX, left, right)',
    to: 'abi.encodePacked(left, right)',
  },
]
