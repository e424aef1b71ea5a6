#!/usr/bin/env node
/** The command line, `oidc-rekey COMMAND`: connects server/commands to the process. */
import cluster from 'node:cluster'
import { buffer } from 'node:stream/consumers'
import { serveWithoutOutput } from './server/outputs.ts'

const args = process.argv.slice(2)
const isService = args[0] === 'serve'
if (isService) serveWithoutOutput()
// Before the rest is loaded: the first start on a busy machine takes a while.
if (isService && !args.some((word) => word === '--help' || word === '-h') && cluster.isPrimary)
  process.stdout.write('oidc-rekey is starting …\n')
const [{ runCommand }, { examine }, { openService }, { runService }] = await Promise.all([
  import('./server/commands/commandLine.ts'),
  import('./server/commands/examine.ts'),
  import('./server/commands/openService.ts'),
  import('./server/runService.ts'),
])
if (!isService)
  // `oidc-rekey … | head` closes the pipe: what is not read need not be written.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
  })
const { stdout, stderr } = process
// On a terminal the progress stays on one line, which the next line replaces.
const [over, end] = stderr.isTTY ? ['\r\u001B[K', ''] : ['', '\n']
process.exitCode = await runCommand(args, {
  environment: process.env,
  out: (line) => stdout.write(`${stdout.isTTY ? over : ''}${line}\n`),
  error: (line) => stderr.write(`${over}${line}\n`),
  progress: { everyMs: stderr.isTTY ? 1000 : 10_000, show: (text) => stderr.write(`${over}${text}${end}`) },
  onInterrupt(stop) {
    process.once('SIGINT', stop)
    return () => process.removeListener('SIGINT', stop)
  },
  input: () => buffer(process.stdin),
  open: openService,
  examine,
  serve: runService,
})

// Only a host could close the sockets and pools of its module. Everything else has closed its own, and the process ends by itself.
const hasModule = args[0] === 'doctor' && args.some((word) => word.startsWith('--module'))
// The channel to its primary would keep a worker that did not start.
if (hasModule || (cluster.isWorker && process.exitCode !== 0))
  process.stdout.write('', () => process.stderr.write('', () => process.exit()))
