/**
 * The layer table: which folder of `src/` does what, and which others it may import.
 * The import rules (`layer-rules.ts`) and the table in docs/ARCHITECTURE.md are made from it.
 */

/** One row of the table. */
export interface Layer {
  /** A folder of `src/`, or `frontDoor` for the files that lie directly in it. */
  readonly folder: string
  readonly duty: string
  /** Folders, or parts of one (`store/port`), or `everything`. */
  readonly mayImport: readonly string[] | typeof everything
  /** Packages that this layer may import and others may not. */
  readonly ownPackages: readonly string[]
}

/** The files directly in `src/`: the entry points that choose default adapters for a user. */
export const frontDoor = '(front door)'

/** A layer that may import every other. */
export const everything = 'everything'

/** From the bottom up: a row imports rows above it. */
export const layers: readonly Layer[] = [
  {
    folder: 'core',
    duty: 'bytes, branded ids, errors, limits, ambient (now, random)',
    mayImport: [],
    ownPackages: [],
  },
  {
    folder: 'wire',
    duty: 'fixed layouts and strict CBOR; one file per SPEC structure',
    mayImport: ['core'],
    ownPackages: [],
  },
  {
    folder: 'crypto',
    duty: 'suites, HPKE, X-Wing, Ed25519, hashes: one interface, a node:crypto and a noble backend',
    mayImport: ['core'],
    ownPackages: [],
  },
  {
    folder: 'identity',
    duty: 'keyring, card, rotation, trust policy, fingerprint',
    mayImport: ['core', 'wire', 'crypto'],
    ownPackages: [],
  },
  {
    folder: 'store',
    duty: "the client's durable state: port, memory, sqlite",
    mayImport: ['core', 'wire'],
    ownPackages: [],
  },
  {
    folder: 'transport',
    duty: 'carries opaque envelopes: port, memory, relay',
    mayImport: ['core', 'wire'],
    ownPackages: [],
  },
  {
    folder: 'messaging',
    duty: 'one-shot sealed messages, conversations, outbox, inbox',
    mayImport: ['core', 'wire', 'crypto', 'identity', 'store/port', 'transport/port'],
    ownPackages: [],
  },
  {
    folder: 'registry',
    duty: 'contract calls, resolver, cache, watcher, selector → error table',
    mayImport: ['core', 'wire', 'crypto', 'identity'],
    ownPackages: ['viem', '@ethereumjs/mpt'],
  },
  {
    folder: 'anchor',
    duty: 'merkle, batch, proof, publisher, verify',
    mayImport: ['core', 'wire', 'crypto', 'identity', 'registry'],
    ownPackages: ['viem'],
  },
  {
    folder: 'privacy',
    duty: '(planned) export, erase with receipt, retention',
    mayImport: ['core', 'wire', 'identity', 'store/port'],
    ownPackages: [],
  },
  {
    folder: 'client',
    duty: '`createAgent`: joins the parts it is handed; the API most users see',
    mayImport: [
      'core',
      'wire',
      'crypto',
      'identity',
      'store/port',
      'transport/port',
      'messaging',
      'registry',
      'anchor',
      'privacy',
    ],
    ownPackages: [],
  },
  {
    folder: 'relay',
    duty: 'server (HTTP + WebSocket), auth, limits, mailboxes (port, memory, sqlite)',
    mayImport: ['core', 'wire', 'crypto', 'identity', 'registry'],
    ownPackages: ['ws'],
  },
  {
    folder: 'bridges',
    duty: '(planned) other agent protocols: mcp, a2a',
    mayImport: ['core', 'client'],
    ownPackages: [],
  },
  {
    folder: 'web',
    duty: "the human's page",
    mayImport: ['core', 'client'],
    ownPackages: [],
  },
  {
    folder: frontDoor,
    duty: '(planned) one file an entry point of the package; picks default adapters',
    mayImport: everything,
    ownPackages: ['viem'],
  },
  {
    folder: 'cli',
    duty: 'one file a command; picks adapters',
    mayImport: everything,
    ownPackages: ['viem', 'ws', 'hardhat', 'pino', '@opentelemetry/api'],
  },
]

/** Packages that whoever needs them installs: `src` loads each where it is used, and does without elsewhere. */
export const optionalPeers: readonly string[] = ['hardhat', '@ethereumjs/mpt', '@opentelemetry/api']

/** Where `node:*` may be imported; everything else also loads in a browser. */
export const nodeOnly: readonly string[] = ['crypto/node*', 'store/sqlite*', 'transport/node-*', 'relay/', 'cli/']

/** Entry points that check a proof: they are shown to need nothing of what sends a message. */
export const verifiers: readonly string[] = ['src/verify.ts', 'scripts/verify-provenance.ts']

/** What no verifier reaches. */
export const sendingSide: readonly string[] = ['messaging', 'store', 'transport', 'client', 'relay']
