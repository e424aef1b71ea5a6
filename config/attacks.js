/**
 * `npm run attacks`: every attack of the suite, repeated and with more concurrency, on each store with one and two processes; also the
 * comparison of response times, which needs an idle machine. ATTACK_ROUNDS and ATTACK_CROWD set the size.
 */
import { spawnSync } from 'node:child_process'

const flags = ['--no-config', '--forbid-only', '--forbid-pending', '--timeout', '180000', '--slow', '10000']
const size = { ATTACK_ROUNDS: '3', ATTACK_CROWD: '100' }
const failed = []

for (const [STORE, PROCESSES] of [
  ['sqlite', '1'],
  ['sqlite', '2'],
  ['redis', '1'],
  ['redis', '2'],
  ['postgres', '1'],
  ['postgres', '2'],
]) {
  const deployment = `${STORE}, ${PROCESSES === '1' ? 'one process' : `${PROCESSES} processes`}`
  console.log(`\n── ${deployment}`)
  const env = { ...size, ...process.env, STORE, PROCESSES }
  const { status } = spawnSync('mocha', [...flags, 'test/attacks/**/*.test.ts'], { stdio: 'inherit', env })
  if (status !== 0) failed.push(deployment)
}

console.log(
  failed.length === 0 ? '\nevery attack failed, as it should' : `\nattacks got through on: ${failed.join(' · ')}`,
)
process.exitCode = failed.length === 0 ? 0 : 1
