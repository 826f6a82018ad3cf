/** What a command needs and does not find. */
import { HeraldError } from '../core/errors.ts'

/** Hardhat, an optional peer of the package, is not installed. */
export class HardhatMissingError extends HeraldError<object> {
  constructor(cause?: unknown) {
    super({
      name: 'Cli.HardhatMissingError',
      code: 'cli.hardhat_missing',
      retry: 'never',
      message: 'a local chain needs Hardhat: npm install --save-dev hardhat',
      facts: {},
      cause,
    })
  }
}

/** A port that was asked for is taken. */
export class PortTakenError extends HeraldError<{ port: number }> {
  constructor(facts: { port: number }) {
    super({
      name: 'Cli.PortTakenError',
      code: 'cli.port_taken',
      retry: 'later',
      message: `port ${facts.port} is taken by another program`,
      facts,
    })
  }
}

/** The address that was asked for is not one of this machine's. */
export class AddressUnavailableError extends HeraldError<{ host: string }> {
  constructor(facts: { host: string }) {
    super({
      name: 'Cli.AddressUnavailableError',
      code: 'cli.address_unavailable',
      retry: 'never',
      message: `${facts.host} is not an address of this machine`,
      facts,
    })
  }
}

/** The file that ought to hold the relay's key does not. */
export class RelayKeyError extends HeraldError<{ file: string }> {
  constructor(facts: { file: string }) {
    super({
      name: 'Cli.RelayKeyError',
      code: 'cli.relay_key',
      retry: 'never',
      message: `${facts.file} is not a relay's key (32 bytes)`,
      facts,
    })
  }
}

/** A file that was named cannot be read, or does not hold what it has to. */
export class FileUnusableError extends HeraldError<{ file: string; expected: string }> {
  constructor(facts: { file: string; expected: string }) {
    super({
      name: 'Cli.FileUnusableError',
      code: 'cli.file_unusable',
      retry: 'never',
      message: `${facts.file} has to be ${facts.expected}`,
      facts,
    })
  }
}
