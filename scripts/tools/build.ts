/**
 * Builds `dist/`: JavaScript and declarations by tsc, and the package.json beside them that chooses the crypto backend.
 *
 *     npm run build
 */

import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root, runCommand } from './process.ts'

/** `src/package.json` names the sources; the same file for `dist/` names what they were compiled to. */
function scopeOfBuiltFiles(): string {
  return readFileSync(join(root, 'src', 'package.json'), 'utf8').replaceAll(/\.ts"/g, '.js"')
}

rmSync(join(root, 'dist'), { recursive: true, force: true })
const { exitCode } = await runCommand('tsc -p tsconfig.build.json', (text) => process.stderr.write(text))
if (exitCode === 0) writeFileSync(join(root, 'dist', 'package.json'), scopeOfBuiltFiles())
process.exitCode = exitCode
