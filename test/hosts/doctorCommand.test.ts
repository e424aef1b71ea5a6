import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type RequestListener } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { expect } from 'chai'
import Koa from 'koa'
import mount from 'koa-mount'
import type { Finding } from 'oidc-rekey'
import { StoreUnfit } from '../../src/errors.ts'
import { readConfiguration } from '../../src/server/configuration/read.ts'
import { runCommand } from '../../src/server/commands/commandLine.ts'
import { examine } from '../../src/server/commands/examine.ts'
import { serve } from '../../src/server/serve.ts'
import { freePort } from '../support/freePort.ts'
import { type Host, startHost } from '../support/host.ts'

const unused = async (): Promise<never> => Promise.reject(new Error('not used'))

async function doctor(words: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  const out: string[] = []
  const error: string[] = []
  const status = await runCommand(['doctor', ...words], {
    environment,
    examine,
    out: (line) => out.push(line),
    error: (line) => error.push(line),
    input: unused,
    open: unused,
    serve: unused,
  })
  return { status, out, error }
}

const standalone =
  'examined: the standalone server, configuration config/development.yaml; for your own application: --module FILE'
const key = (byte: number): string => Buffer.alloc(32, byte).toString('base64url')

describe('The command doctor', () => {
  describe('of the standalone server', () => {
    let environment: Readonly<Record<string, string>>
    before(async () => {
      const folder = await mkdtemp(join(tmpdir(), 'rekey-doctor-'))
      environment = {
        DATA_DIR: folder,
        LOG_LEVEL: 'silent',
        PORT: String(await freePort()),
        ENCRYPTION_KEYS: `k1:${key(1)}`,
      }
    })
    after(() => rm(environment['DATA_DIR']!, { recursive: true }))

    it('finds no fault, and exits with 0', async () => {
      const out = [standalone, 'no fault found']
      expect(await doctor(['--strict'], environment)).to.deep.equal({ status: 0, out, error: [] })
    })

    it('writes nothing where the server was never started', async () => {
      const folder = join(environment['DATA_DIR']!, 'absent')
      const { status, out } = await doctor([], { ...environment, DATA_DIR: folder })
      expect([status, out, existsSync(folder)]).to.deep.equal([0, [standalone, 'no fault found'], false])
    })

    it('finds that a key is missing, exits with 1, and the server does not start', async () => {
      const changed = { ...environment, ENCRYPTION_KEYS: `k2:${key(2)}` }
      const { status, out } = await doctor(['--json'], changed)
      const { findings } = JSON.parse(out.join('\n')) as { findings: Finding[] }
      expect([status, findings.map(({ id }) => id)]).to.deep.equal([1, ['keys']])
      const refusal = await serve(await readConfiguration(changed), () => undefined).catch((error: unknown) => error)
      expect(refusal).to.be.instanceOf(StoreUnfit)
    })

    it('takes one subject, and an address of the web', async () => {
      expect(await doctor(['--url', 'https://id.example', '--module', 'x.js'])).to.include({ status: 2 })
      expect(await doctor(['--url', 'id.example'])).to.include({ status: 2 })
    })
  })

  describe('of a module', () => {
    const cli = new URL('../../src/cli.ts', import.meta.url).pathname
    const module = new URL('doctorProcess.ts', import.meta.url).pathname
    const hooks = new URL('support/register.ts', import.meta.url).href
    const run = (fault: string, words: readonly string[] = []) =>
      new Promise<[number, string, string]>((resolve) => {
        execFile(
          process.execPath,
          ['--import', hooks, cli, 'doctor', '--module', module, ...words],
          { env: { ...process.env, FAULT: fault } },
          (error, stdout, stderr) => resolve([Number(error?.code ?? 0), stdout, stderr]),
        )
      })

    it('exits with 0, with 2 for a warning where that was wished, with 1 for what is fatal', async () => {
      const first = `examined: the application of ${module}\n`
      expect((await run('')).slice(0, 2)).to.deep.equal([0, `${first}no fault found\n`])
      const [status, out, warned] = await run('warn', ['--strict'])
      expect(status).to.equal(2)
      expect(warned).to.not.contain('clients:')
      expect(out.slice(first.length)).to.match(/^warn {2}clients: .*\(docs\/doctor\.md#clients\)\n$/)
      const [refused, why, stderr] = await run('fatal')
      // Once only: among the results.
      expect(stderr).to.not.contain('not-wrapped')
      expect([refused, why.slice(first.length).split(':')[0]]).to.deep.equal([1, 'fatal not-wrapped'])
    })

    it('ends in silence where its reader closes the pipe', async () => {
      const child = spawn(process.execPath, [cli, '--help'], { stdio: ['ignore', 'pipe', 'pipe'] })
      child.stdout.destroy()
      const errors = await text(child.stderr)
      expect(errors).to.equal('')
    })

    it('ends by itself where no module of a host is open', async () => {
      const folder = await mkdtemp(join(tmpdir(), 'rekey-doctor-'))
      const environment = { ...process.env, DATA_DIR: folder, PORT: String(await freePort()), LOG_LEVEL: 'silent' }
      const child = spawn(process.execPath, [cli, 'doctor'], { stdio: ['ignore', 'pipe', 'pipe'], env: environment })
      const [out, error, [status]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
      expect([out, error, status]).to.deep.equal([`${standalone}\nno fault found\n`, '', 0])
      await rm(folder, { recursive: true })
    })

    it('says that a module exports no rekey', async () => {
      const { status, error } = await doctor(['--module', new URL('doctorHost.ts', import.meta.url).pathname])
      expect([status, error.length]).to.deep.equal([1, 1])
      expect(error[0]).to.contain('exports no rekey')
    })
  })

  describe('from outside', () => {
    let close: () => Promise<unknown>
    afterEach(() => close())

    const hostWith =
      (change: (app: Koa) => void) =>
      async ({ rekey, provider }: Host): Promise<RequestListener> => {
        const app = new Koa()
        change(app)
        app.use(rekey.routes())
        app.use(mount('/', provider))
        const answer = app.callback()
        return (req, res) => void answer(req, res)
      }
    const findings = async (issuer: string): Promise<string[]> => {
      const { out } = await doctor(['--url', issuer, '--json'])
      const document = JSON.parse(out.join('\n')) as { findings: Finding[] }
      return document.findings.map(({ id, severity }) => `${severity} ${id}`)
    }
    const ofHost = async (change: (app: Koa) => void): Promise<string[]> => {
      const host = await startHost({ application: hostWith(change) })
      close = () => host.close()
      return findings(host.issuer)
    }

    it('finds no fault in a healthy service', async () => {
      expect(await ofHost(() => undefined)).to.deep.equal([])
    })

    const broken: Readonly<Record<string, (app: Koa) => void>> = {
      'the host answers our addresses': (app) =>
        app.use((ctx, next) => (ctx.path.startsWith('/sign-in') ? void (ctx.body = 'own') : next())),
      'the headers of our pages are removed': (app) =>
        app.use((ctx, next) => {
          const { res } = ctx
          const set = res.writeHead.bind(res)
          res.writeHead = ((...given: Parameters<typeof set>) => {
            res.removeHeader('Content-Security-Policy')
            return set(...given)
          }) as typeof res.writeHead
          return next()
        }),
      'bodies are read and dropped': (app) =>
        app.use(async (ctx, next) => {
          ctx.req.resume()
          await once(ctx.req, 'end')
          await next()
        }),
    }
    for (const [what, change] of Object.entries(broken))
      it(`finds outside: ${what}`, async () => {
        expect(await ofHost(change)).to.deep.equal(['fatal outside'])
      })

    it('finds clock: the service is a minute behind', async () => {
      const late = new Date(Date.now() - 60_000).toUTCString()
      const change = (app: Koa) => app.use((ctx, next) => (ctx.res.setHeader('Date', late), next()))
      expect(await ofHost(change)).to.deep.equal(['fatal clock'])
    })

    it('finds outside: nothing answers, or something else does', async () => {
      const server = createServer((_, res) => res.end('{}')).listen(0, '127.0.0.1')
      await once(server, 'listening')
      const issuer = `http://localhost:${(server.address() as { port: number }).port}`
      close = async () => undefined
      expect(await findings(issuer)).to.include('fatal outside')
      server.close()
      server.closeAllConnections()
      expect(await findings(issuer)).to.deep.equal(['fatal outside'])
    })
  })
})
