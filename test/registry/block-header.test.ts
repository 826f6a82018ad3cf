import { expect } from 'chai'
import { encodeRlp, keccak256 } from 'ethers'
import { type BlockHeader, readBlockHeader } from '../../src/registry/block-header.ts'
import { caught } from './caught.ts'
import { headerNames, type RawBlock } from './quorum-fixture.ts'

const endpoint = 'http://127.0.0.1:1'
const bytes = (length: number, byte = 'ab') => `0x${byte.repeat(length)}`

/** A header as Ethereum's chain had them before EIP-1559, and the fields that forks added since. */
const legacy: RawBlock = {
  parentHash: bytes(32, '01'),
  sha3Uncles: bytes(32, '02'),
  miner: bytes(20, '03'),
  stateRoot: bytes(32, '0A'),
  transactionsRoot: bytes(32, '05'),
  receiptsRoot: bytes(32, '06'),
  logsBloom: bytes(256, '00'),
  difficulty: '0x0',
  number: '0x10f2c',
  gasLimit: '0x1c9c380',
  gasUsed: '0x0',
  timestamp: '0x6b03aeff',
  extraData: '0x',
  mixHash: bytes(32, '07'),
  nonce: bytes(8, '00'),
}
const later: RawBlock = {
  baseFeePerGas: '0x7',
  withdrawalsRoot: bytes(32, '08'),
  blobGasUsed: '0x0',
  excessBlobGas: '0x20000',
  parentBeaconBlockRoot: bytes(32, '09'),
  requestsHash: bytes(32, '0a'),
  blockAccessListHash: bytes(32, '0b'),
  slotNumber: '0x11',
}

const even = (digits: string) => (digits.length % 2 === 0 ? digits : `0${digits}`)
const rlp = (text: string) => (text === '0x0' ? '0x' : `0x${even(text.slice(2))}`)

/** The block with its hash, over the fields it has. */
function hashed(block: RawBlock): RawBlock {
  return { ...block, hash: keccak256(encodeRlp(Object.values(block).map(rlp))) }
}

const read = (raw: unknown, number?: bigint): BlockHeader => readBlockHeader({ endpoint, raw, number })

describe('registry/block-header', () => {
  it('reads headers of every fork, each by the fields it has', () => {
    const names = Object.keys(later)
    for (let count = 0; count <= names.length; count++) {
      const added = Object.fromEntries(names.slice(0, count).map((name) => [name, later[name] as string]))
      const block = hashed({ ...legacy, ...added })
      expect(read({ ...block, size: '0x1', uncles: [] }), `${count} later fields`).to.deep.equal({
        number: 0x10f2cn,
        hash: block['hash'],
        stateRoot: bytes(32, '0a'),
        timestamp: 0x6b03aeff,
      })
    }
  })

  it('takes null for a field that the fork does not have', () => {
    const block = hashed(legacy)
    expect(read({ ...block, baseFeePerGas: null, withdrawalsRoot: null }).hash).to.equal(block['hash'])
  })

  it('refuses a field that the hash does not cover', async () => {
    const error = await caught(() => read({ ...hashed(legacy), baseFeePerGas: '0x7' }))
    expect(error.facts).to.deep.equal({ endpoint, blockNumber: 0x10f2c, part: 'block_hash' })
  })

  it('refuses a header of which any field is missing, of a wrong length or no hexadecimal', async () => {
    const block = hashed({ ...legacy, ...later })
    for (const name of [...headerNames.slice(0, 15), 'hash'])
      for (const wrong of [undefined, 7, '', '0x', 'ab', '0xzz', `${block[name]}0${'0'.repeat(300_000)}`]) {
        if (name === 'extraData' && wrong === '0x') continue
        const error = await caught(() => read({ ...block, [name]: wrong }))
        expect([error.code, error.facts], `${name} ${String(wrong).slice(0, 9)}`).to.deep.equal([
          'registry.malformed_answer',
          { endpoint, method: 'eth_getBlockByNumber' },
        ])
      }
    for (const raw of [null, undefined, 7, 'block', []])
      expect((await caught(() => read(raw))).code).to.equal('registry.malformed_answer')
  })

  it('refuses another block than the one asked for', async () => {
    const block = hashed(legacy)
    expect(read(block, 0x10f2cn).number).to.equal(0x10f2cn)
    const error = await caught(() => read(block, 3n))
    expect(error.facts).to.deep.equal({ endpoint, blockNumber: 3, part: 'block_number' })
  })
})
