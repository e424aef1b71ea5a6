#!/usr/bin/env node
/** The command line, `oidc-rekey COMMAND`: connects server/commands to the process. */
import { text } from 'node:stream/consumers'
import { runCommand } from './server/commands/commandLine.ts'
import { openService } from './server/commands/openService.ts'
import { runService } from './server/runService.ts'

process.exitCode = await runCommand(process.argv.slice(2), {
  environment: process.env,
  out: (line) => process.stdout.write(`${line}\n`),
  error: (line) => process.stderr.write(`${line}\n`),
  input: () => text(process.stdin),
  open: openService,
  serve: runService,
})
