/**
 * Users of a Keycloak realm export. A credential is two JSON texts: `secretData` and `credentialData`; exports from before Keycloak 8 have
 * their fields on the credential itself.
 * @see https://www.keycloak.org/server/importExport
 */
import { base32Of } from '../../crypto/totp.ts'
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

interface Credential {
  readonly type: string
  readonly secret: Fields
  readonly data: Fields
}

/** Credentials that are no second factor. */
const passwords = ['password', 'password-history']

export const fromKeycloak: Converter = (entry, take) => {
  const user = objectOf(entry)
  const username = textOf(user['username'])
  const email = textOf(user['email']) ?? (username?.includes('@') ? username : undefined)
  if (user['serviceAccountClientId'] !== undefined) return { skipped: `${username ?? 'a user'} is a service account` }
  if (email === undefined) return { fault: `${username ?? 'a user'} has no email, which an account needs` }
  const credentials = listOf(user['credentials']).map(credentialOf)
  const password = passwordOf(user, credentials)
  const factor = factorOf(credentials, user['totp'] === true)
  return {
    value: {
      ...(textOf(user['id']) !== undefined && { id: user['id'] }),
      email,
      // A username that looks like an address was verified by no email.
      email_verified: user['emailVerified'] === true && textOf(user['email']) !== undefined,
      name: [user['firstName'], user['lastName']].flatMap((name) => textOf(name) ?? []).join(' ') || username || email,
      locale: localeOf(listOf(objectOf(user['attributes'])['locale'])[0]),
      roles: rolesOf(textsOf(user['realmRoles']), take),
      groups: take.groups ? textsOf(user['groups']).map((path) => path.replace(/^\//, '')) : [],
      status: user['enabled'] === false ? 'disabled' : 'active',
      password_hash: password.hash,
      totp: factor.totp,
    },
    lostPassword: password.lost,
    lostFactor: factor.lost,
    remarks: factor.remarks,
  }
}

function credentialOf(given: unknown): Credential {
  const credential = objectOf(given)
  const isOld = credential['secretData'] === undefined
  const { hashedSaltedValue: value, salt, value: plain } = credential
  return {
    type: textOf(credential['type']) ?? '',
    secret: isOld ? { value: value ?? plain, salt } : fieldsOf(credential['secretData']),
    data: isOld ? { ...credential, subType: credential['type'] } : fieldsOf(credential['credentialData']),
  }
}

function fieldsOf(json: unknown): Fields {
  try {
    return objectOf(typeof json === 'string' ? JSON.parse(json) : json)
  } catch {
    return {}
  }
}

function passwordOf(
  user: Fields,
  credentials: readonly Credential[],
): { readonly hash?: string; readonly lost?: string | undefined } {
  const credential = credentials.find(({ type }) => type === 'password')
  if (!credential) return { lost: keptElsewhere(user) }
  // An administrator chose it, to be changed at the first sign-in.
  if (textsOf(user['requiredActions']).includes('UPDATE_PASSWORD'))
    return { lost: 'it had to be changed at the next sign-in' }
  const hash = keycloakHash(credential)
  const read = hash === null ? 'unknown' : readHash(hash)
  if (hash === null || typeof read === 'string')
    return { lost: `its hash is ${typeof read === 'string' ? read.replace('-', ' ') : 'unknown'}` }
  return { hash }
}

function keptElsewhere(user: Fields): string | undefined {
  if (textOf(user['federationLink']) !== undefined) return 'it is kept by a user federation'
  const providers = listOf(user['federatedIdentities']).flatMap(
    (identity) => textOf(objectOf(identity)['identityProvider']) ?? [],
  )
  if (providers.length > 0) return `it signed in through ${providers.join(', ')}`
  return user['credentials'] === undefined && user['totp'] !== undefined ? notInFile : undefined
}

/** The PHC string of a password credential; null: of no known algorithm. */
function keycloakHash({ secret, data }: Credential): string | null {
  const [value, salt] = [secret['value'], secret['salt']].map((part) => textOf(part)?.replace(/=+$/, ''))
  // Extensions for bcrypt and argon2 keep a hash that says itself what it is.
  if (value?.startsWith('$')) return value
  const rounds = Number(data['hashIterations'])
  if (value === undefined || salt === undefined || !Number.isSafeInteger(rounds)) return null
  const algorithm = textOf(data['algorithm']) ?? 'pbkdf2'
  const more = objectOf(data['additionalParameters'])
  const parameter = (name: string): string => textsOf(more[name])[0] ?? ''
  if (algorithm === 'argon2') {
    const version = parameter('version') === '1.0' ? 16 : 19
    return `$argon2${parameter('type') || 'id'}$v=${version}$m=${parameter('memory')},t=${rounds},p=${parameter('parallelism') || '1'}$${salt}$${value}`
  }
  const digest = /^pbkdf2(?:-(sha256|sha512))?$/.exec(algorithm)
  return digest && `$pbkdf2-${digest[1] ?? 'sha1'}$i=${rounds}$${salt}$${value}`
}

interface Factor {
  readonly totp?: string
  readonly lost?: string
  readonly remarks: readonly string[]
}

/** The first authenticator that can be taken over. Another kind of second factor is none that can. */
function factorOf(credentials: readonly Credential[], isEnrolled: boolean): Factor {
  const factors = credentials.filter(({ type }) => !passwords.includes(type))
  const [first] = factors
  if (!first) return { remarks: [], ...(isEnrolled && { lost: notInFile }) }
  const apps = factors.filter(({ type }) => ['otp', 'totp', 'hotp'].includes(type))
  const timed = apps.filter(({ type, data }) => (textOf(data['subType']) ?? type) !== 'hotp')
  const totp = firstUsable(timed.map(otpauthOf))
  const app = timed.find((each) => otpauthOf(each) === totp)
  if (!app || totp === undefined)
    return { lost: apps.length > 0 ? 'it counts (HOTP)' : `it is of type ${first.type}`, remarks: [] }
  return {
    totp,
    remarks: factors
      .filter((other) => other !== app)
      .map(({ type }) => `a further second factor of type ${type} is left out`),
  }
}

/** Without `secretEncoding` the key is the text itself, not its Base32. */
function otpauthOf({ secret, data }: Credential): string {
  const value = textOf(secret['value']) ?? ''
  const isBase32 = textOf(data['secretEncoding'])?.toUpperCase() === 'BASE32'
  const query = new URLSearchParams({
    secret: isBase32 ? value : base32Of(Buffer.from(value)),
    algorithm: (textOf(data['algorithm']) ?? 'SHA1').replace(/^Hmac/i, ''),
    digits: `${Number(data['digits'] ?? 6)}`,
    period: `${Number(data['period'] ?? 30)}`,
  })
  return `otpauth://totp/keycloak?${query.toString()}`
}
