/** Pages that are written in part by scripts: between `<!-- begin x -->` and `<!-- end x -->` stands what one printed. */

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Page } from './doc-pages.ts'
import { root } from './process.ts'

/** Name of a region → what prints it. */
export type Regions = Readonly<Record<string, () => string>>

/** The page's text, with what stands between the marks of each region replaced. @throws Error when it lacks a mark */
export function fillRegions({ path, text }: Page, regions: Regions): string {
  return Object.entries(regions).reduce((filled, [name, print]) => {
    const [begin, end] = [`<!-- begin ${name} -->`, `<!-- end ${name} -->`]
    const [start, stop] = [filled.indexOf(begin), filled.indexOf(end)]
    if (start < 0 || stop < start) throw new Error(`${path} lacks the marks ${begin} and ${end}`)
    return `${filled.slice(0, start + begin.length)}\n\n${print()}\n\n${filled.slice(stop)}`
  }, text)
}

/**
 * Does what a printing script is for: writes its regions or, with `--check`, names the pages that are stale, and has the
 * process exit with 1 if there is one.
 *
 * @param pages path from the repository's root → its regions
 * @param script the script's own path, for the message
 */
export function printRegions(pages: Readonly<Record<string, Regions>>, script: string): void {
  const { values: options } = parseArgs({ options: { check: { type: 'boolean', default: false } } })
  for (const [path, regions] of Object.entries(pages)) {
    const text = readFileSync(join(root, path), 'utf8')
    const filled = fillRegions({ path, text }, regions)
    if (filled === text) continue
    if (options.check) {
      console.error(`${path} is stale; run: node ${script}`)
      process.exitCode = 1
    } else writeFileSync(join(root, path), filled)
  }
}
