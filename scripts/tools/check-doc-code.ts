/**
 * Compiles every `ts` block of README.md and docs against the sources, as a module of its own.
 * A block marked `ts continued` goes on with the block before it on the same page.
 */

import { readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import ts from 'typescript'
import { type CodeBlock, codeBlocks, type Page, readPages } from './doc-pages.ts'
import { root } from './process.ts'

/** The blocks of a page that make one module: each stands on its own lines, so that errors name lines of the page. */
function moduleText(blocks: readonly CodeBlock[]): string {
  const lines: string[] = []
  for (const block of blocks) {
    while (lines.length < block.line - 1) lines.push('')
    lines.push(...block.lines)
  }
  return lines.join('\n')
}

/** File name → text of the modules on a page. */
function modulesOf(page: Page): [string, string][] {
  const groups: CodeBlock[][] = []
  for (const block of codeBlocks(page)) {
    if (block.language !== 'ts') continue
    const previous = groups.at(-1)
    if (block.flag === 'continued' && previous !== undefined) previous.push(block)
    else groups.push([block])
  }
  return groups.map((blocks) => [join(root, `${page.path}:${blocks[0]?.line}.ts`), moduleText(blocks)])
}

/** `herald/verify` → `src/verify.ts`, for each entry point in package.json. */
function sourcesOfEntryPoints(): Record<string, string[]> {
  const { name, exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    name: string
    exports: Record<string, { default: string } | string>
  }
  const entries = Object.entries(exports).flatMap(([subpath, target]) =>
    typeof target === 'string'
      ? []
      : [[name + subpath.slice(1), [target.default.replace('./dist/', './src/').replace(/\.js$/, '.ts')]]],
  )
  return Object.fromEntries(entries)
}

function compilerOptions(): ts.CompilerOptions {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile)
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: [], files: [] }, ts.sys, root)
  return {
    ...options,
    paths: sourcesOfEntryPoints(),
    moduleDetection: ts.ModuleDetectionKind.Force,
    noUnusedLocals: false,
    noUnusedParameters: false,
  }
}

function print({ file, start, messageText, code }: ts.Diagnostic): string {
  const message = ts.flattenDiagnosticMessageText(messageText, '\n  ')
  if (file === undefined || start === undefined) return message
  const { line, character } = file.getLineAndCharacterOfPosition(start)
  const page = relative(root, file.fileName).replace(/:\d+\.ts$/, '')
  return `${page}:${line + 1}:${character + 1} TS${code} ${message}`
}

/** One line, `page:line:column message`, for each error in the pages' code. */
export function findCodeErrors(pages: readonly Page[]): string[] {
  const modules = new Map(pages.flatMap(modulesOf))
  const options = compilerOptions()
  const host = ts.createCompilerHost(options)
  const { fileExists, readFile, getSourceFile } = host
  host.fileExists = (name) => modules.has(name) || fileExists(name)
  host.readFile = (name) => modules.get(name) ?? readFile(name)
  host.getSourceFile = (name, language, ...rest) => {
    const text = modules.get(name)
    return text === undefined ? getSourceFile(name, language, ...rest) : ts.createSourceFile(name, text, language, true)
  }
  const program = ts.createProgram([...modules.keys()], options, host)
  const files = program.getSourceFiles().filter(({ fileName }) => modules.has(fileName))
  const found = files.flatMap((file) => [
    ...program.getSyntacticDiagnostics(file),
    ...program.getSemanticDiagnostics(file),
  ])
  return [...program.getOptionsDiagnostics(), ...found].map(print)
}

if (import.meta.main) {
  const errors = findCodeErrors(readPages())
  for (const error of errors) console.error(error)
  process.exitCode = errors.length > 0 ? 1 : 0
}
