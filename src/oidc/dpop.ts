/** Proofs of possession: a token bound to a key is accepted from the holder of that key only. @see RFC 9449 §4.3, §7.1 */
import { calculateJwkThumbprint, EmbeddedJWK, type JWK, jwtVerify } from 'jose'
import { type Configuration, errors, type Provider } from 'oidc-provider'
import { accessTokenHash } from '../crypto/tokens.ts'
import type { Clock } from '../ports.ts'

/** A token as a request presents it. */
export interface PresentedToken {
  readonly scheme: 'Bearer' | 'DPoP'
  readonly token: string
  /** The header `DPoP`; null: there is none. */
  readonly proof: string | null
  readonly method: string
  /** The address of the request from the issuer's or the resource's URL, never from a header. Without a query. */
  readonly url: string
}

export interface TokenRefusal {
  readonly is: 'refused'
  readonly error: 'invalid_token' | 'invalid_dpop_proof'
  readonly why: string
  /** The scheme that would have been right. */
  readonly scheme: PresentedToken['scheme']
}

/** What binds a token: `jkt` of RFC 9449, `x5t#S256` of RFC 8705. */
interface Binding {
  readonly jkt?: string | undefined
  readonly 'x5t#S256'?: string | undefined
}

export interface Possession {
  /** Algorithms of proofs; empty: DPoP is off. */
  algorithms(): readonly string[]
  /** Uses the proof up, so it is asked last. null: the request holds what the token is bound to. */
  refusal(presented: PresentedToken, binding: Binding): Promise<TokenRefusal | null>
}

/** Longest age of a proof, and how far a client's clock may be ahead, as at the token endpoint of the library. Seconds. */
const WINDOW = 300
/** 9.13.3: the library's default. */
const defaultAlgorithms: readonly string[] = ['ES256', 'Ed25519', 'EdDSA']

export function createPossession(
  provider: () => Provider,
  configuration: () => Configuration,
  clock: Clock,
): Possession {
  const refuse = (
    error: TokenRefusal['error'],
    why: string,
    scheme: TokenRefusal['scheme'] = 'DPoP',
  ): TokenRefusal => ({
    is: 'refused',
    error,
    why,
    scheme,
  })

  function algorithms(): readonly string[] {
    const { features, enabledJWA } = configuration()
    return features?.dPoP?.enabled === false ? [] : (enabledJWA?.dPoPSigningAlgValues ?? defaultAlgorithms)
  }

  async function faultOf(presented: PresentedToken, proof: string, jkt: string): Promise<TokenRefusal | null> {
    const read = await readProof(proof, algorithms())
    if (typeof read === 'string') return refuse('invalid_dpop_proof', read)
    const fault = mismatch(read, presented, clock.now())
    if (fault !== null) return refuse('invalid_dpop_proof', fault)
    if (read.jkt !== jkt) return refuse('invalid_token', 'the token is bound to another key')
    const isFirst = await unique(provider(), `${jkt} `, read.jti, read.iat + WINDOW + 1)
    return isFirst ? null : refuse('invalid_dpop_proof', 'the proof was already used')
  }

  return {
    algorithms,
    async refusal(presented, binding) {
      const { jkt } = binding
      if (binding['x5t#S256'] !== undefined)
        return refuse('invalid_token', 'the token is bound to a certificate, which is not checked here', 'Bearer')
      if (jkt === undefined)
        return presented.scheme === 'Bearer'
          ? null
          : refuse('invalid_token', 'the token is not bound to a key', 'Bearer')
      // Otherwise a thief of the token would need no key.
      if (presented.scheme !== 'DPoP') return refuse('invalid_token', 'the token is bound to a key: send it with DPoP')
      if (presented.proof === null) return refuse('invalid_dpop_proof', 'there is no proof')
      return faultOf(presented, presented.proof, jkt)
    },
  }
}

interface Proof {
  readonly jkt: string
  readonly jti: string
  readonly iat: number
  readonly htm: unknown
  readonly htu: unknown
  readonly ath: unknown
}

/** The proof, or what is wrong with it. */
async function readProof(text: string, algorithms: readonly string[]): Promise<Proof | string> {
  try {
    const { payload, protectedHeader } = await jwtVerify(text, EmbeddedJWK, {
      algorithms: [...algorithms],
      typ: 'dpop+jwt',
    })
    const { jti, iat, htm, htu, ath } = payload as Record<string, unknown>
    if (typeof jti !== 'string' || jti === '') return 'jti is missing'
    if (typeof iat !== 'number' || !Number.isFinite(iat)) return 'iat is missing'
    return { jkt: await calculateJwkThumbprint(protectedHeader.jwk as JWK), jti, iat, htm, htu, ath }
  } catch {
    return 'it is no signed proof'
  }
}

/** null: the proof is for this request, this token and this time. */
function mismatch({ iat, htm, htu, ath }: Proof, { method, url, token }: PresentedToken, now: number): string | null {
  if (Math.abs(now - iat) > WINDOW) return 'iat is too old, or in the future'
  if (htm !== method) return 'htm is another method'
  const wanted = URL.parse(typeof htu === 'string' ? htu : '')
  if (!wanted) return 'htu is no URL'
  wanted.search = ''
  wanted.hash = ''
  if (wanted.href !== URL.parse(url)?.href) return 'htu is another address'
  return ath === accessTokenHash(token) ? null : 'ath is of another token'
}

/** Whether the proof is used for the first time. The library looks first and saves later; our adapter decides when it saves. */
async function unique({ ReplayDetection }: Provider, owner: string, jti: string, until: number): Promise<boolean> {
  try {
    return await ReplayDetection.unique(owner, jti, until)
  } catch (error) {
    if (error instanceof errors.InvalidRequest) return false
    throw error
  }
}
