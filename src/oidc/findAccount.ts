/** `findAccount`: active persons only. On resume, a finished sign-in becomes a session here, or is refused. */
import type { Configuration, KoaContextWithOIDC } from 'oidc-provider'
import type { Account } from '../core/account.ts'
import { bindingOf, mayBecomeSession } from '../core/browser.ts'
import { readDevice } from '../core/device.ts'
import { isSignInOver } from '../core/questions.ts'
import { SignInNotStamped } from '../errors.ts'
import type { Directory } from '../ports.ts'
import { activePerson } from './activePerson.ts'
import type { Assurance } from './assurance.ts'
import type { ClientTrust } from './clientTrust.ts'
import { type SignInBrowsers, signInIdOf } from './browser.ts'
import { dropSignIn } from './internals.ts'
import { orUnavailable } from './outage.ts'
import { noteAccepted, noteRefused, type OnSignInEvent, type SignInRefusal } from './signInEvents.ts'
import { accountOf } from './personClaims.ts'
import { readStamp, stampOf } from './stamp.ts'

export interface FindAccountOptions {
  readonly directory: Pick<Directory, 'find'>
  readonly browsers: SignInBrowsers
  readonly onSignInEvent: OnSignInEvent
  readonly assurance: Assurance
  readonly trust: Pick<ClientTrust, 'claimsOf'>
  /** null: the record is damaged or missing. */
  readonly getStored: (accountId: string) => Promise<Account | null>
}

type FindAccount = NonNullable<Configuration['findAccount']>

/** Requests whose sign-in was refused although a page had accepted it. */
const refused = new WeakMap<object, SignInRefusal>()
export const refusalOf = ({ oidc }: KoaContextWithOIDC): SignInRefusal | null => refused.get(oidc) ?? null

export function findAccount(
  { directory, browsers, onSignInEvent, getStored, assurance, trust }: FindAccountOptions,
  ofHost: FindAccount | undefined,
): FindAccount {
  return async (ctx, sub, token) => {
    const isParked = !token && Boolean(ctx.oidc.result?.login)
    const [person, account, theirs] = await Promise.all([
      orUnavailable(() => activePerson(directory, sub)),
      isParked ? getStored(sub) : null,
      ofHost?.(ctx, sub, token),
    ])
    // Both must know the person: a host that bans by its own `findAccount` has the last word.
    const found = person ? (ofHost ? theirs : accountOf(ctx, person, trust)) : undefined
    if (isParked && !stampSession(ctx, browsers, { sub, account: found ? account : null })) {
      const reason = !found ? 'account-disabled' : account ? 'sign-in-over' : 'record-lost'
      refused.set(ctx.oidc, reason)
      noteRefused(ctx, onSignInEvent, sub, reason)
      return undefined
    }
    if (!token && !isParked) stampExisting(ctx, assurance)
    return found
  }
}

/** A session of before the mount gets its stamp at its first use; it passed the epoch filter as one of epoch 0. */
function stampExisting({ oidc: { session } }: KoaContextWithOIDC, { oneFactor }: Assurance): void {
  if (session?.accountId === undefined || session.twoFactor !== undefined) return
  const stamp = stampOf(session)
  if (stamp) session.twoFactor = stamp
  session.acr ??= oneFactor
}

/**
 * The library applies a parked result on resume and does not know its stamp. After a reset, or in another browser, the password is
 * asked again: an attacker may have proven the second factor before the reset, or planted the sign-in in the victim's browser.
 */
function stampSession(
  ctx: KoaContextWithOIDC,
  browsers: SignInBrowsers,
  { sub, account }: { readonly sub: string; readonly account: Account | null },
): boolean {
  const { session, result, entities } = ctx.oidc
  if (!session) return false
  const stamp = readStamp(result?.['twoFactor'])
  if (!stamp) throw new SignInNotStamped('a sign-in without a second-factor stamp: finish it with loginResult()')
  const shown = entities.Interaction ? browsers.shown(ctx.req, signInIdOf(entities.Interaction)) : null
  const isHere = mayBecomeSession(bindingOf(result?.['browser']), shown)
  // In a live session of the same person it is not a new sign-in: the end of that session would have ended it.
  const live = readStamp(session.twoFactor)
  const isLive = live?.accountId === sub && live.epoch === account?.epoch
  const since = isLive ? null : Number(result?.['since'] ?? 0)
  const isOver = !account || isSignInOver(account, { epoch: stamp.epoch, since })
  if (stamp.accountId !== sub || isOver || !isHere) {
    dropSignIn(ctx)
    return false
  }
  session.twoFactor = stamp
  noteAccepted(ctx, stamp)
  if (result?.['device']) session.device = readDevice(result['device'])
  return true
}
