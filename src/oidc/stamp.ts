/**
 * The stamp: under which epoch something was proven, and when the second factor was. A session carries it as a field; a grant in
 * its id, so that codes and tokens, which carry the grant's id, carry it too and neither refresh nor SSO can renew it.
 */
import { digest, newId } from '../crypto/tokens.ts'

export interface Stamp {
  readonly accountId: string
  readonly epoch: number
  /** When the second factor was proven; null: the password alone. Epoch seconds. */
  readonly at: number | null
}

/** The epoch of what counts for nothing: no record has it, so resuming a sign-in with it asks for the password again. */
export const NO_EPOCH = -1

export interface GrantStamp {
  readonly epoch: number
  readonly at: number | null
  /** Tag of the session it was made in; null: made before grants carried one. */
  readonly session: string | null
}

/** What the grants of a session carry. The session's `uid` stays when its cookie is renewed or a later sign-in is made in it. */
export const sessionTag = (uid: string): string => digest({ for: 'session-tag', session: uid }).slice(0, 22)

/** A fresh grant id that carries the stamp and the session's tag: `e{epoch}.{at}.s{tag}.{random}`. */
export const stampedGrantId = ({ epoch, at }: Stamp, sessionUid: string): string =>
  `e${epoch}.${at ?? 0}.s${sessionTag(sessionUid)}.${newId()}`

/** The stamp in a grant's id; null: it has none, so it proves nothing. */
export function stampOfGrant(grantId: string): GrantStamp | null {
  const match = /^e(\d{1,12})\.(\d{1,12})\.(?:s([\w-]{22})\.)?[\w-]{22}$/.exec(grantId)
  return match ? { epoch: Number(match[1]), at: Number(match[2]) || null, session: match[3] ?? null } : null
}

/** Whether a grant was made in this session, for what its stamp says now. */
export const isGrantOf = (grant: GrantStamp, stamp: Stamp, sessionUid: string): boolean =>
  grant.epoch === stamp.epoch && grant.at === stamp.at && grant.session === sessionTag(sessionUid)

/** The stamp in a stored session or a parked result, or null when it has none of the right shape. */
export function readStamp(value: unknown): Stamp | null {
  if (typeof value !== 'object' || value === null) return null
  const { accountId, epoch, at } = value as Partial<Stamp>
  const whole =
    typeof accountId === 'string' && Number.isSafeInteger(epoch) && (at === null || Number.isSafeInteger(at))
  return whole ? ({ accountId, epoch, at } as Stamp) : null
}
