/**
 * `npm test`: every test there is, a few processes of mocha at a time, the long ones first. The two journeys and the crowds are played
 * on both stores, each behind two processes that take their steps by turns. A part without a test is a failure.
 */
import { spawn } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { availableParallelism } from 'node:os'

const flags = ['--no-config', '--require', './test/support/programs.ts', '--timeout', '60000', '--slow', '5000']
const strict = ['--forbid-only', '--forbid-pending']

const alone = ['journeys', 'attacks', 'faults', 'store', 'views']
const others = readdirSync('test').filter((folder) => folder !== 'bench' && !alone.includes(folder))
const folder = (name) => `test/${name}/**/*.test.ts`
const played = ['journeys/byTheMailedLink', 'journeys/bySigningInFirst', 'attacks/parallel']
const ground = (STORE) => ({
  name: `the journeys and the crowds, two processes on ${STORE}`,
  specs: played.map((file) => `test/${file}.test.ts`),
  env: { STORE, PROCESSES: '2' },
})

/** What is played on other ground is not played at home as well. */
const athome = (name) =>
  readdirSync(`test/${name}`)
    .filter((file) => file.endsWith('.test.ts') && !played.includes(`${name}/${file.replace('.test.ts', '')}`))
    .map((file) => `test/${name}/${file}`)

const parts = [
  { name: 'journeys', specs: athome('journeys') },
  { name: 'attacks', specs: athome('attacks') },
  ground('redis'),
  ground('sqlite'),
  { name: 'store', specs: [folder('store')] },
  { name: 'faults', specs: [folder('faults')] },
  { name: 'views', specs: [folder('views')] },
  { name: others.join(', '), specs: others.map(folder) },
]

/** From a part's last word to its end. Milliseconds: coverage and reports are written in that time. */
const LEAVING_MS = 30_000

const count = (output, word) => Number(new RegExp(`^ {2}(\\d+) ${word}`, 'm').exec(output)?.[1] ?? 0)

async function play({ name, specs, env = {} }) {
  const began = performance.now()
  const child = spawn('mocha', [...flags, ...strict, ...specs], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, FORCE_COLOR: process.stdout.isTTY ? '1' : '0', ...env },
  })
  let output = ''
  let overdue
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text) => {
      output += text
      // It has said its last word: what still holds it is something that a test left open.
      if (count(output, 'passing') > 0) overdue ??= setTimeout(leave, LEAVING_MS)
    })
  const leave = () => {
    output += '\n  something was left open: this part had ended and did not leave\n'
    child.kill('SIGKILL')
  }
  const status = await new Promise((resolve) => {
    child.on('close', resolve)
    child.on('error', (error) => resolve(error.message))
  })
  clearTimeout(overdue)
  const passed = count(output, 'passing')
  const failed = count(output, 'failing')
  const wrong = status !== 0 || passed === 0
  console.log(`\n── ${name} (${Math.round((performance.now() - began) / 1000)} s)\n${output}`)
  return { passed, failed: Math.max(failed, wrong ? 1 : 0) }
}

const waiting = [...parts]
const results = []
async function worker() {
  for (let part = waiting.shift(); part; part = waiting.shift()) results.push(await play(part))
}
const workers = Math.max(2, Math.min(4, availableParallelism()))
await Promise.all(Array.from({ length: workers }, worker))

const sum = (key) => results.reduce((total, result) => total + result[key], 0)
console.log(`\n${sum('passed')} passed, ${sum('failed')} failed`)
process.exitCode = sum('failed') === 0 ? 0 : 1
