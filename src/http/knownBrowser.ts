/**
 * The accounts that completed a sign-in with a second factor in this browser, in one sealed cookie. It only avoids throttling and warning
 * emails: a copy gives no access.
 */
import type { Context } from 'koa'
import { z } from 'zod'
import type { Account } from '../core/account.ts'
import { digest } from '../crypto/tokens.ts'
import type { Services } from './context.ts'
import { type CookieUse, sealedCookies } from './sealedCookies.ts'

/** How many accounts a browser remembers, the newest first. It keeps the cookie under 700 bytes. */
export const KNOWN_ACCOUNTS = 8
/** How long an unused browser is remembered. Seconds: half a year. */
const KNOWN_SECONDS = 15_552_000

const NAME = 'rekey_known'
const USE: CookieUse = { for: 'known-browser' }
const knownSchema = z.array(z.tuple([z.string(), z.number(), z.number()]))

type Marked = Pick<Account, 'id' | 'epoch'>
type Needs = Pick<Services, 'sealing' | 'secure' | 'cookiePath' | 'clock'>

const keyOf = (accountId: string): string => digest({ for: 'known-account', account: accountId }).slice(0, 22)

const knownIn = (services: Needs, ctx: Context): z.infer<typeof knownSchema> =>
  (sealedCookies(services).read(ctx, { name: NAME }, USE, knownSchema) ?? []).filter(
    ([, , until]) => services.clock.now() < until,
  )

/** Whether this account completed a sign-in here under its current epoch. */
export const isKnownHere = (services: Needs, ctx: Context, { id, epoch }: Marked): boolean =>
  knownIn(services, ctx).some(([key, then]) => key === keyOf(id) && then === epoch)

/** A key for the account that last completed a sign-in here; null: there is none. */
export const knownKeyIn = (services: Needs, ctx: Context): string | null => knownIn(services, ctx)[0]?.[0] ?? null

/** Call it only for a completed sign-in with a second factor. */
export function rememberHere(services: Needs, ctx: Context, { id, epoch }: Marked): void {
  const key = keyOf(id)
  const others = knownIn(services, ctx).filter(([other]) => other !== key)
  const known = [[key, epoch, services.clock.now() + KNOWN_SECONDS], ...others].slice(0, KNOWN_ACCOUNTS)
  sealedCookies(services).write(ctx, { name: NAME, path: '/', maxAgeSeconds: KNOWN_SECONDS }, USE, known)
}
