/**
 * Makes each side of each branch of a Solidity source a line of its own, so that Hardhat's coverage, which counts lines
 * and statements, sees whether a condition was ever true and ever false. Behaviour stays as it is.
 *
 * A condition `c` becomes `_branch7(c)`, a function at the end of the file with one line for true and one for false.
 * Conditions are those of `if`, loops, `?:`, `require` and `assert`, and the operands of `&&` and `||` wherever they
 * stand, each for itself. No line of the source moves.
 */

import { compile } from './solc.ts'

/** One way that a condition can go. */
export interface Side {
  /** Line of the condition in the source, from 1. */
  readonly line: number
  /** Line in the split source that runs when it goes this way. */
  readonly runs: number
  readonly condition: string
  readonly value: boolean
}

/** A source and the sides of its branches. */
export interface Split {
  readonly source: string
  readonly sides: readonly Side[]
  /** Whether there is anything to run at all; an interface has nothing. */
  readonly hasCode: boolean
}

/** A node of the compiler's syntax tree; `src` is `start:length:file`, in bytes. */
interface Node {
  readonly nodeType: string
  readonly src: string
  readonly [key: string]: unknown
}

/** Bytes of the source. */
interface Range {
  readonly start: number
  readonly end: number
}

/** Lines of {@link branchFunction}. */
const functionLines = 6

function branchFunction(number: number): string {
  return [
    `function _branch${number}(bool condition) pure returns (bool side) {`,
    '    if (condition) {',
    '        return true;',
    '    }',
    '    return false;',
    '}',
    '',
  ].join('\n')
}

/**
 * Splits the branches of a source.
 *
 * @throws Error when it cannot be parsed, or has a branch that cannot be split (see {@link assertVisible})
 */
export function splitBranches(source: string): Split {
  const bytes = Buffer.from(source.endsWith('\n') ? source : `${source}\n`)
  const nodes = allNodes(parse(source))
  for (const node of nodes) assertVisible(node, bytes)
  const found = new Map(nodes.flatMap(conditionsOf).map((node) => [node.src, rangeOf(node)]))
  const conditions = [...found.values()].sort((a, b) => a.start - b.start || b.end - a.end)
  const firstLine = lineAt(bytes, bytes.length)
  const functions = conditions.map((_, number) => branchFunction(number)).join('')
  return {
    source: wrap(bytes, conditions) + functions,
    sides: conditions.flatMap((range, number) => sidesOf(range, bytes, firstLine + number * functionLines)),
    hasCode: nodes.some(({ nodeType }) => nodeType === 'Block'),
  }
}

function parse(source: string): unknown {
  const settings = { stopAfter: 'parsing', outputSelection: { '*': { '': ['ast'] } } }
  return compile({ language: 'Solidity', sources: { source: { content: source } }, settings }).sources['source']?.ast
}

function isNode(value: object): value is Node {
  return 'nodeType' in value && 'src' in value
}

/** The node and all below it. */
function allNodes(value: unknown): Node[] {
  if (typeof value !== 'object' || value === null) return []
  const below = Object.values(value).flatMap(allNodes)
  return isNode(value) ? [value, ...below] : below
}

const decisions = new Set(['IfStatement', 'Conditional', 'WhileStatement', 'DoWhileStatement', 'ForStatement'])

/** The conditions that a node decides by. */
function conditionsOf(node: Node): Node[] {
  if (decisions.has(node.nodeType)) return operandsOf(node['condition'])
  if (isLogical(node)) return operandsOf(node)
  if (node.nodeType !== 'FunctionCall') return []
  const called = (node['expression'] as Node)['name']
  return called === 'require' || called === 'assert' ? operandsOf((node['arguments'] as Node[])[0]) : []
}

function isLogical({ nodeType, operator }: Node): boolean {
  return nodeType === 'BinaryOperation' && (operator === '&&' || operator === '||')
}

/** `a && (b || !c)` → a, b, c; a literal goes one way only, and `for (;;)` has no condition. */
function operandsOf(value: unknown): Node[] {
  if (typeof value !== 'object' || value === null || !isNode(value)) return []
  const node: Node = value
  if (isLogical(node)) return [...operandsOf(node['leftExpression']), ...operandsOf(node['rightExpression'])]
  if (node.nodeType === 'TupleExpression') return (node['components'] as Node[]).flatMap(operandsOf)
  if (node.nodeType === 'UnaryOperation' && node['operator'] === '!') return operandsOf(node['subExpression'])
  return node.nodeType === 'Literal' ? [] : [node]
}

const unseen = new Set(['YulIf', 'YulSwitch', 'YulForLoop'])

/** Branches of assembly, and clauses of `try` without a statement, would go uncounted: better to refuse them. */
function assertVisible(node: Node, bytes: Buffer): void {
  const isEmptyClause =
    node.nodeType === 'TryCatchClause' && ((node['block'] as Node)['statements'] as Node[]).length === 0
  if (!isEmptyClause && !unseen.has(node.nodeType)) return
  const what = isEmptyClause ? 'a clause of `try` without a statement' : 'a branch in assembly'
  throw new Error(`line ${lineAt(bytes, rangeOf(node).start)}: ${what} cannot be counted`)
}

function rangeOf({ src }: Node): Range {
  const [start = 0, length = 0] = src.split(':').map(Number)
  return { start, end: start + length }
}

function lineAt(bytes: Buffer, offset: number): number {
  return bytes.subarray(0, offset).toString().split('\n').length
}

/** Puts a call around each condition; one may lie in another, and then the outer one opens first. */
function wrap(bytes: Buffer, conditions: readonly Range[]): string {
  const opening = conditions.map(({ start }, number) => ({ at: start, text: `_branch${number}(` }))
  const closing = conditions.map(({ end }) => ({ at: end, text: ')' }))
  // Sorting keeps the order of what stands at the same place: closings before openings, outer openings first.
  const insertions = [...closing, ...opening].sort((a, b) => a.at - b.at)
  let from = 0
  let wrapped = ''
  for (const { at, text } of insertions) {
    wrapped += bytes.subarray(from, at).toString() + text
    from = at
  }
  return wrapped + bytes.subarray(from).toString()
}

function sidesOf({ start, end }: Range, bytes: Buffer, functionLine: number): Side[] {
  const line = lineAt(bytes, start)
  const condition = bytes.subarray(start, end).toString().replaceAll(/\s+/g, ' ')
  return [
    { line, runs: functionLine + 2, condition, value: true },
    { line, runs: functionLine + 4, condition, value: false },
  ]
}
