/** The stored text of an active factor: a list with a position for every field. */
import type { Active } from './account.ts'
import { type Passkey, type Totp, totpOf } from './authenticators.ts'
import { isCount } from './count.ts'

/** Format 2, not `isListed`: one app, which came with the factor. */
export function writeFactor({ backupCodes: codes, ...factor }: Active, isListed: boolean): unknown[] {
  const totp = isListed ? null : totpOf(factor)
  const authenticators = totp ? writeApp(totp) : [factor.authenticators.map(writeAuthenticator), codes.of ?? null]
  const set = [codes.sealed, codes.issuedAt, codes.used, codes.lastForm, codes.savedAt, codes.binding]
  const { enrolledAt, epoch, lastUsedAt, usedProofAt = null, binding } = factor
  return [...authenticators, ...set, enrolledAt, epoch, lastUsedAt, usedProofAt, binding]
}

const writeApp = ({ id, sealed, lastStep, lastForm, isWeak }: Totp): unknown[] => [
  id,
  sealed,
  lastStep,
  lastForm,
  isWeak ?? false,
]

const writeAuthenticator = (item: Totp | Passkey): unknown[] =>
  item.kind === 'totp' ? writeApp(item) : fieldsOfPasskey.map((name) => item[name])

const fieldsOfPasskey = [
  'id',
  'sealed',
  'credential',
  'rpId',
  'algorithm',
  'signCount',
  'suspectAt',
  'transports',
  'backupEligible',
  'backedUp',
  'discoverable',
  'name',
  'addedAt',
  'lastUsedAt',
  'lastForm',
] as const satisfies readonly (keyof Passkey)[]

const [lengthOfApp, lengthOfRest] = [5, 11]

/** null: it is damaged. `isWholeFactor` judges the values. */
export function readFactor(fields: readonly unknown[], isListed: boolean): unknown {
  if (isListed) return readListed(fields)
  const totp = readApp(fields.slice(0, lengthOfApp))
  return totp === null ? null : readRest([totp], null, fields.slice(lengthOfApp))
}

function readListed([list, of, ...rest]: readonly unknown[]): unknown {
  if (!Array.isArray(list)) return null
  const authenticators = list.map((item: unknown) => (Array.isArray(item) ? readAuthenticator(item) : null))
  return authenticators.includes(null) ? null : readRest(authenticators, of, rest)
}

function readAuthenticator(fields: readonly unknown[]): unknown {
  if (fields.length === fieldsOfPasskey.length)
    return Object.fromEntries([['kind', 'passkey'], ...fieldsOfPasskey.map((name, n) => [name, fields[n]])])
  return fields.length === lengthOfApp ? readApp(fields) : null
}

function readApp([id, sealed, lastStep, lastForm, isWeak]: readonly unknown[]): object | null {
  return typeof isWeak === 'boolean'
    ? { kind: 'totp', id, sealed, lastStep, lastForm, ...(isWeak && { isWeak }) }
    : null
}

function readRest(authenticators: readonly unknown[], of: unknown, rest: readonly unknown[]): unknown {
  if (rest.length !== lengthOfRest) return null
  const [sealed, issuedAt, used, lastForm, savedAt, bindingOfCodes, ...ofFactor] = rest
  const [enrolledAt, epoch, lastUsedAt, usedProofAt, binding] = ofFactor
  return {
    is: 'active',
    authenticators,
    backupCodes: { sealed, ...(of !== null && { of }), issuedAt, used, lastForm, savedAt, binding: bindingOfCodes },
    enrolledAt,
    epoch,
    lastUsedAt,
    ...(usedProofAt !== null && { usedProofAt }),
    binding,
  }
}

/** Whether a factor has every field that decides on access. A partial one must not grant access or block a reset. */
export function isWholeFactor({ authenticators, backupCodes: codes, usedProofAt = 0 }: Active): boolean {
  const list: readonly unknown[] = Array.isArray(authenticators) ? authenticators : []
  return list.length > 0 && list.every(isWholeAuthenticator) && isCount(usedProofAt) && isWholeSet(codes)
}

const isWholeSet = (codes: Partial<Active['backupCodes']> | null | undefined): boolean =>
  Array.isArray(codes?.used) && codes.used.every(isCount) && (codes.of === undefined || typeof codes.of === 'string')

function isWholeAuthenticator(item: unknown, index: number): boolean {
  const { kind, ...fields } = (item ?? {}) as Partial<Totp | Passkey>
  if (kind === 'totp') return index === 0 && isWholeApp(fields)
  return kind === 'passkey' && isWholePasskey(fields)
}

const isWholeApp = ({ lastStep }: Partial<Totp>): boolean => isCount(lastStep)

const isWholePasskey = ({
  id,
  rpId,
  credential,
  signCount,
  suspectAt,
  addedAt,
  backupEligible,
}: Partial<Passkey>): boolean =>
  typeof id === 'string' &&
  typeof rpId === 'string' &&
  typeof credential === 'string' &&
  typeof backupEligible === 'boolean' &&
  isCount(signCount) &&
  isCount(addedAt) &&
  (suspectAt === null || isCount(suspectAt))
