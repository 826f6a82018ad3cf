import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { revocationReasons } from '../../src/identity/card-directory.ts'
import { cardStatuses } from '../../src/identity/trust.ts'

const contracts = join(import.meta.dirname, '../../contracts')

/** The members of a Solidity enum in snake_case, in order. */
function enumOf(name: string): string[] {
  const source = readFileSync(join(contracts, 'interfaces/IAgentRegistry.sol'), 'utf8')
  const body = new RegExp(`enum ${name} \\{([^}]*)\\}`).exec(source)?.[1] ?? ''
  const members = body.replace(/\/\/.*$/gm, '').match(/\w+/g) ?? []
  return members.map((word) => word.replace(/(?!^)[A-Z]/g, (letter) => `_${letter}`).toLowerCase())
}

describe('identity/card-directory', () => {
  it('names reasons and statuses in the order of the contract’s enums', () => {
    expect(enumOf('RevocationReason')).to.deep.equal([...revocationReasons])
    expect(enumOf('CardStatus')).to.deep.equal([...cardStatuses])
  })
})
