/** The only file of the library that reads the environment: settings by name, for commands that were given no flag. */

/** The settings that may come from the environment. */
export type SettingName =
  | 'HERALD_RPC_URL'
  | 'HERALD_PRIVATE_KEY'
  | 'HERALD_CHAIN_ID'
  | 'HERALD_REGISTRY'
  | 'HERALD_RELAY_HOST'
  | 'HERALD_RELAY_PORT'
  | 'HERALD_RELAY_ORIGIN'
  | 'HERALD_RELAY_TLS_CERT'
  | 'HERALD_RELAY_TLS_KEY'
  | 'HERALD_RELAY_TRUST_PROXY'
  | 'HERALD_RELAY_METRICS_TOKEN'
  | 'HERALD_RELAY_LIMITS'
  | 'HERALD_RELAY_LOG'
  | 'HERALD_DATA'
  | 'NO_COLOR'

/** The value of a setting; nothing when it is not set or empty. */
export function setting(name: SettingName): string | undefined {
  const value = process.env[name]
  return value === '' ? undefined : value
}
