import { expect } from 'chai'
import { toHex, utf8 } from '../../../src/core/bytes.ts'
import { asAddress, asCardId } from '../../../src/core/ids.ts'
import { suiteX25519, suiteXWing } from '../../../src/core/suite.ts'
import { hpkeInfo } from '../../../src/messaging/sealed/hpke-info.ts'

const agent = { chainId: 1, registry: asAddress(`0x${'aa'.repeat(20)}`), address: asAddress(`0x${'bb'.repeat(20)}`) }
const card = asCardId(`0x${'cc'.repeat(32)}`)

describe('messaging/sealed/hpke-info', () => {
  describe('hpkeInfo', () => {
    it('is label, suite, recipient and card in this order', () => {
      const info = `${toHex(utf8('herald/v1 sealed'))}647a0000000000000001${'aa'.repeat(20)}${'bb'.repeat(20)}${'cc'.repeat(32)}`
      expect(toHex(hpkeInfo(suiteXWing, agent, card))).to.equal(info)
    })

    it('changes with every part', () => {
      const other = asAddress(`0x${'dd'.repeat(20)}`)
      const infos = [
        hpkeInfo(suiteXWing, agent, card),
        hpkeInfo(suiteX25519, agent, card),
        hpkeInfo(suiteXWing, { ...agent, chainId: 2 }, card),
        hpkeInfo(suiteXWing, { ...agent, registry: other }, card),
        hpkeInfo(suiteXWing, { ...agent, address: other }, card),
        hpkeInfo(suiteXWing, agent, asCardId(`0x${'dd'.repeat(32)}`)),
      ]
      expect(new Set(infos.map(toHex)).size).to.equal(infos.length)
    })

    it('is not that of another suite or card of the same agent, in whatever order they come', () => {
      const other = asCardId(`0x${'dd'.repeat(32)}`)
      const self = { ...agent }
      for (const [suite, cardId] of [
        [suiteXWing, card],
        [suiteXWing, card],
        [suiteX25519, card],
        [suiteX25519, other],
        [suiteXWing, other],
        [suiteXWing, card],
      ] as const)
        expect(hpkeInfo(suite, self, cardId)).to.deep.equal(hpkeInfo(suite, { ...agent }, cardId))
    })
  })
})
