#!/usr/bin/env node
/** The command line, `oidc-rekey COMMAND`: connects server/commands to the process. */
import { buffer } from 'node:stream/consumers'
import { runCommand } from './server/commands/commandLine.ts'
import { examine } from './server/commands/examine.ts'
import { openService } from './server/commands/openService.ts'
import { runService } from './server/runService.ts'

const args = process.argv.slice(2)
// `oidc-rekey … | head` closes the pipe: what is not read need not be written.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
})
process.exitCode = await runCommand(args, {
  environment: process.env,
  out: (line) => process.stdout.write(`${line}\n`),
  error: (line) => process.stderr.write(`${line}\n`),
  input: () => buffer(process.stdin),
  open: openService,
  examine,
  serve: runService,
})

// A module of a host keeps its sockets and pools open.
if (args[0] === 'doctor') process.stdout.write('', () => process.exit())
