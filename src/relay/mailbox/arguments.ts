/** What both stores ask of their callers before anything is written. */
import { InvalidArgumentError } from '../../core/errors.ts'
import { maxPackageIdCharacters, maxSettingsBytes, type ShelfPackage } from './port.ts'

const packageId = new RegExp(`^[!-~]{1,${maxPackageIdCharacters}}$`)

/** @throws InvalidArgumentError when settings are longer than 4,096 bytes */
export function assertSettings(settings: Uint8Array | undefined): void {
  if (settings !== undefined && settings.length > maxSettingsBytes)
    throw new InvalidArgumentError({ argument: 'settings', expected: `at most ${maxSettingsBytes} bytes` })
}

/** @throws InvalidArgumentError when the name of a package is not one */
export function assertPackages(packages: readonly ShelfPackage[]): void {
  if (!packages.every(({ id }) => packageId.test(id)))
    throw new InvalidArgumentError({
      argument: 'package id',
      expected: `1 to ${maxPackageIdCharacters} characters of printable ASCII`,
    })
}
