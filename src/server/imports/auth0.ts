/**
 * Users of Auth0, as its bulk import and its export have them.
 * @see https://auth0.com/docs/manage-users/user-migration/bulk-user-import-database-schema-and-examples
 */
import { readHash } from '../../crypto/passwordHashes.ts'
import {
  type Converter,
  firstUsable,
  listOf,
  localeOf,
  notInFile,
  objectOf,
  rolesOf,
  textOf,
  textsOf,
} from './candidate.ts'

type Fields = Readonly<Record<string, unknown>>

export const fromAuth0: Converter = (entry, take) => {
  const user = objectOf(entry)
  const email = textOf(user['email'])
  const id = idOf(user)
  if (email === undefined) return { fault: `${id ?? 'a user'} has no email, which an account needs` }
  const [first, last] = [textOf(user['given_name']), textOf(user['family_name'])]
  const whole = [first, last].flatMap((name) => name ?? []).join(' ')
  const app = objectOf(user['app_metadata'])
  const password = passwordOf(user, id)
  const factor = factorOf(listOf(user['mfa_factors']), textsOf(user['multifactor']))
  return {
    value: {
      ...(id !== undefined && { id }),
      email,
      email_verified: user['email_verified'] === true,
      name: textOf(user['name']) ?? (whole || (textOf(user['nickname']) ?? email)),
      locale: localeOf(user['locale'] ?? objectOf(user['user_metadata'])['locale']),
      roles: rolesOf(textsOf(app['roles']), take),
      groups: take.groups ? textsOf(app['groups']) : [],
      status: user['blocked'] === true ? 'disabled' : 'active',
      password_hash: password.hash,
      totp: factor.totp,
    },
    lostPassword: password.lost,
    lostFactor: factor.lost,
    remarks: factor.remarks,
  }
}

/** The export of password hashes has the id without the name of its provider. */
function idOf(user: Fields): string | undefined {
  const bare = textOf(objectOf(user['_id'])['$oid'])
  return textOf(user['user_id']) ?? (bare === undefined ? undefined : `auth0|${bare}`)
}

function passwordOf(user: Fields, id: string | undefined): { readonly hash?: string; readonly lost?: string } {
  const custom = objectOf(user['custom_password_hash'])
  const isCustom = user['custom_password_hash'] !== undefined
  const hash = isCustom ? customHash(custom) : textOf(user['password_hash'] ?? user['passwordHash'])
  if (hash === undefined) {
    const [, provider] = /^([^|]+)\|/.exec(id ?? '') ?? []
    if (provider === undefined) return {}
    return { lost: provider === 'auth0' ? notInFile : `it signed in through ${provider}` }
  }
  const read = hash === null ? 'unknown' : readHash(hash)
  return hash === null || typeof read === 'string'
    ? { lost: `its hash is ${typeof read === 'string' ? read.replace('-', ' ') : 'unknown'}` }
    : { hash }
}

/** One of the forms that `readHash` knows; null: none. */
function customHash(custom: Fields): string | null {
  const [hash, salt] = [objectOf(custom['hash']), objectOf(custom['salt'])]
  const value = textOf(hash['value'])
  const algorithm = textOf(custom['algorithm']) ?? ''
  if (value === undefined || objectOf(custom['password'])['encoding'] === 'utf16le') return null
  if (['argon2', 'bcrypt', 'pbkdf2', 'ldap'].includes(algorithm)) return value
  const salted = bytesOf(salt, 'utf8')
  if (algorithm === 'scrypt') {
    const cost = Math.log2(Number(custom['cost'] ?? 16_384))
    const [r, p] = [Number(custom['blockSize'] ?? 8), Number(custom['parallelization'] ?? 1)]
    return `$scrypt$ln=${cost},r=${r},p=${p}$${plain(salted)}$${plain(bytesOf(hash, 'base64'))}`
  }
  const size = /^sha(1|256|512)$/.exec(algorithm)?.[1]
  // Only a salt behind the password is what LDAP has.
  if (size === undefined || (salted.length > 0 && salt['position'] !== 'suffix')) return null
  const all = Buffer.concat([bytesOf(hash, 'hex'), salted])
  return `{SSHA${size === '1' ? '' : size}}${all.toString('base64')}`
}

const plain = (bytes: Buffer): string => bytes.toString('base64').replace(/=+$/, '')

function bytesOf(given: Fields, usual: BufferEncoding): Buffer {
  const encoding = textOf(given['encoding']) ?? usual
  return Buffer.from(textOf(given['value']) ?? '', Buffer.isEncoding(encoding) ? encoding : usual)
}

function factorOf(
  factors: readonly unknown[],
  enrolled: readonly string[],
): {
  readonly totp?: string
  readonly lost?: string
  readonly remarks: readonly string[]
} {
  const kinds = factors.flatMap((factor) => Object.keys(objectOf(factor)))
  if (factors.length === 0) return { remarks: [], ...(enrolled.length > 0 && { lost: notInFile }) }
  const secret = firstUsable(factors.flatMap((factor) => textOf(objectOf(objectOf(factor)['totp'])['secret']) ?? []))
  if (secret === undefined) return { lost: `it is of type ${kinds.join(', ') || 'unknown'}`, remarks: [] }
  const others = kinds.filter((kind) => kind !== 'totp')
  return { totp: secret, remarks: others.map((kind) => `a further second factor of type ${kind} is left out`) }
}
