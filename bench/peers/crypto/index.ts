/** The peers of `npm run bench:crypto`, each with its own file. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { EnvelopeFields, Peers } from '../../crypto/alternatives.ts'
import { cborgCodec } from './cborg.ts'
import { didcomm } from './didcomm.ts'
import { sodiumCurves } from './herald-sodium.ts'
import { hpkeCore, hpkeCorePrimitives } from './hpke-core.ts'
import { jose } from './jose.ts'
import { libsignal } from './libsignal.ts'
import { openpgp } from './openpgp.ts'
import { nativeBox, nativePrimitives, nativeSealedBox, wasmPrimitives, wasmSealedBox } from './sodium.ts'

interface Manifest {
  readonly dependencies: Readonly<Record<string, string>>
}

const peers: Peers = {
  messageProtocols: async (content) => [
    await libsignal(content),
    await hpkeCore(content),
    await jose(content),
    await openpgp(content),
    await didcomm(content),
    nativeBox(content),
    nativeSealedBox(content),
    await wasmSealedBox(content),
  ],
  primitiveProviders: async (content) => [
    nativePrimitives(content),
    await wasmPrimitives(content),
    await hpkeCorePrimitives(),
  ],
  sodiumCurves,
  envelopeCodecs: (fields: EnvelopeFields) => [cborgCodec(fields)],
  versions: () =>
    (JSON.parse(readFileSync(join(import.meta.dirname, 'package.json'), 'utf8')) as Manifest).dependencies,
}

export default peers
