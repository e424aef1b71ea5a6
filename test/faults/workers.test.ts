/** Worker processes on one port: replaced one by one under load, replaced after a crash, counted as one, and stopped in order. */
import { expect } from 'chai'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { eventually } from '../store/redisFixture.ts'
import { beginRequests, createSignInLoad } from '../support/load.ts'
import { freePorts } from '../support/server.ts'
import { openFixture, type ServerFixture } from '../support/serverFixture.ts'

describe('Two workers', () => {
  let fixture: ServerFixture
  let metrics = 0
  before(async function () {
    this.timeout(90_000)
    ;[metrics = 0] = await freePorts(1)
    const settings = { workers: 2, metrics_port: metrics, keep_alive_seconds: 5 }
    fixture = await openFixture(settings, { store: 'redis', processes: 1 })
    // A worker is killed, and a configuration has a fault.
    fixture.excused.push(/a worker ended; another takes its place/, /unknown_key.*the restart has ended/)
    await said('all workers serve')
  })

  /** Resolves when the log has so many lines with these words. */
  const said = (words: string, count = 1): Promise<unknown> =>
    eventually(async () => linesWith(words).length >= count, 60_000)
  const linesWith = (words: string): string[] =>
    fixture.server
      .output()
      .split('\n')
      .filter((line) => line.includes(words))

  /** Processes that answered requests on connections of their own; the log has the process of each request. */
  async function pids(): Promise<Set<number>> {
    const found = new Set<number>()
    for (let request = 0; request < 6; request++) {
      const answer = await fetch(`${fixture.issuer}/health/live`, { headers: { connection: 'close' } })
      const id = `"request_id":"${answer.headers.get('x-request-id')}"`
      await said(id)
      found.add((JSON.parse(linesWith(id)[0] ?? '') as { pid: number }).pid)
    }
    return found
  }
  const counted = async (): Promise<number> => {
    const answer = await (await fetch(`http://127.0.0.1:${metrics}/metrics`)).text()
    const line = /^oidc_rekey_request_duration_seconds_count\{.*live.*\} (\d+)$/m.exec(answer)
    return Number(line?.[1] ?? 0)
  }

  it('say once where to go, share the port, and have one sample application', async () => {
    expect(linesWith('oidc-rekey serves')).to.have.length(1)
    expect(await pids()).to.have.property('size', 2)
    expect((await fetch(fixture.server.sample)).status).to.equal(200)
    expect(linesWith('the sample application is not started')).to.deep.equal([])
  })

  it('are replaced one by one without a failed request, and what they counted stays counted', async function () {
    this.timeout(90_000)
    const before = await pids()
    const counts = await counted()
    const signIns = createSignInLoad(fixture).begin(2)
    const requests = beginRequests(`${fixture.issuer}/.well-known/openid-configuration`, 50, 8)
    const rare = beginRequests(`${fixture.issuer}/jwks`, 0.7, 1)
    const replaced = linesWith('all workers were replaced').length
    fixture.server.signal('SIGUSR2')
    const isReplaced = await said('all workers were replaced', replaced + 1).catch(() => false)
    for (const load of [signIns, requests, rare]) {
      const { done, failures } = await load.stop()
      expect(failures).to.deep.equal([])
      expect(done).to.be.greaterThan(2)
    }
    expect(isReplaced).to.equal(true)
    const after = await pids()
    expect(after.size).to.equal(2)
    expect([...after].filter((pid) => before.has(pid))).to.deep.equal([])
    expect(await counted()).to.equal(counts + 6)
  })

  it('stay as they are when the configuration has a fault', async () => {
    const before = await pids()
    await fixture.rewrite({ workers: 2, unknown_key: true })
    fixture.server.signal('SIGUSR2')
    await said('the restart has ended')
    await fixture.rewrite({})
    expect(await pids()).to.deep.equal(before)
    expect(linesWith('the restart has ended').at(-1)).to.include('unknown_key')
  })

  it('read the clients again, each of them', async () => {
    fixture.server.signal('SIGHUP')
    await said('the clients were read again', 2)
  })

  it('are replaced when one is killed', async () => {
    const [victim = 0] = await pids()
    process.kill(victim, 'SIGKILL')
    await said('a worker ended; another takes its place')
    await eventually(async () => {
      const now = await pids()
      return now.size === 2 && !now.has(victim)
    }, 60_000)
  })

  it('end with their primary', async () => {
    await fixture.server.kill()
    await eventually(
      async () =>
        fetch(`${fixture.issuer}/health/live`).then(
          () => false,
          () => true,
        ),
      60_000,
    )
    await fixture.server.restart()
    await said('all workers serve', 2)
  })
})

describe('Workers that cannot start', () => {
  it('end the service with one line', async () => {
    const taken = createServer().listen(0, '127.0.0.1')
    await once(taken, 'listening')
    const { port } = taken.address() as { port: number }
    const directory = await mkdtemp(join(tmpdir(), 'rekey-workers-'))
    const child = spawn(process.execPath, ['src/main.ts', '--workers', '3'], {
      env: { PATH: process.env['PATH'], PORT: String(port), DATA_DIR: directory },
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    const [[code], stderr] = await Promise.all([once(child, 'exit'), text(child.stderr)])
    taken.close()
    await rm(directory, { recursive: true })
    expect(code).to.equal(1)
    expect(stderr.trim().split('\n')).to.have.length(1)
    expect(stderr).to.match(/^oidc-rekey: PORT \(port\): \d+ on 127.0.0.1 is taken/)
  })
})
