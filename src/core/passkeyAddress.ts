/** The RP ID of passkeys: the host name that a browser ties them to. @see WebAuthn Level 3 §5.1.2 */

const isAddress = (host: string): boolean => host.startsWith('[') || /^[\d.]+$/.test(host)
const isLocal = (host: string): boolean => host === 'localhost' || host.endsWith('.localhost')

/** The host name of an issuer under which browsers make passkeys; null: they make none at an IP address or over plain http. */
export function rpIdOfIssuer({ protocol, hostname }: URL): string | null {
  if (isAddress(hostname)) return null
  return protocol === 'https:' || isLocal(hostname) ? hostname : null
}

/** Why passkeys of the issuer cannot have this RP ID; null: they can. */
export function rpIdFault(rpId: string, issuer: URL): string | null {
  const host = rpIdOfIssuer(issuer)
  if (host === null) return 'browsers make no passkeys at this issuer'
  // A browser refuses a public suffix too. Those with a dot are on a list that this code does not have.
  const isParent = rpId.includes('.') && host.endsWith(`.${rpId}`)
  return rpId === host || isParent ? null : 'must be the host name of the issuer or a domain above it'
}

/** As a host gives them. */
export interface PasskeyOptions {
  /** Whether new ones are offered; those that exist keep working. Default true, where browsers make them. */
  readonly offer?: boolean
  /** The domain they are tied to: the issuer's host (default) or one above it. Those of another one stop working. */
  readonly rpId?: string
  /** The name of this service in the dialogs of browsers. Default: the brand's. */
  readonly rpName?: string
}

export interface PasskeySettings {
  readonly offer: boolean
  /** null: browsers make no passkeys at this issuer. */
  readonly rpId: string | null
  readonly rpName: string
  /** Of the only pages whose answers are accepted. */
  readonly origin: string
}

export function passkeySettings(
  issuer: URL,
  name: string,
  { offer = true, rpId = rpIdOfIssuer(issuer) ?? undefined, rpName = name }: PasskeyOptions = {},
): PasskeySettings {
  return { offer: offer && rpId !== undefined, rpId: rpId ?? null, rpName, origin: issuer.origin }
}
