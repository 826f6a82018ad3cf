/** The files a relay is run with: certificate, metrics token, limits. */
import { readFileSync } from 'node:fs'
import { Secret } from '../core/secret.ts'
import { defaultRelayLimits, type RelayConfig, type RelayLimits, type RelayLogEntry } from '../relay/config.ts'
import { FileUnusableError } from './errors.ts'

/** How a relay is run. */
export interface RelayOperation {
  /** Files of a certificate chain and its key, in PEM. */
  readonly tls?: { readonly cert: string; readonly key: string } | undefined
  /** Whether a proxy stands before it that sets `X-Forwarded-For`. */
  readonly trustProxy?: boolean
  /** File of the token that opens `/metrics`. */
  readonly metricsTokenFile?: string | undefined
  /** File of limits that differ from the defaults. */
  readonly limitsFile?: string | undefined
  log(entry: RelayLogEntry): void
}

function read(file: string, expected: string): Buffer {
  try {
    return readFileSync(file)
  } catch {
    throw new FileUnusableError({ file, expected })
  }
}

/** @throws FileUnusableError */
function readTls({ cert, key }: { readonly cert: string; readonly key: string }) {
  return { cert: read(cert, 'a certificate chain in PEM'), key: read(key, "a certificate's key in PEM") }
}

/** @throws FileUnusableError */
function readToken(file: string): Secret {
  const expected = 'a token of 16 to 256 printable characters on one line'
  const token = read(file, expected).toString('latin1').trim()
  if (!/^[!-~]{16,256}$/.test(token)) throw new FileUnusableError({ file, expected })
  return new Secret(Buffer.from(token, 'latin1'))
}

function isLimit([name, value]: [string, unknown]): boolean {
  return Object.hasOwn(defaultRelayLimits, name) && typeof value === 'number' && Number.isFinite(value) && value > 0
}

/** @throws FileUnusableError */
function readLimits(file: string): Partial<RelayLimits> {
  const expected = `a JSON object of positive numbers, of the names ${Object.keys(defaultRelayLimits).join(', ')}`
  const text = read(file, expected).toString()
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new FileUnusableError({ file, expected })
  }
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
  if (!isObject || !Object.entries(value as object).every(isLimit)) throw new FileUnusableError({ file, expected })
  return value as Partial<RelayLimits>
}

/** What the files of a relay's operation say. @throws FileUnusableError */
export function readOperation({
  tls,
  trustProxy = false,
  metricsTokenFile,
  limitsFile,
}: RelayOperation): Pick<RelayConfig, 'tls' | 'trustProxy' | 'metricsToken' | 'limits'> {
  return {
    trustProxy,
    ...(tls && { tls: readTls(tls) }),
    ...(metricsTokenFile && { metricsToken: readToken(metricsTokenFile) }),
    ...(limitsFile && { limits: readLimits(limitsFile) }),
  }
}
