import type { IncomingMessage } from 'node:http'
import { expect } from 'chai'
import { addressKey, clientAddress } from '../../src/relay/client-address.ts'

function request(remoteAddress: string, forwarded?: string | string[]): IncomingMessage {
  return { socket: { remoteAddress }, headers: { 'x-forwarded-for': forwarded } } as unknown as IncomingMessage
}

describe('relay/client-address', () => {
  describe('addressKey', () => {
    const cases: readonly [string, string][] = [
      ['192.0.2.7', '192.0.2.7'],
      ['::ffff:192.0.2.7', '192.0.2.7'],
      ['::FFFF:192.0.2.7', '192.0.2.7'],
      ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
      ['2001:db8:1:2::9', '2001:db8:1:2::/64'],
      ['2001:0db8:0001:0002::', '2001:db8:1:2::/64'],
      ['2001:db8::1', '2001:db8:0:0::/64'],
      ['::1', '0:0:0:0::/64'],
      ['fe80::1%eth0', 'fe80:0:0:0::/64'],
      ['64:ff9b::192.0.2.7', '64:ff9b:0:0::/64'],
      ['', 'unknown'],
      ['nonsense', 'unknown'],
      ['999.0.0.1', 'unknown'],
    ]
    for (const [address, key] of cases)
      it(`counts ${address || 'no address'} as ${key}`, () => {
        expect(addressKey(address)).to.equal(key)
      })

    it('tells neighbours in IPv4 apart, and not within a /64 of IPv6', () => {
      expect(addressKey('192.0.2.7')).not.to.equal(addressKey('192.0.2.8'))
      expect(addressKey('2001:db8:1:2::1')).to.equal(addressKey('2001:db8:1:2:ffff::'))
      expect(addressKey('2001:db8:1:2::1')).not.to.equal(addressKey('2001:db8:1:3::1'))
    })
  })

  describe('clientAddress', () => {
    it('does not look at the header unless it is told to', () => {
      expect(clientAddress(request('192.0.2.1', '198.51.100.9'), false)).to.equal('192.0.2.1')
    })

    it('believes the last address, which the proxy wrote, and not those before', () => {
      const forged = '203.0.113.66, 203.0.113.67,198.51.100.9'
      expect(clientAddress(request('192.0.2.1', forged), true)).to.equal('198.51.100.9')
      expect(clientAddress(request('192.0.2.1', ['203.0.113.66', '2001:db8::5']), true)).to.equal('2001:db8:0:0::/64')
    })

    it('falls back to the connection when there is no address in the header', () => {
      for (const header of [undefined, '', 'unknown', '198.51.100.9, garbage'])
        expect(clientAddress(request('192.0.2.1', header), true)).to.equal('192.0.2.1')
    })
  })
})
