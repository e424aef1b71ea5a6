/** Warns once when a proxy seems to be in front but none is trusted: then all people share the limits of its network. */
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
