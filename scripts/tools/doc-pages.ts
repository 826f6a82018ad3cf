/** The pages a reader sees: README.md and its neighbours, and everything in docs. */

import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './process.ts'

/** One Markdown page. */
export interface Page {
  /** From the repository's root. */
  readonly path: string
  readonly text: string
}

/** A fenced block of a page. */
export interface CodeBlock {
  /** `ts`, `sh`, …; empty when none is given. */
  readonly language: string
  /** What follows the language on the fence. */
  readonly flag: string
  /** Line of the page on which the code starts, counted from 1. */
  readonly line: number
  readonly lines: readonly string[]
}

/** All pages of this repository. */
export function readPages(): Page[] {
  const paths = globSync(['*.md', 'docs/**/*.md'], { cwd: root, exclude: ['docs/api/**'] })
  return paths.sort().map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }))
}

/** The fenced blocks of a page, in order. */
export function codeBlocks({ text }: Page): CodeBlock[] {
  const blocks: CodeBlock[] = []
  let open: { fence: string; block: CodeBlock & { lines: string[] } } | undefined
  for (const [index, line] of text.split('\n').entries()) {
    const fence = /^\s*(`{3,}|~{3,})\s*(\S*)\s*(.*)$/.exec(line)
    if (open === undefined && fence !== null) {
      const [, mark = '', language = '', flag = ''] = fence
      open = { fence: mark, block: { language, flag: flag.trim(), line: index + 2, lines: [] } }
    } else if (open !== undefined && line.trim() === open.fence) {
      blocks.push(open.block)
      open = undefined
    } else open?.block.lines.push(line)
  }
  return blocks
}
