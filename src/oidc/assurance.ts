/** The `acr` values that a request names, whether they need a second factor, and which of them the answer has. */
import { errors } from 'oidc-provider'
import { accountPromptsOf } from './accountPrompts.ts'

export interface Acrs {
  /** acr of a sign-in with a second factor. */
  readonly twoFactor: string
  /** acr of a sign-in with the password alone. */
  readonly oneFactor: string
  /** Names that other software has for them. */
  readonly aliases: Readonly<Record<string, 'twoFactor' | 'oneFactor'>>
}

export interface Assurance extends Acrs {
  /** Sign-ins with a second factor. `when_requested`: only when a request asks for it, or after a reset. */
  readonly required: 'always' | 'when_requested'
  /** The host's own acr values, which its pages meet. */
  readonly ofHost: () => readonly string[]
  /** Whether values of a client that are not essential may be unknown. */
  readonly ignoresUnknown: (clientId: string) => boolean
}

/** Greatest age of a sign-in that allows to set up a factor. Seconds. */
export const FRESH_SECONDS = 300

type Level = 'twoFactor' | 'oneFactor'

/** null: a value of the host, or an unknown one. */
function levelOf(value: string, { twoFactor, oneFactor, aliases }: Acrs): Level | null {
  if (value === twoFactor) return 'twoFactor'
  if (value === oneFactor) return 'oneFactor'
  return Object.hasOwn(aliases, value) ? (aliases[value] ?? null) : null
}

export const isTwoFactor = (value: string | null, acrs: Acrs): boolean =>
  value !== null && levelOf(value, acrs) === 'twoFactor'

export const reachable = (assurance: Omit<Assurance, 'ofHost' | 'ignoresUnknown'>): string[] => {
  const { twoFactor, oneFactor, aliases, required } = assurance
  return [twoFactor, oneFactor, ...Object.keys(aliases)].filter(
    (value) => required === 'when_requested' || isTwoFactor(value, assurance),
  )
}

type Params = Readonly<Record<string, unknown>>

/** @throws UnmetAuthenticationRequirements instead of a sign-in with a lower `acr` than requested */
export function needsSecondFactorOf(params: Params, assurance: Assurance): boolean {
  const wanted = wantedAcrs(params, assurance)
  // A change of the second factor needs the present one, or sets up the first.
  const changes = accountPromptsOf(params).some((prompt) => prompt !== 'change_password')
  return assurance.required === 'always' || changes || wanted.some((value) => isTwoFactor(value, assurance))
}

/** Whether the host is to meet what this request asks for. */
export const isForHost = (params: Params, assurance: Assurance): boolean =>
  wantedAcrs(params, assurance).some((value) => assurance.ofHost().includes(value))

/**
 * The acr of an answer: a requested name of what the session has, since it may have one of the host's and one of ours. An essential
 * request is answered with one of its values, though the session has more. @see OpenID Connect Core §5.5.1.1
 */
export function answeredAcr(
  params: Params,
  session: { readonly acr: string | undefined; readonly hasSecondFactor: boolean },
  assurance: Assurance,
): string | undefined {
  const { acr, hasSecondFactor } = session
  const level: Level = hasSecondFactor ? 'twoFactor' : 'oneFactor'
  const requests = requestedAcrs(params)
  const exact = requests.flatMap(({ values }) =>
    values.filter((value) => value === acr || levelOf(value, assurance) === level),
  )
  const essential = requests.find((request) => request.isEssential)?.values
  if (!essential || exact.some((value) => essential.includes(value)))
    return exact.find((value) => !essential || essential.includes(value)) ?? acr
  return essential.find((value) => levelOf(value, assurance) === 'oneFactor') ?? exact[0] ?? acr
}

/** The first value that can be reached of each part of the request; the stricter one counts. */
function wantedAcrs(params: Params, assurance: Assurance): string[] {
  const can = [...reachable(assurance), ...assurance.ofHost()]
  const { client_id: clientId } = params
  const ignores = typeof clientId === 'string' && assurance.ignoresUnknown(clientId)
  return requestedAcrs(params).flatMap(({ values, isEssential }) => {
    const first = values.find((value) => can.includes(value))
    if (first !== undefined) return [first]
    if (ignores && !isEssential) return []
    throw new errors.UnmetAuthenticationRequirements('none of the requested acr values can be met')
  })
}

interface RequestedAcr {
  readonly values: readonly string[]
  readonly isEssential: boolean
}

/** The library overwrites an essential acr with acr_values, so both are read from the request. */
function requestedAcrs(params: Params): RequestedAcr[] {
  return [acrValues(params), acrClaim(params)].filter((request) => request !== null)
}

function acrValues({ acr_values: values }: Params): RequestedAcr | null {
  return typeof values === 'string' && values !== '' ? { values: values.split(' '), isEssential: false } : null
}

interface ClaimsParameter {
  readonly id_token?: {
    readonly acr?: { readonly value?: unknown; readonly values?: unknown; readonly essential?: unknown } | null
  }
}

function acrClaim({ claims }: Params): RequestedAcr | null {
  if (typeof claims !== 'string') return null
  const acr = (JSON.parse(claims) as ClaimsParameter).id_token?.acr
  if (!acr) return null
  const given: unknown[] = Array.isArray(acr.values) ? acr.values : acr.value === undefined ? [] : [acr.value]
  // A value that is not a string is never met; the conversion of an object to a string may throw.
  const values = given.map((value) => (typeof value === 'string' ? value : ''))
  return values.length > 0 ? { values, isEssential: acr.essential === true } : null
}
