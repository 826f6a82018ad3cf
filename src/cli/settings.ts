/** Command-line options and where their values come from: a flag, the environment, a deployment file, a default. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { type Deployment, formatDeployment, parseDeployment } from '../registry/deployment.ts'
import { UsageError } from './command.ts'
import { type SettingName, setting } from './env.ts'

/** Values of flags, by name. */
export type Flags = Readonly<Record<string, string | undefined>>

/** Reads flags that each take a value. @throws UsageError on a flag that is not known, or on anything else */
export function parseFlags(args: readonly string[], names: readonly string[]): Flags {
  const options = Object.fromEntries(names.map((name) => [name, { type: 'string' as const }]))
  try {
    return parseArgs({ args: [...args], options, strict: true }).values as Flags
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}

/** A flag's value, else the environment's, else the default. */
export function settingFor(flags: Flags, flag: string, variable: SettingName, fallback: string): string {
  return flags[flag] ?? setting(variable) ?? fallback
}

/** A port from 0 to 65,535. @throws UsageError */
export function portOf(text: string, flag: string): number {
  const port = Number(text)
  if (!/^\d{1,5}$/.test(text) || port > 65_535) throw new UsageError(`--${flag} takes a port from 0 to 65535`)
  return port
}

/** A chain id. @throws UsageError */
export function chainIdOf(text: string): number {
  const id = Number(text)
  if (!/^\d{1,16}$/.test(text) || !Number.isSafeInteger(id) || id < 1) throw new UsageError('--chain-id takes a number')
  return id
}

/** Where the deployment of a chain is kept below a data folder. */
export function deploymentFile(data: string, chainId: number): string {
  return join(data, 'deployments', `${chainId}.json`)
}

/** Keeps a deployment below a data folder, and tells in which file. */
export function writeDeployment(data: string, deployment: Deployment): string {
  const file = deploymentFile(data, deployment.chainId)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, formatDeployment(deployment))
  return file
}

/** The kept deployment of a chain; nothing when there is none. @throws `registry.malformed_deployment` */
export function readDeployment(data: string, chainId: number): Deployment | undefined {
  let text: string
  try {
    text = readFileSync(deploymentFile(data, chainId), 'utf8')
  } catch {
    return undefined
  }
  return parseDeployment(text)
}
