/** Each signal has a stated outcome, and the end of what reads the log ends nothing. */
import { expect } from 'chai'
import { type ChildProcess, spawn } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import { mkdtemp, open, rm } from 'node:fs/promises'
import { get } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onSignals, signals } from '../../src/server/signals.ts'
import { listed, page, section } from '../docs/pages.ts'
import { eventually } from '../store/redisFixture.ts'
import { freePorts } from '../support/server.ts'

describe('The table of signals', () => {
  /** What is done when these signals come, each at its millisecond. */
  function outcomesOf(delayed: boolean, ...sent: readonly (readonly [signal: string, at: number])[]): string[] {
    return outcomes({ delayed, hasWorkers: false }, sent)
  }
  function outcomes(
    { delayed, hasWorkers }: { readonly delayed: boolean; readonly hasWorkers: boolean },
    sent: readonly (readonly [signal: string, at: number])[],
  ): string[] {
    const process = new EventEmitter()
    const said: string[] = []
    let isDelayed = false
    let at = 0
    onSignals(process, {
      now: () => at,
      stop(isLater) {
        said.push(isLater ? 'stop later' : 'stop')
        isDelayed = isLater && delayed
      },
      endDelay() {
        if (!isDelayed) return false
        isDelayed = false
        return said.push('end delay') > 0
      },
      end: () => said.push('end'),
      restart: hasWorkers ? () => said.push('restart') : null,
      ignored: (signal) => said.push(`ignored ${signal}`),
    })
    for (const [signal, time] of sent) {
      at = time
      process.emit(signal)
    }
    return said
  }

  it('is that of docs/starting.md', () => {
    const names = listed(section(page('starting'), 'Signals')).filter((name) => name.startsWith('SIG'))
    expect(names).to.have.members([...Object.keys(signals), 'SIGHUP'])
  })

  for (const signal of ['SIGTERM', 'SIGQUIT', 'SIGINT'])
    it(`${signal} stops; its repetition within a second is the same; a later one ends what it waits for`, () => {
      const first = signal === 'SIGINT' ? 'stop' : 'stop later'
      expect(outcomesOf(true, [signal, 0], [signal, 999])).to.deep.equal([first])
      expect(outcomesOf(false, [signal, 0], [signal, 1000])).to.deep.equal([first, 'end'])
      const all = outcomesOf(true, [signal, 0], ['SIGINT', 1000], ['SIGTERM', 2000], ['SIGTERM', 3000])
      const delay = signal === 'SIGINT' ? [] : ['end delay']
      expect(all.slice(0, 1 + delay.length)).to.deep.equal([first, ...delay])
      expect(all.at(-1)).to.equal('end')
    })

  it('SIGUSR1 and SIGUSR2 do nothing, before and after', () => {
    const sent = ['SIGUSR1', 'SIGUSR2', 'SIGTERM', 'SIGUSR2'].map((signal, n) => [signal, n * 2000] as const)
    const expected = ['ignored SIGUSR1', 'ignored SIGUSR2', 'stop later', 'ignored SIGUSR2']
    expect(outcomesOf(true, ...sent)).to.deep.equal(expected)
  })

  it('with workers SIGUSR2 replaces them', () => {
    const sent = [['SIGUSR2', 0] as const, ['SIGUSR1', 1] as const, ['SIGUSR2', 2] as const]
    const expected = ['restart', 'ignored SIGUSR1', 'restart']
    expect(outcomes({ delayed: false, hasWorkers: true }, sent)).to.deep.equal(expected)
  })
})

describe('A running server', () => {
  let directory = ''
  const running: ChildProcess[] = []
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'rekey-signals-'))
  })
  after(async () => {
    for (const child of running) child.kill('SIGKILL')
    await rm(directory, { recursive: true, force: true })
  })

  async function start(stdout: number | 'pipe', delaySeconds: number) {
    const [port = 0, samplePort = 0] = await freePorts(2)
    const configuration = join(directory, `${port}.yaml`)
    const file = await open(configuration, 'w')
    await file.writeFile(JSON.stringify({ demo: true, shutdown_delay_seconds: delaySeconds }))
    await file.close()
    const child = spawn(process.execPath, ['src/main.ts'], {
      env: {
        PATH: process.env['PATH'],
        CONFIG: configuration,
        DATA_DIR: join(directory, String(port)),
        PORT: String(port),
        SAMPLE_PORT: String(samplePort),
        NODE_COMPILE_CACHE: join(process.cwd(), 'node_modules/.cache/oidc-rekey/compiled'),
      },
      stdio: ['ignore', stdout, 'pipe'],
    })
    running.push(child)
    const exit = once(child, 'exit').then(([code]) => code as number | null)
    const ask = (path: string) =>
      new Promise<{ status: number | undefined; connection: string | undefined; text: string }>((resolve, reject) => {
        const request = get({ port, host: '127.0.0.1', path, headers: { host: `localhost:${port}` }, agent: false })
        request.once('error', reject).once('response', (answer) => {
          let text = ''
          answer.setEncoding('utf8').on('data', (part: string) => (text += part))
          const { statusCode: status, headers } = answer
          answer.once('end', () => resolve({ status, connection: headers.connection, text }))
        })
      })
    await eventually(async () => (await ask('/health/ready')).status === 200, 60_000)
    return { child, exit, ask }
  }

  it('serves during the delay and says that it is stopping; a second signal ends the delay; SIGUSR1 and SIGUSR2 do nothing', async () => {
    const { child, exit, ask } = await start('pipe', 300)
    // The reader of the log ends.
    child.stdout?.destroy()
    for (const signal of ['SIGUSR1', 'SIGUSR2'] as const) child.kill(signal)
    expect((await ask('/')).status).to.equal(200)
    child.kill('SIGTERM')
    const stopping = await eventually(async () => {
      const answer = await ask('/health/ready')
      return answer.status === 503 && answer
    })
    expect(JSON.parse(stopping.text)).to.include({ status: 'stopping' })
    const served = await ask('/')
    expect([served.status, served.connection]).to.deep.equal([200, 'close'])
    // Within a second of the first a repetition counts as the same signal.
    await eventually(async () => {
      child.kill('SIGTERM')
      return ask('/health/live').then(
        () => false,
        () => true,
      )
    })
    expect(await exit).to.equal(0)
  })

  it('goes on while the disk of the log is full, and Ctrl-C that arrives twice stops it in order', async () => {
    const full = await open('/dev/full', 'w')
    try {
      const { child, exit, ask } = await start(full.fd, 300)
      for (let request = 0; request < 20; request++) expect((await ask('/')).status).to.equal(200)
      child.kill('SIGINT')
      child.kill('SIGINT')
      expect(await exit).to.equal(0)
    } finally {
      await full.close()
    }
  })
})
