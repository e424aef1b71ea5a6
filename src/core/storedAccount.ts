/**
 * The stored text of a record: a list with a position for every field, so that it is short and a missing value is damage. Format 2 is
 * written until the first passkey, so that an older version can still be put back, and format 3 from then on.
 * Format 1 was the document itself. It is read as well.
 */
import { type Account, type Attempts, type Factor, FORMAT } from './account.ts'
import { noAttempts } from './attempts.ts'
import { isCount } from './count.ts'
import { hasPasskey } from './questions.ts'
import { isWholeFactor, readFactor, writeFactor } from './storedFactor.ts'

/** Raised when a field changes its meaning or its position. A record of a newer format is refused, never stripped. */
const STORED_FORMAT = 2
const WITH_PASSKEYS = 3

const hadPasskey = (account: Account): boolean => account.userHandle !== undefined || hasPasskey(account)

export function writeAccount(account: Account): string {
  const isListed = hadPasskey(account)
  const { id, epoch, endedAt, signInsEnded, factor, attempts, resets, links, password, acts, outbox } = account
  const fields = [
    id,
    epoch,
    endedAt ?? null,
    signInsEnded ?? null,
    factor.is === 'active' ? writeFactor(factor, isListed) : factor,
    isNone(attempts) ? 0 : attempts,
    resets,
    links,
    password ?? null,
    acts,
    outbox,
    account.outboxCount,
    // Of few records.
    ...(account.restored === undefined && !isListed ? [] : [account.restored ?? null]),
    ...(isListed ? [account.userHandle ?? null, account.passkeyNumber ?? 0] : []),
  ]
  return JSON.stringify({ format: isListed ? WITH_PASSKEYS : STORED_FORMAT, fields })
}

const isNone = ({ failures, pausedUntil, known, warned }: Attempts): boolean =>
  failures === 0 && pausedUntil === null && known === undefined && warned === undefined

/** Counts of the values of a record of format 2 that was never restored, and of one of format 3. */
const [length, lengthOfListed] = [12, 15]

/** The document of a text of format 2 or 3; null: it is damaged. */
function document(stored: object, isListed: boolean): Account | null {
  const { fields } = stored as { readonly fields?: unknown }
  const lengths = isListed ? [lengthOfListed] : [length, length + 1]
  if (!Array.isArray(fields) || !lengths.includes(fields.length)) return null
  const [id, epoch, endedAt, signInsEnded, factor, attempts, resets, links, password, acts, outbox, ...more] =
    fields as unknown[]
  const [outboxCount, restored, userHandle, passkeyNumber] = more
  const isRestored = fields.length > length && !(isListed && restored === null)
  if (isRestored && typeof restored !== 'string') return null
  const whole = Array.isArray(factor) ? readFactor(factor, isListed) : factor
  return {
    format: FORMAT,
    id,
    epoch,
    ...(endedAt !== null && { endedAt }),
    ...(signInsEnded !== null && { signInsEnded }),
    factor: whole,
    ...(isListed && { userHandle, passkeyNumber }),
    attempts: attempts === 0 ? noAttempts : attempts,
    resets,
    links,
    ...(password !== null && { password }),
    ...(isRestored && { restored }),
    acts,
    outbox,
    outboxCount,
  } as Account
}

export type Reading =
  | { readonly is: 'account'; readonly account: Account }
  | { readonly is: 'damaged' }
  | { readonly is: 'newer'; readonly format: number }

/** Reads a stored record. Text that cannot be understood is damage; a record of a newer format is left untouched. */
export function readAccount(id: string, text: string): Reading {
  const stored = parse(text)
  if (stored === null) return { is: 'damaged' }
  const { format }: { readonly format?: unknown } = stored
  if (typeof format === 'number' && format > WITH_PASSKEYS) return { is: 'newer', format }
  const isList = format === STORED_FORMAT || format === WITH_PASSKEYS
  const account = isList ? document(stored, format === WITH_PASSKEYS) : stored
  if (account === null) return { is: 'damaged' }
  const whole =
    account.format === FORMAT &&
    account.id === id &&
    isCount(account.epoch) &&
    isCount(account.endedAt ?? 0) &&
    isCount(account.outboxCount) &&
    isWhole(account.factor) &&
    (account.userHandle === undefined || typeof account.userHandle === 'string') &&
    isCount(account.passkeyNumber ?? 0) &&
    (account.signInsEnded === undefined || isEnd(account.signInsEnded)) &&
    isCount(account.attempts?.failures) &&
    isPause(account.attempts.pausedUntil) &&
    (account.attempts.known === undefined || isWholeRun(account.attempts.known)) &&
    [account.resets, account.links, account.acts, account.outbox].every(Array.isArray)
  return whole ? { is: 'account', account } : { is: 'damaged' }
}

function isWhole(factor: Factor | undefined | null): boolean {
  switch (factor?.is) {
    case 'none':
      return true
    case 'active':
      return isWholeFactor(factor)
    case 'reset':
      return isCount(factor.signInUntil) && typeof factor.frozen === 'boolean'
    case 'deleted':
      return isCount(factor.at)
    case 'lost':
    case undefined:
    default:
      return false
  }
}

const isEnd = (ended: Account['signInsEnded'] | null): boolean => isCount(ended?.epoch) && isCount(ended?.at)
const isPause = (pausedUntil: unknown): boolean => pausedUntil === null || isCount(pausedUntil)
const isWholeRun = (run: Attempts['known'] | null): boolean => isCount(run?.failures) && isPause(run?.pausedUntil)

function parse(text: string): Account | null {
  try {
    const stored: unknown = JSON.parse(text)
    return typeof stored === 'object' ? (stored as Account | null) : null
  } catch {
    return null
  }
}
