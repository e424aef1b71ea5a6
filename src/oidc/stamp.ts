/**
 * The stamp: the epoch of a proof, and the time of the second factor. A session carries it in a field, a grant in its id, so that codes
 * and tokens carry it too and neither refresh nor SSO can renew it.
 */
import { digest, newId } from '../crypto/tokens.ts'

export interface Stamp {
  readonly accountId: string
  readonly epoch: number
  /** Time of the second factor; null: the password alone. Epoch seconds. */
  readonly at: number | null
}

/** The epoch of facts that prove nothing: no record has it, so a sign-in with it leads to the login prompt again. */
export const NO_EPOCH = -1

export interface GrantStamp {
  readonly epoch: number
  readonly at: number | null
  /** Tag of its session; null: issued before grants had one. */
  readonly session: string | null
}

/** Identifies a session in grant ids. The `uid` stays when the cookie rotates or a later sign-in is made in the session. */
export const sessionTag = (uid: string): string => digest({ for: 'session-tag', session: uid }).slice(0, 22)

/** A fresh grant id that carries the stamp and the session's tag: `e{epoch}.{at}.s{tag}.{random}`; without a session no tag. */
export const stampedGrantId = ({ epoch, at }: Stamp, sessionUid: string | null): string =>
  `e${epoch}.${at ?? 0}.${sessionUid === null ? '' : `s${sessionTag(sessionUid)}.`}${newId()}`

/** null: the id has no stamp, so the grant proves nothing. */
export function stampOfGrant(grantId: string): GrantStamp | null {
  const match = /^e(\d{1,12})\.(\d{1,12})\.(?:s([\w-]{22})\.)?[\w-]{22}$/.exec(grantId)
  return match ? { epoch: Number(match[1]), at: Number(match[2]) || null, session: match[3] ?? null } : null
}

/** Whether a grant was made in this session with its present stamp. */
export const isGrantOf = (grant: GrantStamp, stamp: Stamp, sessionUid: string): boolean =>
  grant.epoch === stamp.epoch && grant.at === stamp.at && grant.session === sessionTag(sessionUid)

/** null: not a well-formed stamp. */
export function readStamp(value: unknown): Stamp | null {
  if (typeof value !== 'object' || value === null) return null
  const { accountId, epoch, at } = value as Partial<Stamp>
  const whole =
    typeof accountId === 'string' && Number.isSafeInteger(epoch) && (at === null || Number.isSafeInteger(at))
  return whole ? ({ accountId, epoch, at } as Stamp) : null
}
