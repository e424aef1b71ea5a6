/** Warns once of a TRUST_PROXY that does not fit the proxies in front: all people would share the limits of one network. */
import type { RequestListener } from 'node:http'

export function warningOfProxy(
  proxies: number,
  warn: (line: string) => void,
  listener: RequestListener,
): RequestListener {
  if (proxies > 0) return listener
  let hasWarned = false
  return (req, res) => {
    if (!hasWarned && req.headers['x-forwarded-for'] !== undefined) {
      hasWarned = true
      warn(
        'X-Forwarded-For came and TRUST_PROXY is 0: if a proxy is in front, set TRUST_PROXY, or all people share the limits of one network',
      )
    }
    return listener(req, res)
  }
}

/** For requests whose client is unknown, although proxies are trusted. */
export function warningOfUnknown(proxies: number, warn: (line: string) => void): () => void {
  let hasWarned = false
  return () => {
    if (hasWarned) return
    hasWarned = true
    warn(
      `a request came without an address at place ${proxies} of X-Forwarded-For, counted from the right: set TRUST_PROXY to the number of proxies ` +
        'that append to it, and let no client reach this process without them',
    )
  }
}
