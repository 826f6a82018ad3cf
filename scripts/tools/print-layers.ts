/**
 * Prints the layer table, its picture and the rules beside it into docs/ARCHITECTURE.md.
 *
 *     node scripts/tools/print-layers.ts            writes
 *     node scripts/tools/print-layers.ts --check    exits 1 if the page is stale
 */

import { extraRules } from './layer-rules.ts'
import { everything, frontDoor, type Layer, layers } from './layers.ts'
import { printRegions, type Regions } from './page-regions.ts'

const isPort = (part: string) => part.includes('/')
const folderOf = (part: string) => part.split('/')[0] as string

/** `core` for a folder, `` `store/port` `` for a part of one. */
function printImports({ mayImport, ownPackages }: Layer): string {
  if (mayImport === everything) return ['everything', ...ownPackages].join(', ')
  const parts = mayImport.map((part) => (isPort(part) ? `\`${part}\`` : part))
  return [...parts, ...ownPackages].join(', ') || '–'
}

function printTable(): string {
  const rows = layers.map((layer) => `| ${layer.folder} | ${layer.duty} | ${printImports(layer)} |`)
  return ['| folder of `src` | duty | may import |', '|---|---|---|', ...rows].join('\n')
}

/** The imports that no other import already implies, so that the picture shows steps and not every shortcut. */
function directSteps({ mayImport }: Layer): readonly string[] {
  if (mayImport === everything) return []
  const indirect = mayImport.filter((part) => !isPort(part)).flatMap(reachableFrom)
  return mayImport.filter((part) => !indirect.includes(folderOf(part)))
}

function reachableFrom(folder: string): string[] {
  const row = layers.find((layer) => layer.folder === folder)
  if (row === undefined || row.mayImport === everything) return []
  return row.mayImport.flatMap((part) => [folderOf(part), ...reachableFrom(folderOf(part))])
}

function printPicture(): string {
  const name = (folder: string) => (folder === frontDoor ? 'front["front door"]' : folder)
  const edges = layers.flatMap((layer) =>
    directSteps(layer).map((part) => `  ${layer.folder} ${isPort(part) ? '-. port .->' : '-->'} ${folderOf(part)}`),
  )
  const tops = layers
    .filter(({ mayImport }) => mayImport === everything)
    .flatMap(({ folder }) => topFolders().map((top) => `  ${name(folder)} --> ${top}`))
  return ['```mermaid', 'flowchart TD', ...tops, ...edges, '```'].join('\n')
}

/** The folders that no row but those of `everything` imports. */
function topFolders(): string[] {
  const rows = layers.filter(({ mayImport }) => mayImport !== everything)
  const imported = new Set(rows.flatMap(({ mayImport }) => (mayImport as readonly string[]).map(folderOf)))
  return rows.map(({ folder }) => folder).filter((folder) => !imported.has(folder))
}

function printRules(): string {
  return extraRules.map(({ name, comment }) => `- ${comment} (\`${name}\`)`).join('\n')
}

const regions: Regions = {
  'layer table': printTable,
  'layer picture': printPicture,
  'layer rules': printRules,
}

printRegions({ 'docs/ARCHITECTURE.md': regions }, 'scripts/tools/print-layers.ts')
