/** Whose rate a connection counts against: its network address, by what one subscriber has of the address space. */
import type { IncomingMessage } from 'node:http'
import { isIP, isIPv6 } from 'node:net'

/** The eight groups of an IPv6 address, as numbers. */
function groupsOf(address: string): number[] {
  const [head = '', tail] = address.split('::')
  const groups = (part: string) => (part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16)))
  const before = groups(head)
  const after = tail === undefined ? [] : groups(tail)
  return [...before, ...Array(Math.max(0, 8 - before.length - after.length)).fill(0), ...after]
}

/**
 * The key of an address: an IPv4 one as it is, also where it is written as an IPv6 one; an IPv6 one by its /64, since
 * that is the least a subscriber gets; nothing else is told apart.
 */
export function addressKey(address: string): string {
  const plain = address.split('%')[0] ?? ''
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(plain)?.[1]
  if (mapped !== undefined) return mapped
  if (!isIPv6(plain)) return isIP(plain) === 4 ? plain : 'unknown'
  const groups = groupsOf(plain).slice(0, 4)
  return `${groups.map((group) => group.toString(16)).join(':')}::/64`
}

/**
 * The address of a client. Behind a proxy it is the last of `X-Forwarded-For`, which the proxy itself wrote; what a
 * client wrote before it is not believed.
 *
 * @param trustProxy whether a proxy that writes the header stands before the relay
 */
export function clientAddress(request: IncomingMessage, trustProxy: boolean): string {
  const direct = request.socket.remoteAddress ?? ''
  if (!trustProxy) return addressKey(direct)
  const header = request.headers['x-forwarded-for']
  const last = (Array.isArray(header) ? header.join(',') : header)?.split(',').at(-1)?.trim()
  return addressKey(last !== undefined && isIP(last) > 0 ? last : direct)
}
