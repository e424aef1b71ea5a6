/** Why a connection or an answer failed, as one word for administrators. Never a text of the other side, which could quote a secret. */

/** `status 500`: it answered, with this status. */
export type ConnectionFailure =
  'private-address' | 'refused' | 'unreachable' | 'timeout' | 'tls' | 'dns' | 'disconnected' | 'too-large' | 'unknown'
export type RequestFailure = ConnectionFailure | `status ${number}`

const byCode: Readonly<Record<string, ConnectionFailure>> = {
  ECONNREFUSED: 'refused',
  EHOSTUNREACH: 'unreachable',
  ENETUNREACH: 'unreachable',
  EADDRNOTAVAIL: 'unreachable',
  EACCES: 'unreachable',
  ETIMEDOUT: 'timeout',
  ESOCKETTIMEDOUT: 'timeout',
  UND_ERR_CONNECT_TIMEOUT: 'timeout',
  UND_ERR_HEADERS_TIMEOUT: 'timeout',
  UND_ERR_BODY_TIMEOUT: 'timeout',
  ENOTFOUND: 'dns',
  EAI_AGAIN: 'dns',
  EDNS: 'dns',
  ENODATA: 'dns',
  ECONNRESET: 'disconnected',
  EPIPE: 'disconnected',
  UND_ERR_SOCKET: 'disconnected',
  HPE_INVALID_CONSTANT: 'disconnected',
  EPROTO: 'tls',
}

/** Of OpenSSL and node:tls: CERT_HAS_EXPIRED, DEPTH_ZERO_SELF_SIGNED_CERT, UNABLE_TO_VERIFY_LEAF_SIGNATURE, ERR_SSL_WRONG_VERSION_NUMBER. */
const ofTls =
  /^(CERT_|ERR_TLS_|ERR_SSL_|ERR_OSSL_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|HOSTNAME_MISMATCH|INVALID_CA|PATH_LENGTH|CRL_|ERROR_IN_)/

/** The address is in a network that nothing allows. */
export class PrivateAddress extends Error {
  override readonly name = 'PrivateAddress'
}

export class TooLarge extends Error {
  override readonly name = 'TooLarge'
}

/** @param error of a request of `outgoing`, of the provider, or of a `fetch` of the host's */
export function requestFailure(error: unknown): RequestFailure {
  const { response } = (error ?? {}) as { readonly response?: { readonly status?: unknown } | undefined }
  if (typeof response?.status === 'number') return `status ${response.status}`
  return connectionFailure(error)
}

export function connectionFailure(error: unknown): ConnectionFailure {
  for (const { name, code, message } of chainOf(error)) {
    if (name === 'PrivateAddress' || /special-use IP/.test(message)) return 'private-address'
    if (name === 'TooLarge' || message === 'response too large') return 'too-large'
    if (name === 'TimeoutError' || name === 'AbortError') return 'timeout'
    const known = byCode[code] ?? (ofTls.test(code) ? 'tls' : undefined)
    if (known) return known
  }
  return 'unknown'
}

interface Link {
  readonly name: string
  readonly code: string
  readonly message: string
}

/** The error and what caused it; an attempt at several addresses (RFC 8305) has one error for each. */
function* chainOf(error: unknown, depth = 0): Iterable<Link> {
  if (!(error instanceof Error) || depth > 5) return
  const { name, message, cause, code, originalCode, errors } = error as Error & {
    readonly code?: unknown
    readonly originalCode?: unknown
    readonly errors?: unknown
  }
  // Nodemailer keeps the system's code behind its own.
  for (const item of [originalCode, code]) yield { name, code: typeof item === 'string' ? item : '', message: message }
  for (const item of Array.isArray(errors) ? (errors as unknown[]) : []) yield* chainOf(item, depth + 1)
  yield* chainOf(cause, depth + 1)
}
