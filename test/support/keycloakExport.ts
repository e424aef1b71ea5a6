/** Exports of a Keycloak realm, as `kc.sh export` writes them. */
import { pbkdf2Sync, randomBytes } from 'node:crypto'

export interface KeycloakPerson {
  readonly email: string
  readonly password: string
  /** The key of the authenticator, as Keycloak makes it: 20 letters and digits, whose bytes are the key. */
  readonly key: string
}

export function keycloakPerson(n: number): KeycloakPerson {
  return { email: `person${n}@example.com`, password: `old-password-${n}`, key: randomBytes(10).toString('hex') }
}

/** @param rounds Keycloak 24 and newer: 210000 of SHA-512; before it 27500 of SHA-256 */
export function keycloakUser({ email, password, key }: KeycloakPerson, rounds = 27_500, more: object = {}): object {
  const salt = randomBytes(16)
  const value = pbkdf2Sync(password, salt, rounds, 64, 'sha256').toString('base64')
  return {
    id: `f:${email}`,
    createdTimestamp: 1_700_000_000_000,
    username: email.split('@')[0],
    enabled: true,
    totp: true,
    emailVerified: true,
    firstName: 'Ana',
    lastName: 'Silva',
    email,
    attributes: { locale: ['de'] },
    credentials: [passwordOf(value, salt.toString('base64'), rounds), otpOf(key)],
    disableableCredentialTypes: [],
    requiredActions: [],
    realmRoles: ['default-roles-example', 'admin'],
    clientRoles: { 'realm-management': ['realm-admin'] },
    notBefore: 0,
    groups: ['/staff/admin'],
    ...more,
  }
}

const passwordOf = (value: string, salt: string, hashIterations: number) => ({
  id: 'c1',
  type: 'password',
  userLabel: 'My password',
  createdDate: 1_700_000_000_000,
  secretData: JSON.stringify({ value, salt, additionalParameters: {} }),
  credentialData: JSON.stringify({ hashIterations, algorithm: 'pbkdf2-sha256', additionalParameters: {} }),
})

export const otpOf = (value: string, more: object = {}) => ({
  id: 'c2',
  type: 'otp',
  userLabel: 'phone',
  createdDate: 1_700_000_000_000,
  secretData: JSON.stringify({ value }),
  credentialData: JSON.stringify({
    subType: 'totp',
    digits: 6,
    counter: 0,
    period: 30,
    algorithm: 'HmacSHA1',
    ...more,
  }),
})

export const realmOf = (users: readonly object[]): string =>
  JSON.stringify({ id: 'r', realm: 'example', enabled: true, roles: { realm: [{ name: 'admin' }] }, users }, null, 2)
