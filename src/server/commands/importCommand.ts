/** `accounts import`: options, progress, and the summary. */
import { roles } from '../../ports.ts'
import { formats, readSources } from '../imports/source.ts'
import type { TakeOver } from '../imports/candidate.ts'
import { type Command, type Given, type Shell, UsageError, withService } from './command.ts'
import { importAccounts, type ImportCounts, unusableFactors } from './importAccounts.ts'
import { flag, oneOf, optionsOf, text, texts } from './options.ts'

export const importCommand: Command = {
  takes: 'FILE',
  does: 'import accounts; existing accounts are not changed, so that an import that stopped can be run again',
  options: {
    format: text(`${formats.join(', ')}; unset: recognised by what the file holds`),
    check: flag('write nothing, and report what would be imported'),
    'replace-factor': flag('existing accounts with totp in the file: reset the authenticator, then set up this one'),
    'unusable-factor': text(
      'whose second factor cannot be verified: locked (default) until a reset, reset at once by email, set-up by the password alone',
    ),
    groups: flag('keycloak, auth0: take groups over; unset: none'),
    role: texts('keycloak, auth0: THEIRS=admin or THEIRS=helpdesk; unset: no roles'),
  },
  positionals: 1,
  async run(shell, given) {
    const [file = ''] = given.positionals
    const format = oneOf(formats, '--format', optionsOf(given, 'format'))[0]
    const unusableFactor = oneOf(unusableFactors, '--unusable-factor', optionsOf(given, 'unusable-factor'))[0]
    const check = given.values['check'] === true
    const sources = readSources(file, takeOver(given), format)
    let isStopped = false
    const stop = (): void => void (isStopped = true)
    const forget = shell.onInterrupt?.(stop)
    const progress = createProgress(shell)
    try {
      const counts = await withService(shell, ({ accounts, clock, adopt, replaceFactor, resetFactor }) =>
        importAccounts(sources, {
          accounts,
          clock,
          adopt,
          check,
          ...(unusableFactor && { unusableFactor }),
          resetFactor: (id) => resetFactor(id, 'imported without its second factor'),
          ...(given.values['replace-factor'] === true && { replaceFactor }),
          report: shell.error,
          progress,
          isStopped: () => isStopped,
        }),
      )
      shell.out(`${check ? 'nothing written: ' : ''}${summary(counts)}`)
      if (isStopped)
        shell.error(
          `stopped after ${entriesOf(counts)} entries; the same command continues, as existing accounts are not changed`,
        )
      const { bad, withoutFactor, withoutPassword, withAnotherId } = counts
      return isStopped || bad + withoutFactor + withoutPassword + withAnotherId > 0 ? 1 : 0
    } finally {
      forget?.()
    }
  },
}

function takeOver(given: Given): TakeOver {
  const pairs = optionsOf(given, 'role').map((pair) => {
    const at = pair.lastIndexOf('=')
    if (at < 1) throw new UsageError(`--role must be THEIRS=${roles.join(' or THEIRS=')}`)
    const [ours = ''] = oneOf(roles, '--role THEIRS=', [pair.slice(at + 1)])
    return [pair.slice(0, at), ours] as const
  })
  return { groups: given.values['groups'] === true, roles: new Map(pairs) }
}

const always = { created: 'created', exists: 'already there', bad: 'bad' } as const
const ifAny = {
  replaced: 'replaced',
  skipped: 'skipped',
  withoutFactor: 'without their second factor',
  withoutPassword: 'without their password',
  withAnotherId: 'with another id',
} as const

const entriesOf = ({ created, exists, replaced, bad, skipped }: ImportCounts): number =>
  created + exists + replaced + bad + skipped

const summary = (counts: ImportCounts): string =>
  [
    ...Object.entries(always).map(([key, word]) => `${counts[key as keyof typeof always]} ${word}`),
    ...Object.entries(ifAny).flatMap(([key, words]) => {
      const count = counts[key as keyof typeof ifAny]
      return count > 0 ? [`${count} ${words}`] : []
    }),
  ].join(' · ')

/** A line now and then: how many, how fast, how long. */
function createProgress({ progress }: Shell) {
  const began = performance.now()
  let shownAt = began
  return (counts: ImportCounts, share: number | undefined): void => {
    const now = performance.now()
    if (!progress || now - shownAt < progress.everyMs) return
    shownAt = now
    const read = entriesOf(counts)
    const seconds = (now - began) / 1000
    const rest = share ? ` · about ${Math.ceil((seconds * (1 - share)) / share)} s left` : ''
    progress.show(`${read} read · ${Math.round(read / seconds)} a second${rest}`)
  }
}
