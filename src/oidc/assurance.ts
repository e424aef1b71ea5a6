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
  /** The host's own acr values, which its pages meet. */
  readonly ofHost: () => readonly string[]
}

/** Greatest age of a sign-in that allows to set up a factor. Seconds. */
export const FRESH_SECONDS = 300

export const reachable = ({ twoFactor, oneFactor, required }: Omit<Assurance, 'ofHost'>): string[] =>
  required === 'always' ? [twoFactor] : [twoFactor, oneFactor]

type Params = Readonly<Record<string, unknown>>

/** @throws UnmetAuthenticationRequirements instead of a sign-in with a lower `acr` than requested */
export function needsSecondFactorOf(params: Params, assurance: Assurance): boolean {
  const wanted = wantedAcrs(params, assurance)
  // A change of the second factor needs the present one, or sets up the first.
  const changes = accountPromptsOf(params).some((prompt) => prompt !== 'change_password')
  return assurance.required === 'always' || changes || wanted.includes(assurance.twoFactor)
}

/** Whether the host is to meet what this request asks for. */
export const isForHost = (params: Params, assurance: Assurance): boolean =>
  wantedAcrs(params, assurance).some((value) => assurance.ofHost().includes(value))

/** The acr of an answer: the first wanted value that the session has, since it may have one of the host's and one of ours. */
export function answeredAcr(
  params: Params,
  session: { readonly acr: string | undefined; readonly hasSecondFactor: boolean },
  assurance: Assurance,
): string | undefined {
  const { acr, hasSecondFactor } = session
  const ours = hasSecondFactor ? assurance.twoFactor : assurance.oneFactor
  return wantedAcrs(params, assurance).find((value) => value === acr || value === ours) ?? acr
}

/** The first value that can be reached of each part of the request; the stricter one counts. */
function wantedAcrs(params: Params, assurance: Assurance): string[] {
  const can = [...reachable(assurance), ...assurance.ofHost()]
  // The library overwrites an essential acr with acr_values, so both are read from the request.
  const candidates = [acrValues(params), acrClaim(params)].filter((candidate) => candidate !== null)
  return candidates.map((candidate) => {
    const first = candidate.find((value) => can.includes(value))
    if (first === undefined)
      throw new errors.UnmetAuthenticationRequirements('none of the requested acr values can be met')
    return first
  })
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
