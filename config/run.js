// `node config/run.js FILE [arguments]` runs FILE, if this Node can. npm puts the pinned Node in front of the machine's own; it is
// absent when install scripts are switched off. This file itself must run on any Node.
import module from 'node:module'
import { resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

if (Number(process.versions.node.split('.')[0]) < 24) {
  console.error(
    `oidc-rekey needs Node 24, this is ${process.version}: run "npm ci --foreground-scripts" to get the pinned one`,
  )
  process.exit(1)
}
// Sources are stripped of their types and compiled once, for the processes that this one starts too.
process.env.NODE_COMPILE_CACHE ??= fileURLToPath(new URL('../node_modules/.cache/oidc-rekey/compiled', import.meta.url))
module.enableCompileCache(process.env.NODE_COMPILE_CACHE)
process.argv.splice(1, 1)
process.argv[1] = resolve(process.argv[1])
await import(pathToFileURL(process.argv[1]).href)
