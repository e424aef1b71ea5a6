/**
 * `npm run hosts`: the examples, each installed by npm with the packed package in a folder outside of this repository, started with
 * `npm start`, and driven through both journeys and the console. Some of them also with the oldest supported oidc-provider and Node.js.
 * Then the types of the package with TypeScript 5.9. Arguments are names of examples: only these are run.
 */
import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, delimiter, join } from 'node:path'
import { copyExample, examples, runExample } from '../test/hosts/support/examples.ts'
import { pack, tarball } from '../test/hosts/support/packed.ts'
import { openServices } from '../test/hosts/support/services.ts'

const quickly = ['--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error']
const install = (folder, ...packages) =>
  execFileSync('npm', ['install', ...quickly, ...packages], { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] })

const typescript = 'typescript@5.9'
const provider = { oldest: 'oidc-provider@9.0.0', newest: 'oidc-provider@9' }
const nodes = [22, 24]

const types = `import { createRekey, type Directory, type RekeyOptions } from 'oidc-rekey'
import { openPostgres } from 'oidc-rekey/postgres'
import { openRedis } from 'oidc-rekey/redis'
import { smtpMailer } from 'oidc-rekey/smtp'
import { openSqlite } from 'oidc-rekey/sqlite'
import { type Configuration, Provider } from 'oidc-provider'

export const stores = { openPostgres, openRedis, openSqlite, smtpMailer }
export async function mount(options: RekeyOptions, yours: Configuration): Promise<Provider> {
  const rekey = await createRekey(options)
  const provider = new Provider(options.issuer, rekey.configuration(yours))
  await rekey.attach(provider)
  return provider
}
export const nobody: Directory = { find: async () => null, list: async () => [], enrolled: async () => undefined }
`
const resolutions = {
  node16: { module: 'node16', moduleResolution: 'node16' },
  nodenext: { module: 'nodenext', moduleResolution: 'nodenext' },
  bundler: { module: 'esnext', moduleResolution: 'bundler' },
}

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
    console.log(`FAIL  ${name} (${seconds()})\n${error.stdout ?? ''}${error.stack}`)
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
  writeFileSync(join(folder, 'mount.ts'), types)
  const compilerOptions = { strict: true, exactOptionalPropertyTypes: true, skipLibCheck: false, noEmit: true }
  const peers = ['oidc-provider', '@types/oidc-provider', '@types/pg', 'pg', '@types/node@24']
  install(folder, typescript, ...peers, join(root, basename(tarball())))
  return Object.entries(resolutions).map(([name, resolution]) => [
    name,
    () => {
      const options = { ...compilerOptions, ...resolution, target: 'es2023', lib: ['es2023', 'dom'] }
      writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions: options, files: ['mount.ts'] }))
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
      await judge(`example express, Node.js ${major}`, () =>
        run('express', join(root, 'examples/express'), { PATH: [nodeOf(major), process.env.PATH].join(delimiter) }),
      )
    await judge('types: installation', () => {
      resolutions.checks = compile()
    })
    for (const [name, check] of resolutions.checks ?? []) await judge(`types, TypeScript 5.9, ${name}`, check)
  }
} finally {
  await services.close()
  rmSync(root, { recursive: true, force: true })
}
console.log(failures.length === 0 ? 'all hosts passed' : `failed: ${failures.join(', ')}`)
process.exitCode = failures.length === 0 ? 0 : 1
