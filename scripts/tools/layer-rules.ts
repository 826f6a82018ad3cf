/** The import rules: dependency-cruiser rules made from the layer table, and the rules that stand beside it. */

import type { ICruiseOptions, IForbiddenRuleType } from 'dependency-cruiser'
import { everything, frontDoor, type Layer, layers, nodeOnly, optionalPeers, sendingSide, verifiers } from './layers.ts'

/** A rule with the sentence that docs/ARCHITECTURE.md prints. */
export type LayerRule = IForbiddenRuleType & { readonly name: string; readonly comment: string }

/** How `#crypto-backend` is resolved: as Node resolves it, or as a browser's bundler does. */
export type Platform = 'node' | 'browser'

const folders = layers.map(({ folder }) => folder).filter((folder) => folder !== frontDoor)
const nodeOnlyPaths = nodeOnly.map(pattern)
const verifierPaths = verifiers.map((file) => `^${escaped(file)}$`)

function escaped(text: string): string {
  return text.replaceAll(/[.()]/g, '\\$&')
}

/** `core` → all of it, `store/port` → `port.ts` or `port/`, `store/sqlite*` → what starts so, `x/y.ts` → that file. */
function pattern(part: string): string {
  if (part === frontDoor) return '^src/[^/]+$'
  if (part.endsWith('*')) return `^src/${escaped(part.slice(0, -1))}`
  if (part.endsWith('.ts') || part.endsWith('/')) return `^src/${escaped(part)}`
  return part.includes('/') ? `^src/${part}(\\.ts$|/)` : `^src/${part}/`
}

/** For a sentence in Markdown. */
function list(names: readonly string[]): string {
  return names.map((name) => `\`${name}\``).join(', ')
}

function packagePath(name: string): string {
  return `(^|/)node_modules/${name}/`
}

function rowRule({ folder, mayImport }: Layer): LayerRule[] {
  if (mayImport === everything) return []
  const allowed = mayImport.length === 0 ? 'nothing else in src' : list(mayImport)
  return [
    {
      name: `layer-${folder}`,
      comment: `\`${folder}\` imports ${allowed}.`,
      severity: 'error',
      from: { path: pattern(folder) },
      to: { path: '^src/', pathNot: [folder, ...mayImport].map(pattern) },
    },
  ]
}

/** A package that stands in a row's `ownPackages` is imported by those rows only. */
function ownedPackageRule(name: string): LayerRule {
  const owners = layers.filter(({ ownPackages }) => ownPackages.includes(name)).map(({ folder }) => folder)
  return {
    name: `${name}-has-its-place`,
    comment: `The package \`${name}\` is imported by ${list(owners)} only.`,
    severity: 'error',
    from: { path: '^src/', pathNot: owners.map(pattern) },
    to: { path: packagePath(name) },
  }
}

const rulesBesideTheTable: readonly LayerRule[] = [
  {
    name: 'no-cycles',
    comment: 'No import cycles, type-only imports included.',
    severity: 'error',
    from: {},
    to: { circular: true },
  },
  {
    name: 'folder-has-a-row',
    comment: 'Every folder of `src` has a row in the table.',
    severity: 'error',
    from: {},
    // The highest number there is: the rule looks at the path alone.
    module: {
      path: '^src/[^/]+/',
      pathNot: folders.map(pattern),
      numberOfDependentsLessThan: 100,
    },
  },
  {
    name: 'relay-cannot-open-messages',
    comment: '`relay` has no path, however long, to `messaging`: what it cannot import it cannot decrypt with.',
    severity: 'error',
    from: { path: pattern('relay') },
    to: { path: pattern('messaging'), reachable: true },
  },
  {
    name: 'node-has-its-place',
    comment: `Node's own modules are imported by ${list(nodeOnly)} only: all else loads in a browser.`,
    severity: 'error',
    from: { path: '^src/', pathNot: [...nodeOnlyPaths] },
    to: { dependencyTypes: ['core'] },
  },
  {
    name: 'verifier-needs-no-sender',
    comment: `${list(verifiers)} reach none of ${list(sendingSide)}.`,
    severity: 'error',
    from: { path: [...verifierPaths] },
    to: { path: sendingSide.map(pattern), reachable: true },
  },
  {
    name: 'ethers-only-in-tests',
    comment: 'The package `ethers` is imported by `test` only.',
    severity: 'error',
    from: { pathNot: ['^test/', '(^|/)node_modules/'] },
    to: { path: packagePath('ethers') },
  },
  {
    name: 'src-stands-alone',
    comment: '`src` imports nothing of this repository outside `src`.',
    severity: 'error',
    from: { path: '^src/' },
    to: { path: '^(?!src/)', dependencyTypes: ['local'] },
  },
  {
    name: 'no-dev-dependency',
    comment: `\`src\` imports no development dependency but the optional peers ${list(optionalPeers)}.`,
    severity: 'error',
    from: { path: '^src/' },
    to: { dependencyTypes: ['npm-dev'], pathNot: optionalPeers.map(packagePath) },
  },
  {
    name: 'no-undeclared-package',
    comment: 'Every imported package stands in package.json.',
    severity: 'error',
    from: {},
    to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
  },
  {
    name: 'no-unresolvable-import',
    comment: 'Every import resolves.',
    severity: 'error',
    from: {},
    to: { couldNotResolve: true },
  },
]

/** Looked at with `#crypto-backend` resolved as a browser resolves it. */
const browserRule: LayerRule = {
  name: 'browser-reaches-no-node',
  comment: 'Nothing a browser loads leads, over any path, to a file that imports `node:*`.',
  severity: 'error',
  from: { path: '^src/', pathNot: [...nodeOnlyPaths] },
  to: { path: [...nodeOnlyPaths], reachable: true },
}

const ownedPackages = [...new Set(layers.flatMap(({ ownPackages }) => ownPackages))]

/** The rules made from rows of the table, in its order. */
export const rowRules: readonly LayerRule[] = layers.flatMap(rowRule)

/** The other rules. */
export const extraRules: readonly LayerRule[] = [
  ...rulesBesideTheTable,
  ...ownedPackages.map(ownedPackageRule),
  browserRule,
]

/** The rules that hold on a platform: Node may reach Node's modules, a browser may not. */
export function rulesFor(platform: Platform): LayerRule[] {
  const all = [...rowRules, ...extraRules]
  return platform === 'browser' ? all : all.filter((rule) => rule !== browserRule)
}

/** Options that make dependency-cruiser see what TypeScript and Node see. */
export function cruiseOptions(platform: Platform): ICruiseOptions {
  return {
    doNotFollow: { path: ['(^|/)node_modules/'] },
    // Peers of the benchmarks are packages of their own, installed only by who runs those.
    exclude: { path: ['^test/fixtures/', '^bench/peers/'] },
    tsPreCompilationDeps: true,
    combinedDependencies: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: platform === 'node' ? ['import', 'node', 'default'] : ['import', 'browser', 'default'],
      extensions: ['.ts', '.js', '.mjs', '.cjs', '.json'],
      mainFields: ['module', 'main', 'types', 'typings'],
    },
  }
}
