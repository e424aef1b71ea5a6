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

const GRANT_ID = /^e(\d{1,12})\.(\d{1,12})\.(?:s([\w-]{22})\.)?[\w-]{22}$/

/** What has no stamp is of before the mount: it counts until the first rise of the account's epoch, and proves no second factor. */
const UNSTAMPED = { epoch: 0, at: null } as const

export interface StampedSession {
  readonly accountId?: string | undefined
  readonly twoFactor?: unknown
}

/** The stamp of a session, as the library has it or as it is stored, or of a grant's id. null: malformed, or another account's. */
export function stampOf(grantId: string): GrantStamp
export function stampOf(session: StampedSession): Stamp | null
export function stampOf(of: string | StampedSession): GrantStamp | Stamp | null
export function stampOf(of: string | StampedSession): GrantStamp | Stamp | null {
  if (typeof of === 'string') {
    const match = GRANT_ID.exec(of)
    if (!match) return { ...UNSTAMPED, session: null }
    return { epoch: Number(match[1]), at: Number(match[2]) || null, session: match[3] ?? null }
  }
  const { accountId, twoFactor } = of
  if (accountId === undefined) return null
  if (twoFactor === undefined) return { ...UNSTAMPED, accountId }
  const stamp = readStamp(twoFactor)
  return stamp?.accountId === accountId ? stamp : null
}

/** Whether it was issued under this mount. */
export const isStamped = (of: string | StampedSession): boolean =>
  typeof of === 'string' ? GRANT_ID.test(of) : readStamp(of.twoFactor) !== null

/** Whether a grant was made in this session with its present stamp. */
export const isGrantOf = (grant: GrantStamp, stamp: Stamp, sessionUid: string): boolean =>
  grant.epoch === stamp.epoch && grant.at === stamp.at && grant.session === sessionTag(sessionUid)

/** A stamp outside of a session: in a login result. null: not a well-formed one. */
export function readStamp(value: unknown): Stamp | null {
  if (typeof value !== 'object' || value === null) return null
  const { accountId, epoch, at } = value as Partial<Stamp>
  const whole =
    typeof accountId === 'string' && Number.isSafeInteger(epoch) && (at === null || Number.isSafeInteger(at))
  return whole ? ({ accountId, epoch, at } as Stamp) : null
}
