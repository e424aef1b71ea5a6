/**
 * The only check of a submitted password. It counts wrong passwords and pauses. An unknown email causes the same reads and writes as a
 * known one.
 */
import type { Context } from 'koa'
import type { Prefetched } from '../accounts/accounts.ts'
import { createLookups, type Lookups } from '../core/lookups.ts'
import {
  type Counted,
  ownPause,
  type PasswordCounts,
  type PasswordPause,
  passwordPauseSeconds,
  strangersPause,
} from '../core/passwordAttempts.ts'
import { emailKey } from '../email.ts'
import type { Authenticated, Person } from '../ports.ts'
import type { SignInEvent } from '../core/signInEvent.ts'
import { callerOf, type Services } from './context.ts'
import { isKnownHere } from './knownBrowser.ts'
import type { Pausing } from '../service/limiter.ts'
import { addressOf } from './clientAddress.ts'
import { limitNetwork } from '../core/ipAddress.ts'
import { sayRetry, secondsUntil } from './retryAfter.ts'

export type PasswordJudgement =
  /** `accepted`: to be called once nothing else is wrong. It clears the count of wrong ones. */
  | {
      readonly is: 'right'
      readonly person: Authenticated<Person>
      readonly accepted: () => void
      /** Its record, where this process knew the account of the email. */
      readonly prefetched: Prefetched
    }
  | { readonly is: 'wrong' }
  | { readonly is: 'paused'; readonly until: number }

/** The id of no account. Reading its record costs as much as reading a real one. */
const NOBODY = 'nobody'

/** Accounts of right passwords lately, by email. */
const lookups = new WeakMap<Services['accounts'], Lookups<string>>()

function accountsByEmail({ accounts }: Services): Lookups<string> {
  const known = lookups.get(accounts) ?? createLookups<string>()
  lookups.set(accounts, known)
  return known
}

interface Attempt {
  readonly services: Services
  readonly ctx: Context
  readonly email: string
  readonly network: string
  readonly browser: string
}

interface Counts extends PasswordCounts {
  readonly browser: Counted | null
  readonly here: Counted | null
}

/** @param typed `browser`: digest of the cookie that every form needs, from the guard of forms */
export async function judgePassword(
  services: Services,
  ctx: Context,
  typed: { readonly email: string; readonly password: string; readonly browser: string },
): Promise<PasswordJudgement> {
  const attempt: Attempt = {
    services,
    ctx,
    email: emailKey(typed.email),
    network: limitNetwork(addressOf(ctx)),
    browser: typed.browser,
  }
  // In parallel with the directory: an ordinary sign-in waits for one round trip. One record is read whatever the email.
  const reading = countsOf(attempt)
  const known = accountsByEmail(services)
  const prefetched = services.accounts.prefetch(known.get(attempt.email) ?? NOBODY)
  let found: string | null = null
  let pause: PasswordPause | null | undefined
  const admit = async (id: string | null): Promise<boolean> => {
    found = id
    pause = await pauseOf(attempt, await reading, id)
    return pause === null
  }
  const answered = services.directory.authenticate?.(typed.email, typed.password, { network: attempt.network, admit })
  const [person = null] = await Promise.all([answered, reading])
  // For a directory that does not call `admit`, its answer decides.
  if (pause === undefined) await admit(person?.id ?? null)
  if (pause) {
    services.onLimit(`password.${pause.because}`)
    return { is: 'paused', until: pause.until }
  }
  if (!person) {
    await countWrong(attempt, found)
    return { is: 'wrong' }
  }
  known.learn(attempt.email, person.id)
  const counts = await reading
  return { is: 'right', person, accepted: () => forget(attempt, counts), prefetched }
}

interface RefusedPassword {
  readonly of: Extract<SignInEvent, { readonly type: 'password.refused' }>['of']
  readonly judged: PasswordJudgement | null
  readonly client?: { readonly id: string } | null
}

/**
 * A wrong password, the email of an unknown person, or an attempt during a pause, in which no password is looked at. `client` is null where
 * there is no application.
 */
export function auditRefusedPassword(
  services: Services,
  ctx: Context,
  { of, judged, client = null }: RefusedPassword,
): void {
  const reason = judged?.is === 'paused' ? 'paused' : null
  const clientId = client?.id ?? null
  services.signInLog.record({ type: 'password.refused', of, reason, clientId, caller: callerOf(ctx, null) })
}

/** Sets `Retry-After` and returns the status. */
export function tooMany({ clock }: Pick<Services, 'clock'>, ctx: Context, until: number): 429 {
  sayRetry(ctx, secondsUntil({ clock }, until))
  return 429
}

async function countsOf({ services, email, network, browser }: Attempt): Promise<Counts> {
  const { limiter } = services
  const [[inBrowser, browserPause], [here, herePause], account, networkCount] = await Promise.all([
    limiter.readBoth('password.browser', email, browser),
    limiter.readBoth('password.here', email, network),
    limiter.read('password.account', email),
    limiter.read('password.network', network),
  ])
  return { browserPause, herePause, account, network: networkCount, browser: inBrowser, here }
}

/** @param id of the account that the directory found; null: none */
async function pauseOf(attempt: Attempt, counts: Counts, id: string | null): Promise<PasswordPause | null> {
  const { services } = attempt
  const now = services.clock.now()
  const pause = ownPause(counts, now) ?? strangersPause(counts, now, services.rules)
  // The record is read only in a pause, so that an ordinary sign-in costs no read here.
  return pause && pause.because !== 'browser' && (await isKnown(attempt, id)) ? null : pause
}

async function isKnown({ services, ctx }: Attempt, id: string | null): Promise<boolean> {
  const account = await services.accounts.getStored(id ?? NOBODY)
  return account !== null && isKnownHere(services, ctx, account)
}

async function countWrong(attempt: Attempt, id: string | null): Promise<void> {
  const { services, email, network, browser } = attempt
  const { limiter } = services
  const known = await isKnown(attempt, id)
  const grow = async (name: Pausing, where: string): Promise<void> => {
    const { count } = await limiter.count(name, email, where)
    const seconds = passwordPauseSeconds(count, services.rules)
    if (seconds > 0) await limiter.pause(name, seconds, email, where)
  }
  await Promise.all([
    grow('password.browser', browser),
    known ? null : grow('password.here', network),
    known ? null : limiter.count('password.account', email),
    known ? null : limiter.count('password.network', network),
  ])
  services.onLimit('password.wrong')
}

/**
 * Clears counts after the answer. The count of the network is cleared only if this browser caused all of it: an attacker behind the same
 * address must not get new attempts from the owner's sign-ins.
 */
function forget({ services, email, network, browser }: Attempt, counts: Counts): void {
  const { limiter } = services
  const doing = 'forgetting wrong passwords'
  const own = counts.browser?.count ?? 0
  if (own > 0) services.afterwards(() => limiter.forget('password.browser', email, browser), doing)
  if (counts.here && counts.here.count <= own)
    services.afterwards(() => limiter.forget('password.here', email, network), doing)
}
