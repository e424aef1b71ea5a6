/**
 * `npm run faults`: every fault of the suite, repeated: ended, frozen and slow processes; also two processes behind nginx, the contract of
 * the store on every topology of Redis, what the runbook and the alerts say, both ways back with a fail-over in their middle, and the table
 * of every fault on every topology; and what 200 watchers of resets cost a sign-in. FAULT_ROUNDS sets the number of rounds; with FAULT or TOPOLOGY, two regular expressions, only those rows
 * of the table run.
 */
import { spawnSync } from 'node:child_process'

const flags = ['--no-config', '--forbid-only', '--forbid-pending', '--timeout', '600000', '--slow', '60000']
const env = { FAULT_ROUNDS: '5', FLOOD_SECONDS: '60', ...process.env }
const table = 'test/faults/every*.ts'
const all = [
  'test/faults/**/*.test.ts',
  'test/field/behind*.ts',
  'test/store/on*.ts',
  'test/faults/rolling*.ts',
  'test/faults/watchers*.ts',
  'test/faults/failOver*.ts',
  'test/docs/with*.ts',
  table,
]
const specs = env.FAULT || env.TOPOLOGY ? [table] : all
const { status } = spawnSync('mocha', [...flags, ...specs], { stdio: 'inherit', env })
process.exitCode = status ?? 1
