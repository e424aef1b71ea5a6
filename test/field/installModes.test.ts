/** Ways to install and to start: each works, or says in one line what to do. `npm run hosts` does the same with npm. */
import { expect } from 'chai'
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { exportJWK, generateKeyPair } from 'jose'
import { draw } from '../../src/crypto/random.ts'
import { readConfiguration } from '../../src/server/configuration/read.ts'
import { serve } from '../../src/server/serve.ts'
import { refusal } from '../../src/testing/storeContract/fixture.ts'
import { redisFixture } from '../store/redisFixture.ts'
import { freePorts } from '../support/server.ts'

const remedy = 'npm ci --include=dev --ignore-scripts=false'
const isDev = ({ dev, devOptional }: { dev?: boolean; devOptional?: boolean }): boolean => Boolean(dev ?? devOptional)

describe('A clone', () => {
  let directory = ''
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'rekey-clone-'))
  })
  after(() => rm(directory, { recursive: true, force: true }))

  /** What `npm start` runs, and the packages for which `has` is true. */
  async function clone(name: string, has: ((locked: object) => boolean) | null): Promise<string> {
    const root = join(directory, name)
    await cp('config/run.js', join(root, 'config/run.js'))
    for (const item of ['src', 'views', 'package.json', 'config/development.yaml'])
      await symlink(join(process.cwd(), item), join(root, item))
    if (!has) return root
    const { packages } = JSON.parse(await readFile('package-lock.json', 'utf8')) as { packages: Record<string, object> }
    for (const [path, locked] of Object.entries(packages))
      if (/^node_modules\/(@[^/]+\/)?[^/]+$/.test(path) && has(locked)) {
        await mkdir(dirname(join(root, path)), { recursive: true })
        await symlink(join(process.cwd(), path), join(root, path))
      }
    return root
  }

  function start(
    root: string,
    options: { readonly args?: readonly string[]; readonly flags?: readonly string[] } = {},
  ) {
    const { args = ['src/cli.ts', 'config', 'check'], flags = [] } = options
    const { status, stdout, stderr } = spawnSync(process.execPath, [...flags, join(root, 'config/run.js'), ...args], {
      cwd: tmpdir(),
      encoding: 'utf8',
      // As a service manager starts it: no home directory, no name of a user.
      env: { PATH: process.env['PATH'] },
    })
    return { status, stdout, lines: stderr.trimEnd().split('\n') }
  }
  /** Another version of Node, as far as a program can see. */
  const nodeOf = (version: string): string[] => [
    '--import',
    `data:text/javascript,Object.defineProperty(process,'versions',{value:{...process.versions,node:'${version}'}});Object.defineProperty(process,'version',{value:'v${version}'})`,
  ]

  it('that is installed whole starts from any working directory, without HOME', async () => {
    const { status, stdout, lines } = start(process.cwd())
    expect([status, lines]).to.deep.equal([0, ['']])
    expect(stdout).to.match(/^issuer {3}http:\/\/localhost:3000$/m)
  })

  it('without its packages says how to install them', async () => {
    const { status, lines } = start(await clone('bare', null))
    expect([status, lines]).to.deep.equal([1, ['oidc-rekey: its packages are not installed: run "npm ci"']])
  })

  for (const [how, flags] of [
    ['on a Node that could run it', []],
    ['on Node 20', nodeOf('20.20.2')],
  ] as const)
    it(`without its development packages says how to get them, ${how}`, async () => {
      const root = await clone(`lean ${flags.length}`, (locked) => !isDev(locked))
      const { status, lines } = start(root, { flags })
      expect([status, lines.length]).to.deep.equal([1, 1])
      expect(lines[0]).to.contain(`run "${remedy}"`).and.contain('development packages')
    })

  it('on Node 20 alone, as --ignore-scripts leaves it, says how to get the pinned one', async () => {
    const { status, lines } = start(process.cwd(), { flags: nodeOf('20.20.2') })
    const line = `oidc-rekey: a clone needs Node 24, this is v20.20.2: run "${remedy}", which brings it along`
    expect([status, lines]).to.deep.equal([1, [line]])
  })
})

describe('A start', () => {
  const redis = redisFixture()
  let directory = ''
  let taken: Server
  let port = 0
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'rekey-start-'))
    taken = createServer().listen(0, '127.0.0.1')
    await once(taken, 'listening')
    ;({ port } = taken.address() as { port: number })
  })
  after(async () => {
    taken.close()
    await rm(directory, { recursive: true, force: true })
  })

  async function starting(environment: Record<string, string>, file: object = {}) {
    const path = join(directory, 'configuration.yaml')
    await writeFile(path, JSON.stringify({ demo: false, log_level: 'silent', ...file }))
    const [free = 0] = await freePorts(1)
    const configuration = await readConfiguration({
      CONFIG: path,
      DATA_DIR: join(directory, 'data'),
      PORT: String(free),
      SAMPLE_PORT: '1',
      ...environment,
    })
    return serve(configuration, () => undefined)
  }

  const key = draw(32).toString('base64url')
  const cases: Readonly<Record<string, () => readonly [environment: Record<string, string>, says: RegExp]>> = {
    'a port that is taken': () => [
      { PORT: String(port) },
      /^PORT \(port\): \d+ on 127\.0\.0\.1 is taken.*another port/,
    ],
    'a port of the metrics that is taken': () => [{ METRICS_PORT: String(port) }, /^METRICS_PORT \(metrics_port\): /],
    'an address of another machine': () => [
      { HOST: '192.0.2.1', ISSUER: 'https://id.example' },
      /^HOST: .*192\.0\.2\.1/,
    ],
    'a directory that cannot be made': () => [
      { DATA_DIR: join(directory, 'configuration.yaml', 'data') },
      /^DATA_DIR \(data_directory\): cannot write to .* \(ENOTDIR\)\. Name a directory that this user may write/,
    ],
  }
  for (const [name, given] of Object.entries(cases))
    it(`with ${name} is refused in one line that says what to do`, async () => {
      const [environment, says] = given()
      const { message } = await refusal(starting(environment))
      expect(message).to.match(says).and.not.contain('\n')
    })

  it('that fails leaves no listener behind, which would keep the process from ending', async () => {
    const [own = 0] = await freePorts(1)
    await refusal(starting({ PORT: String(own), METRICS_PORT: String(port) }))
    const again = createServer().listen(own, '127.0.0.1')
    await once(again, 'listening')
    again.close()
  })

  it('needs no directory with a database and all keys: the file system may be read-only', async () => {
    const { privateKey } = await generateKeyPair('RS256', { extractable: true })
    const serving = await starting({
      DATA_DIR: join(directory, 'configuration.yaml', 'data'),
      REDIS_URL: redis.server.url,
      ENCRYPTION_KEYS: `k1:${key}`,
      COOKIE_KEYS: 'a string of thirty-two characters',
      JWKS: JSON.stringify({ keys: [{ ...(await exportJWK(privateKey)), alg: 'RS256', kid: 'one' }] }),
    })
    await serving.stop()
  })
})
