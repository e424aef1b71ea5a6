/** `doctor`: what is wrong with a mount. Exit codes: 0 nothing fatal, 1 something fatal, 2 with --strict: warnings. */
import type { Finding } from '../../errors.ts'
import { configurationFile, readConfiguration } from '../configuration/read.ts'
import { type Command, type Given, type Shell, UsageError } from './command.ts'
import type { Subject } from './examine.ts'

export const doctor: Command = {
  takes: '',
  does: 'find what is wrong with the mount: of the standalone server, of a module, or from outside',
  options: {
    module: { type: 'string', does: 'file that exports `rekey`, attached, of an application of your own' },
    url: { type: 'string', does: 'issuer of a running service' },
    json: { type: 'boolean', does: 'one JSON document' },
    strict: { type: 'boolean', does: 'exit with 2 for warnings' },
  },
  positionals: 0,
  async run(shell, { values }) {
    const subject = await subjectOf(shell, values)
    const examined = nameOf(subject, shell)
    if (!values['json']) shell.out(`examined: ${examined}`)
    const findings = await shell.examine(subject)
    if (values['json']) shell.out(JSON.stringify({ examined, findings }, null, 2))
    else for (const line of findings.length > 0 ? findings.map(lineOf) : ['no fault found']) shell.out(line)
    const has = (severity: Finding['severity']): boolean => findings.some((finding) => finding.severity === severity)
    return has('fatal') ? 1 : values['strict'] && has('warn') ? 2 : 0
  },
}

async function subjectOf({ environment }: Shell, { module, url }: Given['values']): Promise<Subject> {
  if (typeof module === 'string' && typeof url === 'string') throw new UsageError('either --module or --url')
  if (typeof module === 'string') return { is: 'module', path: module }
  if (typeof url !== 'string') return { is: 'configuration', configuration: await readConfiguration(environment) }
  if (!/^https?:$/.test(URL.parse(url)?.protocol ?? '')) throw new UsageError('--url takes an issuer: https://…')
  return { is: 'url', issuer: url.replace(/\/+$/, '') }
}

function nameOf(subject: Subject, { environment }: Shell): string {
  switch (subject.is) {
    case 'configuration':
      return `the standalone server, configuration ${configurationFile(environment)}; for your own application: --module FILE`
    case 'module':
      return `the application of ${subject.path}`
    case 'url':
      return `${subject.issuer}, from outside`
  }
}

const lineOf = ({ id, severity, found, mend, docs }: Finding): string =>
  `${severity.padEnd(5)} ${id}: ${found}. ${mend} (${docs})`
