import { expect } from 'chai'
import { findDependencyFaults } from '../../scripts/tools/check-dependencies.ts'

describe('scripts/tools/check-dependencies', () => {
  const integrity = 'sha512-x'

  it('passes permissive licences, and any for what is not shipped', () => {
    const faults = findDependencyFaults({
      '': {},
      'node_modules/a': { integrity, license: 'MIT' },
      'node_modules/b': { integrity, license: '(GPL-3.0-only OR Apache-2.0)' },
      'node_modules/c': { integrity, license: 'GPL-3.0-only', dev: true },
    })
    expect(faults).to.deep.equal([])
  })

  for (const license of ['GPL-3.0-only', 'AGPL-3.0-or-later', 'MIT AND GPL-2.0-only', 'UNLICENSED', undefined])
    it(`refuses a shipped package with the licence ${license ?? 'left out'}`, () => {
      const entry = license === undefined ? { integrity } : { integrity, license }
      expect(findDependencyFaults({ 'node_modules/a': entry })).to.have.lengthOf(1)
    })

  it('refuses a lock file that leaves out a build for another platform', () => {
    const optionalDependencies = { '@a/linux-x64': '1.0.0', '@a/darwin-arm64': '1.0.0' }
    const faults = findDependencyFaults({
      'node_modules/a': { integrity, license: 'MIT', optionalDependencies },
      'node_modules/@a/linux-x64': { integrity, license: 'MIT', optional: true },
    })
    expect(faults).to.have.lengthOf(1)
    expect(faults[0]).to.include('no entry for @a/darwin-arm64; run: node scripts/tools/complete-lock-file.ts')
  })

  it('lets a build for another platform go without a hash, and nothing else', () => {
    const other = { license: 'MIT', optional: true }
    expect(findDependencyFaults({ 'node_modules/a': other })).to.deep.equal([])
    expect(findDependencyFaults({ 'node_modules/a': { license: 'MIT' } })).to.have.lengthOf(1)
  })

  it('lets a folder of the repository go without a hash, and the link to it', () => {
    const faults = findDependencyFaults({
      'no-hardhat': { license: 'MIT' },
      'node_modules/hardhat': { link: true, resolved: 'no-hardhat' },
    })
    expect(faults).to.deep.equal([])
  })

  it('refuses a link that leaves the repository', () => {
    for (const resolved of ['../elsewhere', '/elsewhere', 'https://registry.example/a.tgz'])
      expect(findDependencyFaults({ 'node_modules/a': { dev: true, link: true, resolved } })).to.have.lengthOf(2)
  })

  it('refuses an entry that names a server, or is not pinned by a hash', () => {
    const resolved = 'https://registry.example/a.tgz'
    const faults = findDependencyFaults({ 'node_modules/a': { dev: true, resolved } })
    expect(faults.map((fault) => fault.match(/"\w+"/)?.[0])).to.deep.equal(['"resolved"', '"integrity"'])
  })
})
