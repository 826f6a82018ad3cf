/** Checks what the docs point at: README's commands are those `.ci/run` runs; named scripts, files and links exist. */

import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { codeBlocks, type Page, readPages } from './doc-pages.ts'
import { root } from './process.ts'

/** What the pages are held against. */
export interface Repository {
  readonly ciScript: string
  readonly npmScripts: readonly string[]
  readonly exists: (path: string) => boolean
}

const freshCloneCommand = /npx -y -p node@\d+ -c "npm ci && [^"\n]+"/g

/** README's commands for a fresh clone, and those of `.ci/run`, are the same in the same order. */
function commandFaults(pages: readonly Page[], { ciScript }: Repository): string[] {
  const readme = pages.find(({ path }) => path === 'README.md')
  const shown = readme === undefined ? [] : codeBlocks(readme).flatMap(({ lines }) => find(lines.join('\n')))
  const run = find(ciScript)
  if (shown.length > 0 && shown.join('\n') === run.join('\n')) return []
  return [`README.md shows [${shown.join(' | ')}] but .ci/run runs [${run.join(' | ')}]`]
}

function find(text: string): string[] {
  return text.match(freshCloneCommand) ?? []
}

function lineFaults(page: Page, line: string, repository: Repository): string[] {
  const scripts = [...line.matchAll(/\bnpm run (?:--silent )?([\w:-]+)/g)].map(([, name = '']) => name)
  const files = [...line.matchAll(/\bnode ((?:scripts|src|bench|test)\/[\w/.-]+\.ts)/g)].map(([, file = '']) => file)
  const links = [...line.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target.replace(/#.*$/, ''))
  return [
    ...scripts.filter((name) => !repository.npmScripts.includes(name)).map((name) => `no npm script ${name}`),
    ...files.filter((file) => !repository.exists(file)).map((file) => `no file ${file}`),
    ...links.filter((target) => isDead(page, target, repository)).map((target) => `dead link ${target}`),
  ]
}

/** Links to the web and within the page are not followed. */
function isDead(page: Page, target: string, { exists }: Repository): boolean {
  if (target === '' || /^[a-z]+:/.test(target)) return false
  return !exists(normalize(join(dirname(page.path), target)))
}

/** One line for each reference that leads nowhere. */
export function findReferenceFaults(pages: readonly Page[], repository: Repository): string[] {
  const dead = pages.flatMap((page) =>
    page.text
      .split('\n')
      .flatMap((line, index) =>
        lineFaults(page, line, repository).map((fault) => `${page.path}:${index + 1} ${fault}`),
      ),
  )
  return [...commandFaults(pages, repository), ...dead]
}

if (import.meta.main) {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: object }
  const faults = findReferenceFaults(readPages(), {
    ciScript: readFileSync(join(root, '.ci', 'run'), 'utf8'),
    npmScripts: Object.keys(scripts),
    exists: (path) => existsSync(join(root, path)),
  })
  for (const fault of faults) console.error(fault)
  process.exitCode = faults.length > 0 ? 1 : 0
}
