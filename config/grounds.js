/**
 * The journeys and the crowds once more on other ground: each store behind two processes that take their steps by turns. The whole
 * suite has been on the embedded store and one process before.
 */
import { spawnSync } from 'node:child_process'

for (const STORE of ['sqlite', 'redis']) {
  console.log(`\n── two processes on ${STORE} ──`)
  const { status } = spawnSync('mocha', ['--config', 'config/mocha.grounds.json'], {
    stdio: 'inherit',
    env: { ...process.env, STORE, PROCESSES: '2' },
  })
  if (status !== 0) process.exit(status ?? 1)
}
