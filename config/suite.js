/**
 * `npm test`: all tests, in a few processes of mocha at a time, long parts first. The two journeys and the concurrency attacks run on every
 * store, each with two server processes that serve alternate steps. Hosts run on the package as npm would publish it, packed once. Data of
 * servers and databases are kept in memory where there is room: tests end processes, never the machine, so a disk would show nothing else.
 * A part without a test is a failure.
 */
import { spawn } from 'node:child_process'
import { accessSync, chmodSync, constants, mkdtempSync, readdirSync, readFileSync, rmSync, statfsSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { pack } from '../test/hosts/support/packed.ts'

const flags = ['--no-config', '--require', './test/support/programs.ts', '--timeout', '120000', '--slow', '5000']
const strict = ['--forbid-only', '--forbid-pending']

const alone = ['journeys', 'attacks', 'field', 'core', 'faults', 'store', 'views', 'hosts']
const others = readdirSync('test').filter((folder) => folder !== 'bench' && !alone.includes(folder))
const folder = (name) => `test/${name}/**/*.test.ts`
const onEveryStore = [
  'journeys/byTheMailedLink',
  'journeys/bySigningInFirst',
  'attacks/parallel',
  'attacks/parallelResets',
]
const twoProcesses = (STORE) => ({
  name: `journeys and concurrency, two processes on ${STORE}`,
  specs: onEveryStore.map((file) => `test/${file}.test.ts`),
  env: { STORE, PROCESSES: '2' },
})

/** The other files of a folder. */
const oneProcess = (name) =>
  readdirSync(`test/${name}`)
    .filter((file) => file.endsWith('.test.ts') && !onEveryStore.includes(`${name}/${file.replace('.test.ts', '')}`))
    .map((file) => `test/${name}/${file}`)

/** Every second of the files, and the others: two parts that take about as long. */
const halves = (name, specs) =>
  [0, 1].map((half) => ({ name: `${name} (${half + 1} of 2)`, specs: specs.filter((_, n) => n % 2 === half) }))

// The tail of a run is short parts. Faults and stores wait more than they compute, so they run beside parts that compute.
const parts = [
  ...halves('attacks', oneProcess('attacks')),
  { name: 'journeys', specs: oneProcess('journeys') },
  { name: others.join(', '), specs: others.map(folder) },
  { name: 'faults', specs: [folder('faults')] },
  { name: 'store', specs: [folder('store')] },
  { name: 'field', specs: [folder('field')] },
  { name: 'core', specs: [folder('core')] },
  { name: 'hosts of the packed package', specs: [folder('hosts')], env: { REKEY_FROM: 'package' } },
  twoProcesses('postgres'),
  twoProcesses('redis'),
  twoProcesses('sqlite'),
  { name: 'views', specs: [folder('views')] },
]

/** From the summary of a part to its end. Milliseconds; coverage is written in that time. */
const LEAVING_MS = 30_000

/** From the end of a part to that of its output, which a process outside its group could hold open. Milliseconds. */
const OUTPUT_MS = 5000

/** For a whole part. Milliseconds; on two quiet cores the longest takes a quarter of it. */
const LIMIT_MS = 1_200_000

/** Free memory that the data of a run may fill. Bytes; two gibibytes are many times what it takes. */
const ROOM = 2 ** 31

function fileSystem() {
  const memory = '/dev/shm'
  try {
    accessSync(memory, constants.W_OK)
    const { bavail, bsize } = statfsSync(memory)
    return bavail * bsize > ROOM ? memory : tmpdir()
  } catch {
    return tmpdir()
  }
}
const data = mkdtempSync(join(fileSystem(), 'oidc-rekey-test-'))
// PostgreSQL started by root runs as another user.
chmodSync(data, 0o711)
process.once('exit', () => rmSync(data, { recursive: true, force: true, maxRetries: 5 }))

const count = (output, word) => Number(new RegExp(`^ {2}(\\d+) ${word}`, 'm').exec(output)?.[1] ?? 0)

/** What the processors did for parts that have ended, with all their processes. Seconds; Linux counts hundredths. */
function processorSeconds() {
  try {
    const [, fields = ''] = readFileSync('/proc/self/stat', 'utf8').split(') ')
    const [user = 0, system = 0] = fields.split(' ').slice(13, 15).map(Number)
    return (user + system) / 100
  } catch {
    return 0
  }
}

/** Processes by the name of their part. */
const running = new Map()

/** Each part leads a process group, which ends as one: mocha, servers and browsers. */
const end = (child) => {
  try {
    process.kill(-child.pid, 'SIGKILL')
  } catch {
    // It has ended already.
  }
}
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
  process.once(signal, () => {
    for (const child of running.keys()) end(child)
    process.exit(1)
  })

async function run({ name, specs, env = {} }) {
  const began = performance.now()
  console.log(`── ${name}: started`)
  const child = spawn('mocha', [...flags, ...strict, ...specs], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, FORCE_COLOR: process.stdout.isTTY ? '1' : '0', TEST_DATA: data, ...env },
    detached: true,
  })
  running.set(child, name)
  let output = ''
  let used = 0
  let leaving
  const endBecause = (reason) => {
    output += `\n  ${reason}\n`
    end(child)
  }
  const limit = setTimeout(endBecause, LIMIT_MS, `this part took more than ${LIMIT_MS / 60_000} minutes and was ended`)
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text) => {
      output += text
      // After the summary, only a handle that a test left open can keep the process running.
      if (count(output, 'passing') > 0)
        leaving ??= setTimeout(
          endBecause,
          LEAVING_MS,
          'something was left open: the tests had ended, the process had not',
        )
    })
  const status = await new Promise((resolve) => {
    child.on('close', resolve)
    child.on('exit', (code) => {
      used = Math.round(processorSeconds() - counted)
      counted += used
      setTimeout(resolve, OUTPUT_MS, code).unref()
    })
    child.on('error', (error) => resolve(error.message))
  })
  running.delete(child)
  end(child)
  child.stdout.destroy()
  child.stderr.destroy()
  clearTimeout(limit)
  clearTimeout(leaving)
  const passed = count(output, 'passing')
  const failed = count(output, 'failing')
  const hasFailed = status !== 0 || passed === 0
  const elapsed = Math.round((performance.now() - began) / 1000)
  console.log(`\n── ${name} (${elapsed} s, processors ${used} s)\n${output}`)
  return { passed, failed: Math.max(failed, hasFailed ? 1 : 0) }
}

pack()
let counted = processorSeconds()
const waiting = [...parts]
const results = []
async function worker() {
  for (let part = waiting.shift(); part; part = waiting.shift()) results.push(await run(part))
}
const began = performance.now()
const minutes = setInterval(() => {
  const names = [...running.values()].join('; ')
  console.log(`── ${Math.round((performance.now() - began) / 60_000)} min, still running: ${names}`)
}, 60_000)
// Two more than there are cores: a part waits for browsers, clocks and databases a good deal of its time.
const workers = Math.max(2, Math.min(4, availableParallelism() + 2))
await Promise.all(Array.from({ length: workers }, worker))
clearInterval(minutes)

const sum = (key) => results.reduce((total, result) => total + result[key], 0)
console.log(`\n${sum('passed')} passed, ${sum('failed')} failed`)
process.exitCode = sum('failed') === 0 ? 0 : 1
