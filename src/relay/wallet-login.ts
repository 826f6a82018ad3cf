/**
 * Log-in by wallet (SPEC §8.3): a person whose wallet controls an agent signs an EIP-4361 text, made by this relay,
 * bound to its origin and to the agent, good for one answer within 60 seconds, and gets a session for the mailbox.
 */
import { type AgentRef, formatAccountId } from '../core/agent-ref.ts'
import { equalBytes, fromHex, toHex, utf8 } from '../core/bytes.ts'
import { isHeraldError } from '../core/errors.ts'
import type { Address } from '../core/ids.ts'
import { challengeLifetimeMillis } from '../core/limits.ts'
import type { WalletMessage, WalletVerifier } from '../identity/wallet-verifier.ts'
import type { RelayContext } from './config.ts'
import { ChallengeInvalidError, DirectoryUnavailableError, NotFoundError, UnauthorizedError } from './errors.ts'
import type { Session, Sessions } from './sessions.ts'
import type { SingleUse } from './single-use.ts'

/** A signed text. */
export interface WalletAnswer {
  readonly agent: AgentRef
  readonly wallet: Address
  readonly message: string
  readonly signature: Uint8Array
}

function statementOf(agent: AgentRef): string {
  return `Read and manage the Herald mailbox of ${formatAccountId(agent)} under registry ${agent.registry}.`
}

function nonceText(nonce: Uint8Array): string {
  return toHex(nonce).slice(2)
}

/** Opens sessions for wallets, where the relay was given a verifier. */
export class WalletLogin {
  readonly #context: RelayContext
  readonly #sessions: Sessions
  readonly #singleUse: SingleUse

  constructor(context: RelayContext, sessions: Sessions, singleUse: SingleUse) {
    this.#context = context
    this.#sessions = sessions
    this.#singleUse = singleUse
  }

  /** @throws NotFoundError where the relay has no verifier */
  get #wallets(): WalletVerifier {
    const { wallets } = this.#context
    if (wallets === undefined) throw new NotFoundError()
    return wallets
  }

  /** A text for a wallet to sign. Given to anyone: it tells nothing of whether the wallet controls the agent. */
  challenge(agent: AgentRef, wallet: Address): string {
    const now = this.#context.ambient.now()
    const write = this.#writer(agent, wallet, now)
    return write(this.#singleUse.make((nonce) => utf8(write(nonce))))
  }

  #writer(agent: AgentRef, wallet: Address, issuedAt: number): (nonce: Uint8Array) => string {
    const { origin } = this.#context
    const fields: Omit<WalletMessage, 'nonce'> = {
      wallet,
      chainId: agent.chainId,
      domain: new URL(origin).host,
      uri: origin,
      statement: statementOf(agent),
      issuedAt,
      expires: issuedAt + challengeLifetimeMillis,
    }
    return (nonce) => this.#wallets.write({ ...fields, nonce: nonceText(nonce) })
  }

  /**
   * Opens a session for a signed text.
   *
   * @throws ChallengeInvalidError, UnauthorizedError, DirectoryUnavailableError, or NotFoundError
   */
  async open({ agent, wallet, message, signature }: WalletAnswer): Promise<Session> {
    const { nonce, expires } = this.#assertOurs(agent, wallet, message)
    if (!(await this.#mayEnter(agent, wallet, message, signature))) throw new UnauthorizedError()
    this.#singleUse.use(nonce, expires)
    return this.#sessions.issue(agent, { wallet })
  }

  /** Trust decision: this relay made the text for this agent and wallet, and its time is not over. */
  #assertOurs(agent: AgentRef, wallet: Address, message: string): { nonce: Uint8Array; expires: number } {
    const read = this.#wallets.read(message)
    if (read === undefined || !/^[0-9a-f]{64}$/.test(read.nonce)) throw new ChallengeInvalidError()
    const nonce = fromHex(`0x${read.nonce}`)
    const write = this.#writer(agent, wallet, read.issuedAt)
    const right = this.#singleUse.withMac(nonce, (blank) => utf8(write(blank)))
    const isOurs = equalBytes(right, nonce) && write(nonce) === message && read.expires > this.#context.ambient.now()
    if (!isOurs) throw new ChallengeInvalidError()
    this.#singleUse.assertUnused(nonce)
    return { nonce, expires: read.expires }
  }

  /** Trust decision: the wallet signed, and controls the agent now. */
  async #mayEnter(agent: AgentRef, wallet: Address, message: string, signature: Uint8Array): Promise<boolean> {
    try {
      return (await this.#wallets.isSigned(wallet, message, signature)) && (await this.#wallets.controls(wallet, agent))
    } catch (error) {
      if (isHeraldError(error) && error.retry === 'later') throw new DirectoryUnavailableError(error)
      if (isHeraldError(error)) return false
      throw error
    }
  }
}
