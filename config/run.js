// `node config/run.js FILE [arguments]` runs FILE of this repository, if this Node can and all packages are there. npm puts the pinned Node
// in front of the machine's own; `--omit=dev` and `--ignore-scripts` leave it out. This file itself must run on any Node.
import { existsSync } from 'node:fs'
import module from 'node:module'
import { resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const path = (name) => fileURLToPath(new URL(`../${name}`, import.meta.url))
const remedy = 'run "npm ci --include=dev --ignore-scripts=false"'

function stop(sentence) {
  console.error(`oidc-rekey: ${sentence}`)
  process.exit(1)
}

if (!existsSync(path('node_modules'))) stop('its packages are not installed: run "npm ci"')
if (!existsSync(path('node_modules/oidc-provider')))
  stop(
    `it is installed without its development packages, and a clone needs them: ${remedy}, or install the package instead (docs/starting.md)`,
  )
if (Number(process.versions.node.split('.')[0]) < 24)
  stop(`a clone needs Node 24, this is ${process.version}: ${remedy}, which brings it along`)

// Sources are stripped of their types and compiled once, for the processes that this one starts too.
process.env.NODE_COMPILE_CACHE ??= path('node_modules/.cache/oidc-rekey/compiled')
module.enableCompileCache(process.env.NODE_COMPILE_CACHE)
process.argv.splice(1, 1)
process.argv[1] = resolve(path(''), process.argv[1])
await import(pathToFileURL(process.argv[1]).href)
