/**
 * Imports accounts, authenticators included. A bad entry is reported with its line, an existing account is reported and left
 * unchanged; both do not stop the import. Started again after an interruption it therefore continues.
 */
import { setTimeout } from 'node:timers/promises'
import { hashPassword } from '../../crypto/passwords.ts'
import { newId } from '../../crypto/tokens.ts'
import { StoreUnavailable } from '../../errors.ts'
import type { Clock, Directory } from '../../ports.ts'
import type { Accounts } from '../directory.ts'
import { objectOf, type Source, textOf } from '../imports/candidate.ts'
import { exclusively, inOrder } from './concurrency.ts'
import { isShort } from '../../core/passwordPolicy.ts'
import { type Incoming, readLine } from './importLine.ts'

/** An existing authenticator: its Base32 secret, and since when it counts as set up (epoch seconds). */
export interface Adopted {
  readonly secret: string
  readonly at: number
}
/** Answers why it was refused. */
export type Adopt = (id: string, authenticator: Adopted) => Promise<string | undefined>

/** What becomes of people whose second factor cannot be taken over: the password alone must not replace it silently. */
export const unusableFactors = ['locked', 'reset', 'set-up'] as const
export type UnusableFactor = (typeof unusableFactors)[number]

export interface ImportTools {
  readonly accounts: Pick<Directory & Accounts, 'findByEmail' | 'create' | 'byId' | 'enrolled'>
  readonly clock: Clock
  /** Creates the record with this authenticator. Must be repeatable: an import may stop before the account is created. */
  readonly adopt: Adopt
  /** An audited reset, then this authenticator. Absent: existing accounts are not changed. */
  readonly replaceFactor?: Adopt
  /** Default `locked`: the sign-in is refused until a reset. `reset`: it follows at once. `set-up`: the password suffices. */
  readonly unusableFactor?: UnusableFactor
  readonly resetFactor?: (id: string) => Promise<unknown>
  /** Nothing is written; what would be is counted. */
  readonly check?: boolean
  /** Receives a line for each entry that was not created, and for what was left out. */
  readonly report: (line: string) => void
  readonly progress?: (soFar: ImportCounts, share: number | undefined) => void
  /** No further entry is read. */
  readonly isStopped?: () => boolean
  /** Waits before an entry is tried again. Milliseconds. */
  readonly pause?: (ms: number) => Promise<unknown>
}

/** `without…`: created, and left out. `withAnotherId`: of those that exist, perhaps other people. `skipped`: no people. */
export type ImportCounts = {
  readonly [K in Outcome | 'skipped' | 'withoutFactor' | 'withoutPassword' | 'withAnotherId']: number
}
type Outcome = 'created' | 'exists' | 'replaced' | 'bad'

/** Entries at work at the same time, so that they share the round trips and commits of the store. Count. */
const AT_ONCE = 128

interface Result {
  readonly source: Source
  readonly outcome: Outcome | 'skipped'
  readonly messages: readonly string[]
  readonly withoutFactor?: boolean
  readonly withoutPassword?: boolean
  readonly withAnotherId?: boolean
}

export async function importAccounts(sources: AsyncIterable<Source>, tools: ImportTools): Promise<ImportCounts> {
  const left = { withoutFactor: 0, withoutPassword: 0, withAnotherId: 0 }
  const counts = { created: 0, exists: 0, replaced: 0, bad: 0, skipped: 0, ...left }
  const inTurn = exclusively()
  const work = (source: Source): Promise<Result> => importSource(source, tools, inTurn)
  for await (const result of inOrder(sources, work, { atOnce: AT_ONCE, isStopped: tools.isStopped ?? (() => false) })) {
    const { source, outcome, messages } = result
    for (const message of messages)
      tools.report(`${source.file === undefined ? '' : `${source.file} `}line ${source.line}: ${message}`)
    counts[outcome] += 1
    for (const key of ['withoutFactor', 'withoutPassword', 'withAnotherId'] as const)
      counts[key] += Number(result[key] ?? false)
    tools.progress?.(counts, source.share)
  }
  return counts
}

async function importSource(
  source: Source,
  tools: ImportTools,
  inTurn: ReturnType<typeof exclusively>,
): Promise<Result> {
  if ('fault' in source) return { source, outcome: 'bad', messages: [source.fault] }
  if ('skipped' in source) return { source, outcome: 'skipped', messages: [`${source.skipped}: skipped`] }
  const {
    value,
    lostFactor,
    lostPassword,
    remarks = [],
  } = 'candidate' in source ? source.candidate : { value: source.value }
  const read = readLine(value, lostFactor)
  // An export is often one line, so that a fault names the person too.
  const who = 'candidate' in source ? `${textOf(objectOf(value)['email']) ?? 'an entry'}: ` : ''
  if ('faults' in read) return { source, outcome: 'bad', messages: read.faults.map((fault) => who + fault) }
  // Two entries of one person, or of one id, must not pass each other.
  const keys = [`email ${read.email}`, ...(read.id === undefined ? [] : [`id ${read.id}`])]
  return inTurn(keys, async () => {
    const id = read.id ?? newId()
    const pause = tools.pause ?? setTimeout
    const outcome = await persistently(() => importOne(read, id, tools), pause)
    const { email } = read
    if (typeof outcome !== 'string') {
      if ('fault' in outcome) return { source, outcome: 'bad', messages: [who + outcome.fault] }
      return { source, outcome: 'exists', ...existing(read, outcome.existing) }
    }
    const refused = outcome === 'created' && (await resetLost(read, id, tools, pause))
    const messages = [
      ...(outcome === 'replaced' ? [`${email} replaced`] : []),
      ...shortcomings(read, consequenceOf(read, tools)),
      ...(refused ? [`${email}: ${refused}`] : []),
      ...(lostPassword === undefined ? [] : [`${email} comes without its password, as ${lostPassword}`]),
      ...remarks.map((remark) => `${email}: ${remark}`),
    ]
    const isNew = outcome === 'created'
    const withoutFactor = isNew && read.factor.is === 'unusable'
    return { source, outcome, messages, withoutFactor, withoutPassword: isNew && lostPassword !== undefined }
  })
}

const consequences: { readonly [K in UnusableFactor]: string } = {
  locked: 'its sign-in is refused until a reset',
  reset: 'the link of a reset is mailed',
  'set-up': 'its password alone sets another one up',
}

/** A disabled account is not reset: its sign-in is refused anyway, and no link is mailed to it. */
const consequenceOf = ({ status }: Incoming, { unusableFactor = 'locked' }: ImportTools): UnusableFactor =>
  unusableFactor === 'reset' && status === 'disabled' ? 'locked' : unusableFactor

/** The reset of a person whose factor is lost. Why it was refused: the sign-in then stays refused, and the import goes on. */
async function resetLost(
  incoming: Incoming,
  id: string,
  tools: ImportTools,
  pause: (ms: number) => Promise<unknown>,
): Promise<string | undefined> {
  if (tools.check || incoming.factor.is !== 'unusable' || consequenceOf(incoming, tools) !== 'reset') return undefined
  try {
    await persistently(async () => tools.resetFactor?.(id), pause)
    return undefined
  } catch (error) {
    if (error instanceof StoreUnavailable || !(error instanceof Error)) throw error
    return error.message
  }
}

/** What an entry says of itself differs from the account: it may be another person, whom an operator must look at. */
function existing({ id, email }: Incoming, account: Existing): { messages: string[]; withAnotherId: boolean } {
  const withAnotherId = id !== undefined && account.id !== id
  if (withAnotherId)
    return {
      messages: [`${email} exists, with the id ${account.id}: the person with the id ${id} is not imported`],
      withAnotherId,
    }
  const other = account.email === email ? '' : `, with the email ${account.email}`
  return { messages: [`${email} exists${other}`], withAnotherId }
}

function shortcomings({ email, factor, password }: Incoming, unusable: UnusableFactor): string[] {
  return [
    ...(password !== undefined && isShort(password)
      ? [`${email} has a password that is too short to be chosen here`]
      : []),
    ...(factor.is === 'totp' && factor.isWeak
      ? [`${email} has a weak authenticator, which the next sign-in replaces`]
      : []),
    ...(factor.is === 'unusable'
      ? [`${email} comes without its second factor, as ${factor.why}: ${consequences[unusable]}`]
      : []),
  ]
}

/** Three at a time: the queue of hashes lets fewer wait than entries are at work. */
const inLine = exclusively()
let hashes = 0
const hashed = (password: string): Promise<string> => inLine([`${hashes++ % 3}`], () => hashPassword(password))

/** A store that answers late, or is away for seconds, does not end an import. Milliseconds. */
const PAUSES = [200, 1000, 3000, 10_000]

async function persistently<T>(work: () => Promise<T>, pause: (ms: number) => Promise<unknown>): Promise<T> {
  for (const ms of PAUSES) {
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error
      await pause(ms)
    }
  }
  return work()
}

type Existing = { readonly id: string; readonly email: string }

/** @param id of the account, if it is created */
async function importOne(
  incoming: Incoming,
  id: string,
  tools: ImportTools,
): Promise<Exclude<Outcome, 'exists'> | { readonly fault: string } | { readonly existing: Existing }> {
  const { accounts, clock, adopt, replaceFactor } = tools
  const { password, password_hash, factor, locale, email_verified: emailVerified, id: given, ...others } = incoming
  const { given_name: givenName, family_name: familyName, preferred_username: preferredUsername, ...rest } = others
  const [byEmail, byId] = await Promise.all([
    accounts.findByEmail(rest.email),
    given === undefined ? null : accounts.byId(given),
  ])
  // Applications may keep data under the id of a deleted account: another person must not get it.
  if (byId === 'removed') return { fault: 'id: belonged to an account that was deleted, and is never used again' }
  const account = byEmail ?? byId
  // Created by an attempt whose answer was lost.
  if (given === undefined && account?.id === id) return 'created'
  const at = clock.now()
  if (account) {
    // The id alone does not suffice to replace an authenticator, nor does the email: it must be the same person.
    const isSame = account.email === rest.email && (given === undefined || account.id === given)
    if (!replaceFactor || factor.is !== 'totp' || !isSame) return { existing: account }
    const refused = tools.check ? undefined : await replaceFactor(account.id, { secret: factor.secret, at })
    return refused === undefined ? 'replaced' : { fault: `totp: not replaced: ${refused}` }
  }
  if (tools.check) return 'created'
  const passwordHash = password_hash ?? (password === undefined ? null : await hashed(password))
  // The record first: an account without a record would look damaged or, worse, new.
  const refused = factor.is === 'totp' ? await adopt(id, { secret: factor.secret, at }) : undefined
  if (refused !== undefined) return { fault: `totp: the id has a record already: ${refused}` }
  // Without a record it counts as lost: refused at sign-in, and repaired by a reset.
  const isLost = factor.is === 'unusable' && consequenceOf(incoming, tools) !== 'set-up'
  const created = await accounts.create({
    ...rest,
    id,
    emailVerified,
    givenName,
    familyName,
    preferredUsername,
    locale: locale ?? null,
    passwordHash,
    secondFactorSince: factor.is === 'totp' || isLost ? at : null,
    ...(isLost && { secondFactor: 'unavailable' }),
  })
  if (created !== 'exists') return 'created'
  // Created meanwhile by another process: the directory must know of the factor.
  if (factor.is === 'totp') await accounts.enrolled(id, at)
  return { existing: { id, email: rest.email } }
}
