/** Each import rule of docs/ARCHITECTURE.md is fed a tree that breaks it, and seen to fire. */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect } from 'chai'
import { findViolations } from '../../scripts/tools/check-layers.ts'
import { extraRules, rowRules } from '../../scripts/tools/layer-rules.ts'

/** File path → what it imports, in the words of an import statement. */
type Tree = Readonly<Record<string, readonly string[]>>

interface BadTree {
  readonly rule: string
  readonly because: string
  readonly tree: Tree
  /** Rules that cannot but fire too. */
  readonly also?: readonly string[]
}

const packages = [
  'viem',
  'ethers',
  'ws',
  'hardhat',
  '@ethereumjs/mpt',
  'pino',
  '@opentelemetry/api',
  'chai',
  'forgotten',
]

const packageJson = {
  type: 'module',
  dependencies: { viem: '1', ws: '1', pino: '1' },
  peerDependencies: { hardhat: '1', '@ethereumjs/mpt': '1', '@opentelemetry/api': '1' },
  devDependencies: { ethers: '1', hardhat: '1', '@ethereumjs/mpt': '1', '@opentelemetry/api': '1', chai: '1' },
}

const srcPackageJson = {
  type: 'module',
  imports: { '#crypto-backend': { node: './crypto/node-backend.ts', default: './crypto/noble-backend.ts' } },
}

const goodTree: Tree = {
  'src/core/bytes.ts': [],
  'src/wire/card.ts': ['../core/bytes.ts'],
  'src/crypto/noble-backend.ts': ['../core/bytes.ts'],
  'src/crypto/node-backend.ts': ['node:crypto', '../core/bytes.ts'],
  'src/crypto/hpke.ts': ['#crypto-backend'],
  'src/identity/keyring.ts': ['../crypto/hpke.ts', '../wire/card.ts'],
  'src/store/port.ts': ['../core/bytes.ts'],
  'src/store/sqlite-store.ts': ['node:sqlite', './port.ts'],
  'src/transport/port.ts': ['../core/bytes.ts'],
  'src/transport/node-socket.ts': ['node:net', './port.ts'],
  'src/messaging/sealed/seal.ts': ['../../identity/keyring.ts', '../../store/port.ts', '../../transport/port.ts'],
  'src/registry/resolver.ts': ['viem', '@ethereumjs/mpt', '../wire/card.ts'],
  'src/anchor/verify.ts': ['viem', '../registry/resolver.ts'],
  'src/privacy/erase.ts': ['../store/port.ts'],
  'src/client/agent.ts': ['../messaging/sealed/seal.ts', '../anchor/verify.ts'],
  'src/relay/server.ts': ['node:http', 'ws', '../registry/resolver.ts'],
  'src/bridges/mcp.ts': ['../client/agent.ts'],
  'src/web/page.ts': ['../client/agent.ts'],
  'src/index.ts': ['viem', './client/agent.ts', './store/port.ts'],
  'src/verify.ts': ['./anchor/verify.ts'],
  'src/cli/main.ts': ['node:process', 'hardhat', 'viem', '../relay/server.ts', '../index.ts'],
  'scripts/verify-provenance.ts': ['node:fs', '../src/verify.ts'],
  'test/scenario/story.test.ts': ['chai', 'ethers', '../../src/index.ts'],
}

/** One import out of line for each row of the table. */
const rowTrees: BadTree[] = [
  ['core', 'src/core/ids.ts', '../wire/card.ts'],
  ['wire', 'src/wire/envelope.ts', '../crypto/noble-backend.ts'],
  ['crypto', 'src/crypto/suite.ts', '../wire/card.ts'],
  ['identity', 'src/identity/trust.ts', '../registry/resolver.ts'],
  ['store', 'src/store/memory-store.ts', '../crypto/noble-backend.ts'],
  ['transport', 'src/transport/memory.ts', '../store/port.ts'],
  ['messaging', 'src/messaging/inbox/inbox.ts', '../../registry/resolver.ts'],
  ['registry', 'src/registry/watcher.ts', '../store/port.ts'],
  ['anchor', 'src/anchor/batch.ts', '../transport/port.ts'],
  ['privacy', 'src/privacy/export.ts', '../crypto/noble-backend.ts'],
  ['client', 'src/client/peer.ts', '../bridges/mcp.ts'],
  ['relay', 'src/relay/auth.ts', '../store/port.ts'],
  ['bridges', 'src/bridges/a2a.ts', '../wire/card.ts'],
  ['web', 'src/web/chat.ts', '../wire/card.ts'],
].map(([folder, file, target]) => ({
  rule: `layer-${folder}`,
  because: `${file} imports ${target}`,
  tree: { [file as string]: [target as string] },
}))

const extraTrees: BadTree[] = [
  {
    rule: 'layer-messaging',
    because: 'it imports an adapter where only the port is allowed',
    tree: { 'src/messaging/outbox/outbox.ts': ['../../store/memory.ts'], 'src/store/memory.ts': [] },
  },
  {
    rule: 'layer-client',
    because: 'it picks an adapter by itself',
    tree: { 'src/client/peer.ts': ['../transport/relay.ts'], 'src/transport/relay.ts': [] },
  },
  {
    rule: 'layer-core',
    because: 'it imports the front door, for a type',
    tree: { 'src/core/ids.ts': ['type ../other.ts'], 'src/other.ts': [] },
  },
  {
    rule: 'no-cycles',
    because: 'two files import each other',
    tree: { 'src/core/ids.ts': ['./limits.ts'], 'src/core/limits.ts': ['./ids.ts'] },
  },
  {
    rule: 'no-cycles',
    because: 'one of two imports is for a type',
    tree: { 'src/core/ids.ts': ['./limits.ts'], 'src/core/limits.ts': ['type ./ids.ts'] },
  },
  {
    rule: 'no-cycles',
    because: 'the backend of one platform imports the file that chooses it',
    tree: { 'src/crypto/node-backend.ts': ['./hpke.ts'] },
  },
  { rule: 'folder-has-a-row', because: 'a folder utils appears', tree: { 'src/utils/sleep.ts': [] } },
  {
    rule: 'relay-cannot-open-messages',
    because: 'a folder between them opens the path',
    tree: {
      'src/registry/events.ts': ['../messaging/sealed/seal.ts'],
      'src/relay/limits.ts': ['../registry/events.ts'],
    },
    also: ['layer-registry'],
  },
  { rule: 'node-has-its-place', because: 'core reads a file', tree: { 'src/core/ids.ts': ['node:fs'] } },
  { rule: 'node-has-its-place', because: 'the prefix is left out', tree: { 'src/wire/cbor.ts': ['buffer'] } },
  {
    rule: 'node-has-its-place',
    because: 'only a type is taken',
    tree: { 'src/store/memory.ts': ['type node:sqlite'] },
  },
  {
    rule: 'browser-reaches-no-node',
    because: 'the front door opens a database',
    tree: { 'src/index.ts': ['./store/sqlite-store.ts'] },
  },
  {
    rule: 'browser-reaches-no-node',
    because: 'a backend is chosen without #crypto-backend',
    tree: { 'src/crypto/hpke.ts': ['./node-backend.ts'] },
  },
  {
    rule: 'verifier-needs-no-sender',
    because: 'the verifying entry point takes the client',
    tree: { 'src/verify.ts': ['./client/agent.ts'] },
  },
  {
    rule: 'verifier-needs-no-sender',
    because: 'the verifying script takes the whole package',
    tree: { 'scripts/verify-provenance.ts': ['../src/index.ts'] },
  },
  { rule: 'ethers-only-in-tests', because: 'a script uses ethers', tree: { 'scripts/deploy.ts': ['ethers'] } },
  {
    rule: 'src-stands-alone',
    because: 'a source file imports a script',
    tree: { 'src/cli/dev.ts': ['../../scripts/deploy.ts'], 'scripts/deploy.ts': [] },
  },
  { rule: 'no-dev-dependency', because: 'the cli imports chai', tree: { 'src/cli/dev.ts': ['chai'] } },
  { rule: 'no-undeclared-package', because: 'package.json lacks it', tree: { 'src/cli/dev.ts': ['forgotten'] } },
  { rule: 'no-unresolvable-import', because: 'the file is gone', tree: { 'src/cli/dev.ts': ['./gone.ts'] } },
  { rule: 'viem-has-its-place', because: 'the client calls the chain', tree: { 'src/client/peer.ts': ['viem'] } },
  { rule: 'ws-has-its-place', because: 'a browser would load ws', tree: { 'src/transport/relay.ts': ['ws'] } },
  {
    rule: 'hardhat-has-its-place',
    because: 'the relay starts a chain',
    tree: { 'src/relay/server.ts': ['hardhat'] },
  },
  {
    rule: 'pino-has-its-place',
    because: 'the relay logs by itself',
    tree: { 'src/relay/server.ts': ['pino'] },
  },
  {
    rule: '@opentelemetry/api-has-its-place',
    because: 'the relay traces by itself',
    tree: { 'src/relay/server.ts': ['@opentelemetry/api'] },
  },
  {
    rule: '@ethereumjs/mpt-has-its-place',
    because: 'the anchor walks tries',
    tree: { 'src/anchor/verify.ts': ['@ethereumjs/mpt'] },
  },
]

function sourceOf(imports: readonly string[]): string {
  const lines = imports.map((target, index) =>
    target.startsWith('type ')
      ? `import type { thing as thing${index} } from '${target.slice(5)}'`
      : `import { thing as thing${index} } from '${target}'`,
  )
  const uses = imports.map((_, index) => `thing${index}`).join(', ')
  return `${lines.join('\n')}\nexport const thing = 1\nexport type Uses = typeof thing | [${uses}]\n`
}

function writeTree(root: string, tree: Tree): void {
  const put = (path: string, text: string) => {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  for (const name of packages) {
    put(`node_modules/${name}/package.json`, JSON.stringify({ name, type: 'module', exports: './index.js' }))
    put(`node_modules/${name}/index.js`, 'export const thing = 1\n')
  }
  put('package.json', JSON.stringify(packageJson))
  put('src/package.json', JSON.stringify(srcPackageJson))
  for (const [path, imports] of Object.entries(tree)) put(path, sourceOf(imports))
}

describe('scripts/tools/check-layers', () => {
  const roots: string[] = []

  async function rulesBrokenBy(tree: Tree): Promise<string[]> {
    const root = mkdtempSync(join(tmpdir(), 'herald-layers-'))
    roots.push(root)
    writeTree(root, { ...goodTree, ...tree })
    const rules = (await findViolations(root)).map(({ rule }) => rule)
    return [...new Set(rules)].sort()
  }

  after(() => {
    for (const root of roots) rmSync(root, { recursive: true })
  })

  describe('findViolations', () => {
    it('finds none in a good tree', async () => {
      expect(await rulesBrokenBy({})).to.deep.equal([])
    })

    for (const { rule, because, tree, also = [] } of [...rowTrees, ...extraTrees]) {
      it(`fires ${rule} when ${because}`, async () => {
        expect(await rulesBrokenBy(tree)).to.deep.equal([rule, ...also].sort())
      })
    }

    it('has a bad tree for every rule', () => {
      const tried = new Set([...rowTrees, ...extraTrees].map(({ rule }) => rule))
      const untried = [...rowRules, ...extraRules].map(({ name }) => name).filter((name) => !tried.has(name))
      expect(untried).to.deep.equal([])
    })
  })
})
