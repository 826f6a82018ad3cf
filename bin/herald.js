#!/usr/bin/env node
// Starts the `herald` command: from source in a clone, from the built files in an installed package.
import { existsSync } from 'node:fs'

const [major, minor] = process.versions.node.split('.').map(Number)
if (major < 22 || (major === 22 && minor < 18)) {
  console.error(`herald needs Node.js 22.18 or newer; this is ${process.versions.node}`)
  process.exit(1)
}
const source = new URL('../src/cli/main.ts', import.meta.url)
await import(existsSync(source) ? source.href : new URL('../dist/cli/main.js', import.meta.url).href)
