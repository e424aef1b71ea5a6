/** Addresses that follow from the issuer and from what a host says of its paths. */

interface GivenPaths {
  readonly prefix?: string
  readonly mountPath?: string
  readonly signInUrl?: string
}

interface Addresses extends Required<GivenPaths> {
  readonly baseUrl: string
  readonly base: string
  readonly cookiePath: string
}

export function addressesOf({ origin, pathname }: URL, { prefix = '', mountPath, signInUrl }: GivenPaths): Addresses {
  const path = pathname === '/' ? '' : pathname
  const base = path + prefix
  const at = mountPath ?? path
  return {
    prefix,
    mountPath: at,
    baseUrl: origin + base,
    base,
    cookiePath: `${at}/`.startsWith(`${path}/`) ? path : '',
    signInUrl: signInUrl ?? `${base}/account`,
  }
}
