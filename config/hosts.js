/**
 * `npm run hosts`: the examples, each installed by npm with the packed package in a folder outside of this repository, started with
 * `npm start`, and driven through both journeys and the console. Some of them also with the oldest supported oidc-provider and Node.js.
 * Then a clone without its development packages, and the types of the package with TypeScript 5.9. Arguments are names of examples: only these are run.
 */
import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, delimiter, join } from 'node:path'
import { runCloneModes } from '../test/hosts/support/clone.ts'
import { copyExample, examples, runExample } from '../test/hosts/support/examples.ts'
import { pack, tarball } from '../test/hosts/support/packed.ts'
import { openServices } from '../test/hosts/support/services.ts'
import { resolutions, strict, typesOfHost } from '../test/hosts/support/typesOfHost.ts'

const quickly = ['--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error']
const install = (folder, ...packages) =>
  execFileSync('npm', ['install', ...quickly, ...packages], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] })

const typescript = 'typescript@5.9'
const provider = { oldest: 'oidc-provider@9.0.0', newest: 'oidc-provider@9' }
const nodes = [22, 24]

const root = mkdtempSync(join(tmpdir(), 'rekey-hosts-'))
const failures = []

async function judge(name, run) {
  const began = performance.now()
  const seconds = () => `${((performance.now() - began) / 1000).toFixed(0)} s`
  try {
    await run()
    console.log(`ok    ${name} (${seconds()})`)
  } catch (error) {
    failures.push(name)
    console.log(`FAIL  ${name} (${seconds()})\n${error.stdout ?? ''}${error.stderr ?? ''}${error.stack}`)
  }
}

function installed(name, more = []) {
  const folder = join(root, 'examples', name)
  copyExample(name, folder)
  install(folder, ...more)
  return folder
}

/** The folder of another Node.js, for PATH. */
function nodeOf(major) {
  const folder = join(root, `node${major}`)
  mkdirSync(folder)
  writeFileSync(join(folder, 'package.json'), '{"private": true}')
  install(folder, `node@${major}`, '--foreground-scripts')
  return join(folder, 'node_modules/node/bin')
}

function compile() {
  const folder = join(root, 'types')
  mkdirSync(folder)
  writeFileSync(join(folder, 'package.json'), '{"private": true, "type": "module"}')
  writeFileSync(join(folder, 'mount.ts'), typesOfHost)
  const peers = ['oidc-provider', '@types/oidc-provider', '@types/node@24']
  install(folder, typescript, ...peers, join(root, basename(tarball())))
  return Object.entries(resolutions).map(([name, resolution]) => [
    name,
    () => {
      const compilerOptions = { ...strict, ...resolution }
      writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['mount.ts'] }))
      execFileSync(process.execPath, ['node_modules/typescript/bin/tsc'], { cwd: folder, encoding: 'utf8' })
    },
  ])
}

const chosen = process.argv.slice(2)
const unknown = chosen.find((name) => !(name in examples))
if (unknown) throw new Error(`there is no example ${unknown}`)

pack()
copyFileSync(tarball(), join(root, basename(tarball())))
const services = openServices()
try {
  const run = async (name, folder, environment) => {
    rmSync(join(folder, 'data'), { recursive: true, force: true })
    await runExample(name, folder, { ...(await services.environmentOf(name)), ...environment })
  }
  for (const name of chosen.length > 0 ? chosen : Object.keys(examples))
    await judge(`example ${name}`, () => run(name, installed(name)))
  if (chosen.length === 0) {
    for (const [age, spec] of Object.entries(provider))
      await judge(`example koa, ${age} ${spec}`, () => run('koa', installed('koa', [spec])))
    for (const major of nodes)
      await judge(`example express, Node.js ${major}`, () => {
        const folder = join(root, 'examples/express')
        const environment = { PATH: [nodeOf(major), process.env.PATH].join(delimiter) }
        const env = { ...process.env, ...environment }
        const version = execFileSync('npm', ['exec', '--call', 'node --version'], {
          cwd: folder,
          env,
          encoding: 'utf8',
        })
        if (!version.startsWith(`v${major}.`)) throw new Error(`npm runs Node.js ${version}`)
        return run('express', folder, environment)
      })
    await judge('a clone without its development packages', () => runCloneModes(root))
    let checks = []
    await judge('types: installation', () => {
      checks = compile()
    })
    for (const [name, check] of checks) await judge(`types, TypeScript 5.9, ${name}`, check)
  }
} finally {
  await services.close()
  rmSync(root, { recursive: true, force: true })
}
console.log(failures.length === 0 ? 'all hosts passed' : `failed: ${failures.join(', ')}`)
process.exitCode = failures.length === 0 ? 0 : 1
