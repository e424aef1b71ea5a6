/** `restored`: after the store was restored from a backup, ends what the backup would bring back. May be repeated until it is done. */
import { type AfterBackup, consequences, isDisabledAfter } from '../../core/auditConsequences.ts'
import { digest } from '../../crypto/tokens.ts'
import type { EndedAfterBackup, RestoredAccount } from '../../index.ts'
import { readConfiguration } from '../configuration/read.ts'
import { readMark, shown, writeMark } from '../restoreMark.ts'
import { allPeople } from './accounts.ts'
import { instant } from './audit.ts'
import { type Command, type Given, type Service, type Shell, UsageError } from './command.ts'
import { inOrder } from './concurrency.ts'
import { flag, optionOf, optionsOf, text, texts } from './options.ts'
import { type AuditRead, readAudit } from './restoredAudit.ts'

export const restored: Command = {
  takes: '',
  does: 'after a restore of the database: end what the backup would bring back, by the audit since then; the server starts only after it',
  options: {
    'backup-from': text(
      'when the backup was made, such as 2026-11-28T00:00:00Z; unset: the time in a backup made by `backup`',
    ),
    audit: texts('file of `audit export`, or of the same lines elsewhere; none: there is none'),
    'every-factor': flag('with --audit none: every second factor ends and must be set up again by a mailed link'),
    'old-factors-may-return': flag(
      'with --audit none: lost authenticators, old passwords, deleted and disabled accounts work as at the time of the backup',
    ),
    'dry-run': flag('write nothing, and report what would be done'),
  },
  positionals: 0,
  async run(shell, given) {
    const choice = choiceOf(given)
    const service = await shell.open(await readConfiguration(shell.environment), { isRestoring: true })
    try {
      return await apply(shell, service, choice)
    } finally {
      await service.close()
    }
  },
}

interface Choice {
  readonly from: number | undefined
  /** Empty: there is no audit. */
  readonly files: readonly string[]
  readonly everyFactor: boolean
  readonly isDry: boolean
}

function choiceOf(given: Given): Choice {
  const named = optionsOf(given, 'audit')
  const files = named.filter((file) => file !== 'none')
  const everyFactor = given.values['every-factor'] === true
  const mayReturn = given.values['old-factors-may-return'] === true
  if (named.length === 0) throw new UsageError('--audit FILE is required; --audit none says that there is none')
  if (files.length > 0 && files.length < named.length) throw new UsageError('--audit none stands alone')
  if (files.length > 0 && (everyFactor || mayReturn))
    throw new UsageError('--every-factor and --old-factors-may-return are for --audit none')
  if (files.length === 0 && everyFactor === mayReturn)
    throw new UsageError(
      '--audit none protects nobody whose factor was reset since the backup: add --every-factor, or --old-factors-may-return',
    )
  return {
    from: instant('--backup-from', optionOf(given, 'backup-from')),
    files,
    everyFactor,
    isDry: given.values['dry-run'] === true,
  }
}

async function apply(shell: Shell, service: Service, choice: Choice): Promise<number> {
  const { records } = service
  const mark = await readMark(records)
  const from = choice.from ?? (mark && mark.is !== 'finished' ? backupTime(mark) : undefined)
  if (from === undefined)
    throw new UsageError('--backup-from is required: the store does not say when its backup was made')
  if (mark?.is === 'backup' && from > mark.at)
    throw new UsageError(`--backup-from: this backup is of ${shown(mark.at)}`)
  const audit = await readAudit(choice.files, from)
  const id = digest({ for: 'restore', what: JSON.stringify([from, choice.everyFactor, ...linesOf(audit)]) })
  for (const line of introduction(choice, audit, from)) shell.out(line)
  if (!choice.isDry) await writeMark(records, { is: 'begun', id, from })
  const counts = await endAll(shell, service, { audit, id, ...choice })
  const summary = `${counts.restored} restored, ${counts.reset} second factors ended, ${counts.password} passwords ended, ${counts.disabled} disabled, ${counts.deleted} deleted`
  shell.out(`${choice.isDry ? 'nothing written: ' : ''}${summary}`)
  if (counts.failed > 0) shell.error(`oidc-rekey: ${counts.failed} failed; run the same command again`)
  if (choice.isDry || counts.failed > 0) return counts.failed > 0 ? 1 : 0
  await service.noteRestored(id, `backup of ${shown(from)}, ${audit.count} events since: ${summary}`)
  await writeMark(records, { is: 'finished', id, from })
  return 0
}

/** The same for the same consequences, in whatever order they were read. */
const linesOf = ({ accounts }: AuditRead): string[] =>
  [...accounts].map((entry) => JSON.stringify(entry, [...consequences])).toSorted()

const backupTime = (mark: { readonly at: number } | { readonly from: number }): number =>
  'at' in mark ? mark.at : mark.from

function introduction({ files, everyFactor }: Choice, audit: AuditRead, from: number): string[] {
  if (files.length === 0)
    return [
      `backup of ${shown(from)}, no audit: ${everyFactor ? 'every second factor ends' : 'what was ended since then works again'}`,
    ]
  const newest = audit.newest === null ? 'there is none' : `the newest is of ${shown(audit.newest)}`
  return [
    `backup of ${shown(from)}, ${audit.count} events since then; ${newest}. What happened later, or is in no file, is not protected`,
    ...(audit.oldest === null || audit.oldest > from
      ? ['no event is as old as the backup: check that no file is missing']
      : []),
  ]
}

interface Work {
  readonly audit: AuditRead
  readonly id: string
  readonly everyFactor: boolean
  readonly isDry: boolean
}

/** Accounts at a time. Count. */
const AT_ONCE = 20

async function endAll(shell: Shell, service: Service, work: Work) {
  const counts = { restored: 0, reset: 0, password: 0, disabled: 0, deleted: 0, failed: 0 }
  const { accounts } = work.audit
  for (const [id, after] of accounts) {
    if (after.deleted === undefined) continue
    if (!work.isDry) await service.deleteAccount(id)
    counts.deleted += 1
  }
  const seen = new Set<string>()
  const present = (async function* () {
    for await (const person of allPeople(service.accounts))
      if (accounts.get(person.id)?.deleted === undefined) yield person
  })()
  const results = inOrder(
    present,
    async (person) => {
      const after = accounts.get(person.id) ?? {}
      const ended = endedOf(after, work)
      const result = work.isDry
        ? expected(ended)
        : await service.restored(person.id, ended).catch((error: unknown) => error)
      return { person, after, ended, result }
    },
    { atOnce: AT_ONCE, isStopped: () => false },
  )
  for await (const { person, after, ended, result } of results) {
    if (accounts.has(person.id)) seen.add(person.id)
    if (result instanceof Error) {
      counts.failed += 1
      shell.error(`${person.id}: ${result.message}`)
      continue
    }
    const done = result as RestoredAccount
    if (done.is === 'restored') counts.restored += 1
    if (done.reset !== null) counts.reset += 1
    if (done.password !== null) counts.password += 1
    if (ended.disabled) counts.disabled += 1
    for (const line of byHand(after, done)) shell.out(`${person.id}: ${line}`)
  }
  for (const [id, after] of accounts)
    if (!seen.has(id) && after.deleted === undefined)
      shell.out(`${id}: is not in the backup${after.created === undefined ? '' : ', it was created later'}`)
  return counts
}

const endedOf = (after: AfterBackup, { id, everyFactor }: Work): EndedAfterBackup => ({
  restore: id,
  factor: everyFactor || after.factor !== undefined,
  codes: after.codes !== undefined,
  password: after.password !== undefined,
  disabled: isDisabledAfter(after),
  email: after.email !== undefined,
})

const expected = ({ factor, password, email, disabled }: EndedAfterBackup): RestoredAccount => ({
  is: 'restored',
  reset: factor ? (email || disabled ? 'frozen' : 'mailed') : null,
  password: password ? (factor || email || disabled ? 'ended' : 'mailed') : null,
})

/** What only a person can settle. */
function byHand(after: AfterBackup, { is, reset, password }: RestoredAccount): string[] {
  return [
    ...(is === 'lost' ? ['its record is damaged: start a reset'] : []),
    ...(reset === 'frozen'
      ? ['its second factor has ended and no link was mailed: start a reset when the address is right']
      : []),
    ...(reset === 'mailed' && password === 'ended'
      ? ['its password has ended too: **Forgot your password?** works a day after the set-up by the mailed link']
      : []),
    ...(password === 'ended' && reset !== 'mailed' ? ['its password has ended and no link was mailed'] : []),
    ...(after.email === undefined ? [] : ['its address was changed after the backup: set it again']),
    ...(after.changed === undefined ? [] : ['roles, groups or names were changed after the backup: compare them']),
    ...(after.enabled !== undefined && !isDisabledAfter(after) ? ['it was enabled after the backup'] : []),
  ]
}
