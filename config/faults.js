/**
 * `npm run faults`: every fault of the suite, repeated: ended, frozen and slow processes; also two processes behind nginx, and
 * the contract of the store on every topology of Redis, and what the runbook and the alerts say. FAULT_ROUNDS sets the number of rounds.
 */
import { spawnSync } from 'node:child_process'

const flags = ['--no-config', '--forbid-only', '--forbid-pending', '--timeout', '600000', '--slow', '60000']
const env = { FAULT_ROUNDS: '5', FLOOD_SECONDS: '60', ...process.env }
const { status } = spawnSync(
  'mocha',
  [
    ...flags,
    'test/faults/**/*.test.ts',
    'test/field/behind*.ts',
    'test/store/on*.ts',
    'test/faults/rolling*.ts',
    'test/docs/with*.ts',
  ],
  {
    stdio: 'inherit',
    env,
  },
)
process.exitCode = status ?? 1
