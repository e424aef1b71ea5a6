/** Whether the headers of a request say that a page of another site sent it. */
import type { IncomingMessage } from 'node:http'

const OWN_SITES: readonly unknown[] = [undefined, '', 'same-origin', 'none']

/**
 * A missing header proves nothing, and neither does `Origin: null`: our own forms send it under `Referrer-Policy: no-referrer`. Older browsers,
 * proxies, and every browser over plain http omit `Sec-Fetch-Site`. The proof is the cookie of the browser with the form's token, or the bearer
 * token of a call.
 */
export function isCrossSite({ headers }: Pick<IncomingMessage, 'headers'>, issuer: string): boolean {
  if (!OWN_SITES.includes(headers['sec-fetch-site'])) return true
  const { origin = '' } = headers
  return origin !== '' && origin !== 'null' && origin !== issuer && canonical(origin) !== canonical(issuer)
}

/** A dot at the end of a name makes no difference. null: no URL, or none with an origin. */
function canonical(text: string): string | null {
  const { origin = 'null' } = URL.parse(text) ?? {}
  return origin === 'null' ? null : origin.replace(/\.(?=:\d+$|$)/, '')
}
