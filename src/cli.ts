#!/usr/bin/env node
/** The command line: `oidc-rekey COMMAND`. What the commands do stands in server/commandLine.ts; here they meet the machine. */
import { text } from 'node:stream/consumers'
import { runCommand } from './server/commandLine.ts'

process.exitCode = await runCommand(process.argv.slice(2), {
  environment: process.env,
  out: (line) => process.stdout.write(`${line}\n`),
  error: (line) => process.stderr.write(`${line}\n`),
  input: () => text(process.stdin),
  // The assembled service comes with server/assemble.ts.
  open: () => Promise.reject(new Error('not wired yet')),
  serve: () => Promise.reject(new Error('not wired yet')),
})
