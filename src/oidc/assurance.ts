/** The `acr` values that a request names, and whether they need a second factor. */
import { errors } from 'oidc-provider'
import { accountPromptsOf } from './accountPrompts.ts'

export interface Assurance {
  /** acr of a sign-in with a second factor. */
  readonly twoFactor: string
  /** acr of a sign-in with the password alone. */
  readonly oneFactor: string
  /** Sign-ins with a second factor. `when_requested`: only when a request asks for it, or after a reset. */
  readonly required: 'always' | 'when_requested'
}

/** Greatest age of a sign-in that allows to set up a factor. Seconds. */
export const FRESH_SECONDS = 300

export const reachable = ({ twoFactor, oneFactor, required }: Assurance): string[] =>
  required === 'always' ? [twoFactor] : [twoFactor, oneFactor]

type Params = Readonly<Record<string, unknown>>

/** @throws UnmetAuthenticationRequirements instead of a sign-in with a lower `acr` than requested */
export function needsSecondFactorOf(params: Params, assurance: Assurance): boolean {
  const can = reachable(assurance)
  // The library overwrites an essential acr with acr_values, so both are read from the request; the stricter one counts.
  const candidates = [acrValues(params), acrClaim(params)].filter((candidate) => candidate !== null)
  const wanted = candidates.map((candidate) => {
    const first = candidate.find((value) => can.includes(value))
    if (first === undefined)
      throw new errors.UnmetAuthenticationRequirements('none of the requested acr values can be met')
    return first
  })
  // A change of the second factor needs the present one, or sets up the first.
  const changes = accountPromptsOf(params).some((prompt) => prompt !== 'change_password')
  return assurance.required === 'always' || changes || wanted.includes(assurance.twoFactor)
}

function acrValues(params: Params): string[] | null {
  const values = params['acr_values']
  return typeof values === 'string' && values !== '' ? values.split(' ') : null
}

function acrClaim(params: Params): string[] | null {
  const claims = params['claims']
  if (typeof claims !== 'string') return null
  const acr = (JSON.parse(claims) as { id_token?: { acr?: { value?: unknown; values?: unknown } | null } }).id_token
    ?.acr
  if (!acr) return null
  const values = Array.isArray(acr.values) ? acr.values : acr.value === undefined ? [] : [acr.value]
  // A value that is not a string is never met; the conversion of an object to a string may throw.
  return values.length > 0 ? values.map((value) => (typeof value === 'string' ? value : '')) : null
}
