/** The checks of the docs, each fed a page with a fault. */

import { expect } from 'chai'
import { findCodeErrors } from '../../scripts/tools/check-doc-code.ts'
import { findReferenceFaults, type Repository } from '../../scripts/tools/check-doc-references.ts'
import { codeBlocks, type Page } from '../../scripts/tools/doc-pages.ts'

function page(path: string, ...lines: string[]): Page {
  return { path, text: lines.join('\n') }
}

describe('scripts/tools/doc-pages', () => {
  it('finds each block with its language, flag and first line', () => {
    const text = page('a.md', 'x', '```ts continued', 'a', '```', '~~~', '```', '~~~')
    expect(codeBlocks(text)).to.deep.equal([
      { language: 'ts', flag: 'continued', line: 3, lines: ['a'] },
      { language: '', flag: '', line: 6, lines: ['```'] },
    ])
  })
})

describe('scripts/tools/check-doc-code', () => {
  it('passes code that compiles, and leaves other languages alone', () => {
    const text = page('docs/good.md', '```ts', 'export const a: number = 1', '```', '```js', 'nonsense(', '```')
    expect(findCodeErrors([text])).to.deep.equal([])
  })

  it('names page, line and column of an error', () => {
    const text = page('docs/bad.md', '# Title', '', '```ts', 'const a = 1', "const b: string = 'x' + a.missing", '```')
    const [error = '', ...more] = findCodeErrors([text])
    expect(error).to.match(/^docs\/bad\.md:5:27 TS2339 /)
    expect(more).to.deep.equal([])
  })

  it('joins a continued block to the one before, and no other', () => {
    const first = ['```ts', 'const a = 1', '```']
    const joined = page('docs/joined.md', ...first, 'and', '```ts continued', 'console.log(a)', '```')
    const apart = page('docs/apart.md', ...first, 'and', '```ts', 'console.log(a)', '```')
    const errors = findCodeErrors([joined, apart])
    expect(errors).to.have.lengthOf(1)
    expect(errors[0]).to.match(/^docs\/apart\.md:6:13 TS2304 /)
  })

  it('resolves imports from the page', () => {
    const text = page('docs/import.md', '```ts', "import { gone } from '../src/core/ids.ts'", '```')
    expect(findCodeErrors([text])[0]).to.match(/^docs\/import\.md:2:10 TS2305 /)
  })
})

describe('scripts/tools/check-doc-references', () => {
  const demo = 'npx -y -p node@24 -c "npm ci && npm run demo"'
  const test = 'npx -y -p node@24 -c "npm ci && npm test"'
  const readme = page('README.md', '```sh', demo, test, '```')
  const repository: Repository = {
    ciScript: `run ${demo}\nrun ${test}\n`,
    npmScripts: ['demo'],
    exists: (path) => path === 'docs/SPEC.md' || path === 'scripts/deploy.ts',
  }

  it('passes when README and .ci/run show the same commands', () => {
    expect(findReferenceFaults([readme], repository)).to.deep.equal([])
  })

  for (const [what, changed] of [
    ['lacks a command', page('README.md', '```sh', demo, '```', test)],
    ['has them in another order', page('README.md', '```sh', test, demo, '```')],
    ['has another version', page('README.md', '```sh', demo.replace('24', '22'), test, '```')],
  ] as const)
    it(`complains when README ${what}`, () => {
      expect(findReferenceFaults([changed], repository)[0]).to.match(/^README\.md shows \[.*\] but \.ci\/run runs \[/)
    })

  it('complains when neither shows any', () => {
    expect(findReferenceFaults([page('README.md')], { ...repository, ciScript: '' })).to.have.lengthOf(1)
  })

  it('names a script, file or link that does not exist', () => {
    const other = page(
      'docs/guide.md',
      'See [the bytes](SPEC.md#cards), [the web](https://example.org), [below](#here).',
      'Run `npm run gone`, then `node scripts/gone.ts` or `node scripts/deploy.ts`.',
      'See [nothing](../GONE.md).',
    )
    expect(findReferenceFaults([readme, other], repository)).to.deep.equal([
      'docs/guide.md:2 no npm script gone',
      'docs/guide.md:2 no file scripts/gone.ts',
      'docs/guide.md:3 dead link ../GONE.md',
    ])
  })
})
