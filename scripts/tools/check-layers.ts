/** Checks the imports of the repository against the layer rules, for Node and for a browser. */

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { cruise, type ICruiseResult } from 'dependency-cruiser'
import { cruiseOptions, type Platform, rulesFor } from './layer-rules.ts'

/** One import that breaks a rule. */
export interface Violation {
  readonly rule: string
  readonly from: string
  readonly to: string
  readonly via: readonly string[]
}

const sources = ['src', 'scripts', 'test', 'bench', 'hardhat.config.ts']

/** The violations in the tree at `root`, each once, whichever platform shows it. */
export async function findViolations(root: string): Promise<Violation[]> {
  const found = [...(await cruiseFor('node', root)), ...(await cruiseFor('browser', root))]
  const byText = new Map(found.map((violation) => [JSON.stringify(violation), violation]))
  return [...byText.values()]
}

async function cruiseFor(platform: Platform, root: string): Promise<Violation[]> {
  const { enhancedResolveOptions, ...options } = cruiseOptions(platform)
  const present = sources.filter((source) => existsSync(join(root, source)))
  const report = await cruise(
    present,
    { ...options, baseDir: root, validate: true, ruleSet: { forbidden: rulesFor(platform) } },
    enhancedResolveOptions,
  )
  const { summary } = report.output as ICruiseResult
  return summary.violations.map(({ rule, from, to, via, cycle }) => ({
    rule: rule.name,
    from,
    to,
    via: (via ?? cycle ?? []).map(({ name }) => name),
  }))
}

function print({ rule, from, to, via }: Violation): string {
  const path = via.length > 0 ? via.join(' → ') : to
  return `${rule}: ${from} → ${path}`
}

if (import.meta.main) {
  const root = join(import.meta.dirname, '..', '..')
  const violations = await findViolations(root)
  for (const violation of violations) console.error(print(violation))
  console.log(`${violations.length} imports against the rules of docs/ARCHITECTURE.md`)
  process.exitCode = violations.length > 0 ? 1 : 0
}
