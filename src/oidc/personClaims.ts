/** Claims about a person. `groups` and `roles` say what a person may do elsewhere, so a client gets them where the operator says so only. */
import type { Account, KoaContextWithOIDC } from 'oidc-provider'
import { asciiEmail } from '../email.ts'
import { type Person, type RestrictedClaim, restrictedClaims } from '../ports.ts'
import type { ClientTrust } from './clientTrust.ts'

type Allowed = Pick<ClientTrust, 'claimsOf'>

/** Claims of the scopes `profile` and `email`, and the restricted ones. Absent is what the directory does not know. */
export const accountOf = ({ oidc }: KoaContextWithOIDC, person: Person, trust: Allowed): Account => ({
  accountId: person.id,
  claims: () => ({
    sub: person.id,
    email: asciiEmail(person.email),
    email_verified: person.emailVerified ?? true,
    name: person.name,
    ...known({
      given_name: person.givenName,
      family_name: person.familyName,
      preferred_username: person.preferredUsername,
      locale: person.locale,
    }),
    ...restricted(person, trust.claimsOf(oidc.client?.clientId)),
  }),
})

const known = (claims: Readonly<Record<string, string | null | undefined>>): Record<string, string> =>
  Object.fromEntries(Object.entries(claims).flatMap(([name, value]) => (value ? [[name, value]] : [])))

const restricted = (person: Person, allowed: ReadonlySet<string>): Partial<Record<RestrictedClaim, string[]>> =>
  Object.fromEntries(restrictedClaims.filter((name) => allowed.has(name)).map((name) => [name, [...person[name]]]))

/** Before consent is asked and a grant is made: a client that asks for what it may not have is answered as if it had not asked. */
export function dropRestricted({ oidc: { params, client } }: KoaContextWithOIDC, trust: Allowed): void {
  const allowed = trust.claimsOf(client?.clientId)
  const dropped = restrictedClaims.filter((name) => !allowed.has(name))
  if (!params || dropped.length === 0) return
  const isDropped = (name: string): boolean => dropped.some((each) => each === name)
  const { scope, claims } = params
  if (typeof scope === 'string') {
    const kept = scope.split(' ').filter((name) => !isDropped(name))
    params['scope'] = kept.length > 0 ? kept.join(' ') : undefined
  }
  if (typeof claims === 'string') params['claims'] = without(claims, isDropped)
}

/** The parameter `claims` without some of them. The library refuses what has another shape. */
function without(claims: string, isDropped: (name: string) => boolean): string {
  try {
    return JSON.stringify(JSON.parse(claims, (name, value: unknown) => (isDropped(name) ? undefined : value)))
  } catch {
    return claims
  }
}
