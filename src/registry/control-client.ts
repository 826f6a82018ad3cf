/** Who acts for an agent, typed: controller, guardian and recovery of the AgentRegistry contract (docs/contracts.md). */
import { type Address, asAddress, type Seconds } from '../core/ids.ts'
import { ask, transact } from './contract-access.ts'
import { actingAgent, openRegistry, type RegistryAccess, type RegistryAccessOptions } from './registry-access.ts'
import type { Receipt } from './send-transaction.ts'

/** Who acts for an agent. */
export interface AgentControlState {
  /** The agent itself, unless control was passed on. */
  readonly controller: Address
  /** Whom control is offered to. */
  readonly candidate: Address | undefined
  readonly guardian: Address | undefined
  /** The recovery under way. */
  readonly recovery: { readonly candidate: Address; readonly recoverableAt: Seconds } | undefined
}

/**
 * The transactions and reads about control. Each acts on the account's own agent unless another is named; every call may
 * throw why the endpoint cannot be asked.
 */
export interface ControlClient {
  /** Offers control to another account; nothing takes the offer back. @throws `registry.unauthorized` */
  proposeController(candidate: Address | undefined, agent?: Address): Promise<Receipt>
  /** Takes control that was offered to the account. @throws `registry.not_candidate` */
  acceptControl(agent: Address): Promise<Receipt>
  /** Names a guardian, or none, and ends what the one before had begun. @throws `registry.unauthorized` */
  setGuardian(guardian: Address | undefined, agent?: Address): Promise<Receipt>
  /** As guardian: starts a recovery for another account. @throws `registry.unauthorized`, `registry.zero_candidate` */
  startRecovery(agent: Address, candidate: Address): Promise<Receipt>
  /** As controller: stops a recovery. @throws `registry.unauthorized`, `registry.no_recovery` */
  vetoRecovery(agent?: Address): Promise<Receipt>
  /** As candidate: takes control after the delay. @throws `registry.no_recovery`, `registry.not_candidate`, `registry.recovery_too_early` */
  finishRecovery(agent: Address): Promise<Receipt>
  /** Who acts for an agent. */
  control(agent: Address): Promise<AgentControlState>
  /** The account that acts for an agent. */
  controllerOf(agent: Address): Promise<Address>
  /** How long a recovery takes, in seconds. */
  recoveryDelay(): Promise<Seconds>
}

const nobody = asAddress(`0x${'00'.repeat(20)}`)

function optional(address: string): Address | undefined {
  const found = asAddress(address)
  return found === nobody ? undefined : found
}

/** The account that acts for an agent. */
export async function readController(access: RegistryAccess, agent: Address): Promise<Address> {
  return asAddress(await ask(access, 'controllerOf', [asAddress(agent)]))
}

async function readControl(access: RegistryAccess, agent: Address): Promise<AgentControlState> {
  const state = await ask(access, 'control', [asAddress(agent)])
  const candidate = optional(state.recoveryCandidate)
  return {
    controller: asAddress(state.controller),
    candidate: optional(state.candidate),
    guardian: optional(state.guardian),
    recovery: candidate && { candidate, recoverableAt: state.recoverableAt },
  }
}

/** Opens the registry for questions of control. Nothing is asked before the first call. @throws InvalidArgumentError */
export function createControlClient(options: RegistryAccessOptions): ControlClient {
  const access = openRegistry(options)
  const own = (method: string, agent?: Address) => actingAgent(access, method, agent)
  return {
    proposeController: async (candidate = nobody, agent) =>
      transact(access, 'proposeController', [own('proposeController', agent), asAddress(candidate)]),
    acceptControl: async (agent) => transact(access, 'acceptControl', [asAddress(agent)]),
    setGuardian: async (guardian = nobody, agent) =>
      transact(access, 'setGuardian', [own('setGuardian', agent), asAddress(guardian)]),
    startRecovery: async (agent, candidate) =>
      transact(access, 'startRecovery', [asAddress(agent), asAddress(candidate)]),
    vetoRecovery: async (agent) => transact(access, 'vetoRecovery', [own('vetoRecovery', agent)]),
    finishRecovery: async (agent) => transact(access, 'finishRecovery', [asAddress(agent)]),
    control: (agent) => readControl(access, agent),
    controllerOf: (agent) => readController(access, agent),
    recoveryDelay: () => ask(access, 'recoveryDelay', []),
  }
}
