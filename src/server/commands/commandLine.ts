/**
 * The commands of `oidc-rekey`. Results go to stdout; progress and errors, one line each, to stderr. Exit codes: 0 done, 1 failed
 * for all or some entries, 2 wrong usage.
 */
import { parseArgs } from 'node:util'
import { MountRefused } from '../../errors.ts'
import { isReplaced, whyUnreadable } from '../../decoding.ts'
import { accountCommands } from './accounts.ts'
import { auditExport } from './audit.ts'
import { backup } from './backup.ts'
import { restored } from './restored.ts'
import { doctor } from './doctor.ts'
import { mailTest } from './mail.ts'
import { type Command, type Given, type Option, type Shell, UsageError } from './command.ts'
import { optionOf, text } from './options.ts'
import { ConfigurationError, configurationFile, readConfiguration } from '../configuration/read.ts'

const commands: Readonly<Record<string, Command>> = {
  serve: {
    takes: '',
    does: 'serve the OpenID Provider, the console and the account page',
    options: { workers: text('processes that share the port, 1 to 64; default: the key workers') },
    positionals: 0,
    async run(shell, given) {
      const workers = optionOf(given, 'workers')
      if (workers !== undefined && !/^([1-9]|[1-5]\d|6[0-4])$/.test(workers))
        throw new UsageError(`--workers must be a whole number of processes from 1 to 64, is ${workers}`)
      const read = () => readConfiguration({ ...shell.environment, ...(workers && { WORKERS: workers }) })
      await shell.serve(await read(), read)
      return 0
    },
  },
  ...accountCommands,
  'audit export': auditExport,
  backup,
  restored,
  doctor,
  'mail test': mailTest,
  'config check': {
    takes: '',
    does: 'read the configuration as `serve` does, and list its faults',
    options: {},
    positionals: 0,
    async run({ environment, out }) {
      const { issuer, host, port, store, mail, demo, notices } = await readConfiguration(environment)
      out(`read     ${configurationFile(environment)}, and the environment`)
      out(`issuer   ${issuer}`)
      out(`listens  ${host.includes(':') ? `[${host}]` : host}:${port}`)
      out(`store    ${store.is}`)
      out(`mail     ${mail.smtpUrl ? `smtp, from ${mail.from}` : 'development mailbox'}`)
      out(`demo     ${demo ? 'open: demo accounts, /mailbox, sample application' : 'closed'}`)
      for (const notice of notices) out(`notice   ${notice}`)
      return 0
    },
  },
}

const program = 'oidc-rekey'

/** How the command line was called: a clone has it as a script of npm. */
const calledAs = ({ environment }: Shell): string =>
  environment['npm_lifecycle_event'] === 'cli' ? 'npm run cli --' : program

export async function runCommand(args: readonly string[], shell: Shell): Promise<number> {
  const [first = '', second = ''] = args
  const name = [`${first} ${second}`, first].find((item) => Object.hasOwn(commands, item))
  const command = name === undefined ? undefined : commands[name]
  if (name === undefined || !command) return overview(args, shell)
  try {
    if (args.some(isReplaced)) throw new UsageError('an argument is not UTF-8')
    const rest = args.slice(name.split(' ').length)
    const given = parse(rest, { ...command.options, help: { type: 'boolean', short: 'h', does: 'show this help' } })
    if (given.values.help) return help(name, command, shell)
    if (given.positionals.length !== command.positionals)
      throw new UsageError(`usage: ${calledAs(shell)} ${name} ${command.takes}`.trim())
    return await command.run(shell, given)
  } catch (error) {
    for (const line of linesOf(error)) shell.error(`${program}: ${line.replaceAll(/\s*\n\s*/g, ' ')}`)
    return error instanceof UsageError ? 2 : 1
  }
}

function linesOf(error: unknown): readonly string[] {
  if (error instanceof ConfigurationError) return error.faults
  // Each finding was written to stderr when it was found.
  if (error instanceof MountRefused) return [`not started: ${error.findings.length} fatal, see docs/doctor.md`]
  if (error instanceof Error && 'syscall' in error && 'path' in error)
    return [`cannot read ${String(error.path)}: ${whyUnreadable(error)}`]
  return [error instanceof Error ? error.message : String(error)]
}

function parse(args: string[], options: Readonly<Record<string, Option>>): Given {
  try {
    return parseArgs({ args, options, allowPositionals: true })
  } catch (error) {
    // Node's advice on arguments that begin with a dash is removed: no command takes any.
    const [message = ''] = (error instanceof Error ? error.message : String(error)).split('. To specify')
    throw new UsageError(`${message} (--help lists the options)`)
  }
}

function overview(args: readonly string[], shell: Shell): number {
  const { out, error } = shell
  const helps = ['--help', '-h', 'help']
  const request = args.length === 0 || helps.includes(args[0] ?? '')
  const group = Object.keys(commands).filter((name) => name.startsWith(`${args[0]} `))
  if (!request && group.length === 0) {
    error(`${program}: unknown command ${args.join(' ')} (--help lists the commands)`)
    return 2
  }
  const shown = Object.entries(commands).filter(([name]) => request || group.includes(name))
  out(`Usage: ${calledAs(shell)} COMMAND`)
  out('')
  for (const [name, { does }] of shown) out(`  ${name.padEnd(18)}${does}`)
  out('')
  out(
    `${calledAs(shell)} COMMAND --help describes a command. The configuration is read from the file that CONFIG names`,
  )
  out('(unset: config/development.yaml) and from the environment, which takes precedence.')
  return args.some((arg) => helps.includes(arg)) ? 0 : 2
}

function help(name: string, { takes, does, options }: Command, shell: Shell): number {
  const { out } = shell
  out(
    `Usage: ${[calledAs(shell), name, takes, ...(Object.keys(options).length > 0 ? ['[OPTION…]'] : [])].filter(Boolean).join(' ')}`,
  )
  out('')
  out(does)
  if (Object.keys(options).length > 0) out('')
  for (const [option, { type, multiple, does: what }] of Object.entries(options)) {
    out(`  ${`--${option}${type === 'string' ? ' …' : ''}`.padEnd(18)}${what}${multiple ? ' (may be repeated)' : ''}`)
  }
  return 0
}
