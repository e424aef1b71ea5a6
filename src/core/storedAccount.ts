/**
 * The stored text of a record. Format 2 is a list with a position for every field, so that it is short and a missing value is damage.
 * Format 1 was the document itself. It is read as well, and the next change writes format 2.
 */
import { type Account, type Active, type Attempts, type Factor, FORMAT } from './account.ts'
import { noAttempts } from './attempts.ts'

/** Raised when a field changes its meaning or its position. A record of a newer format is refused, never stripped. */
const STORED_FORMAT = 2

export function writeAccount(account: Account): string {
  const { id, epoch, endedAt, signInsEnded, factor, attempts, resets, links, password, acts, outbox } = account
  const fields = [
    id,
    epoch,
    endedAt ?? null,
    signInsEnded ?? null,
    factor.is === 'active' ? writeActive(factor) : factor,
    isNone(attempts) ? 0 : attempts,
    resets,
    links,
    password ?? null,
    acts,
    outbox,
    account.outboxCount,
    // Of few records.
    ...(account.restored === undefined ? [] : [account.restored]),
  ]
  return JSON.stringify({ format: STORED_FORMAT, fields })
}

const isNone = ({ failures, pausedUntil, known, warned }: Attempts): boolean =>
  failures === 0 && pausedUntil === null && known === undefined && warned === undefined

function writeActive({ authenticators: [totp], backupCodes: codes, ...factor }: Active): unknown[] {
  const authenticator = [totp.id, totp.sealed, totp.lastStep, totp.lastForm, totp.isWeak ?? false]
  const set = [codes.sealed, codes.issuedAt, codes.used, codes.lastForm, codes.savedAt, codes.binding]
  const { enrolledAt, epoch, lastUsedAt, usedProofAt = null, binding } = factor
  return [...authenticator, ...set, enrolledAt, epoch, lastUsedAt, usedProofAt, binding]
}

/** Counts of the values of a record that was never restored, and of an active factor. */
const length = 12
const lengthOfFactor = 16

/** The document of a text of format 2; null: it is damaged. */
function document(stored: object): Account | null {
  const { fields } = stored as { readonly fields?: unknown }
  if (!Array.isArray(fields) || (fields.length !== length && fields.length !== length + 1)) return null
  const restored: unknown = fields[length]
  if (fields.length > length && typeof restored !== 'string') return null
  const [id, epoch, endedAt, signInsEnded, factor, attempts, resets, links, password, acts, outbox, outboxCount] =
    fields as unknown[]
  const whole = Array.isArray(factor) ? active(factor) : factor
  return {
    format: FORMAT,
    id,
    epoch,
    ...(endedAt !== null && { endedAt }),
    ...(signInsEnded !== null && { signInsEnded }),
    factor: whole,
    attempts: attempts === 0 ? noAttempts : attempts,
    resets,
    links,
    ...(password !== null && { password }),
    ...(fields.length > length && { restored }),
    acts,
    outbox,
    outboxCount,
  } as Account
}

function active(fields: readonly unknown[]): unknown {
  const [id, sealed, lastStep, lastForm, isWeak, ...afterTotp] = fields
  const [codes, issuedAt, used, formOfCodes, savedAt, bindingOfCodes, ...rest] = afterTotp
  const [enrolledAt, epoch, lastUsedAt, usedProofAt, binding] = rest
  if (fields.length !== lengthOfFactor || typeof isWeak !== 'boolean') return null
  return {
    is: 'active',
    authenticators: [{ kind: 'totp', id, sealed, lastStep, lastForm, ...(isWeak && { isWeak }) }],
    backupCodes: { sealed: codes, issuedAt, used, lastForm: formOfCodes, savedAt, binding: bindingOfCodes },
    enrolledAt,
    epoch,
    lastUsedAt,
    ...(usedProofAt !== null && { usedProofAt }),
    binding,
  }
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
  if (typeof format === 'number' && format > STORED_FORMAT) return { is: 'newer', format }
  const account = format === STORED_FORMAT ? document(stored) : stored
  if (account === null) return { is: 'damaged' }
  const whole =
    account.format === FORMAT &&
    account.id === id &&
    isCount(account.epoch) &&
    isCount(account.endedAt ?? 0) &&
    isCount(account.outboxCount) &&
    isWhole(account.factor) &&
    (account.signInsEnded === undefined || isEnd(account.signInsEnded)) &&
    isCount(account.attempts?.failures) &&
    isPause(account.attempts.pausedUntil) &&
    (account.attempts.known === undefined || isWholeRun(account.attempts.known)) &&
    [account.resets, account.links, account.acts, account.outbox].every(Array.isArray)
  return whole ? { is: 'account', account } : { is: 'damaged' }
}

/** Whether a factor has every field that decides on access. A partial one must not grant access or block a reset. */
function isWhole(factor: Factor | undefined | null): boolean {
  switch (factor?.is) {
    case 'none':
      return true
    case 'active': {
      const { authenticators, backupCodes: codes, usedProofAt = 0 } = factor
      const totp = Array.isArray(authenticators) ? authenticators[0] : undefined
      return isCount(totp?.lastStep) && isCount(usedProofAt) && Array.isArray(codes?.used) && codes.used.every(isCount)
    }
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
const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && Number(value) >= 0

function parse(text: string): Account | null {
  try {
    const stored: unknown = JSON.parse(text)
    return typeof stored === 'object' ? (stored as Account | null) : null
  } catch {
    return null
  }
}
