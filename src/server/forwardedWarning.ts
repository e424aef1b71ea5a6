/** Says once that a proxy seems to be in front though none is trusted: then all people come from its network, and share its limits. */
import type { RequestListener } from 'node:http'

export function warningOfProxy(
  proxies: number,
  warn: (line: string) => void,
  listener: RequestListener,
): RequestListener {
  if (proxies > 0) return listener
  let isSaid = false
  return (req, res) => {
    if (!isSaid && req.headers['x-forwarded-for'] !== undefined) {
      isSaid = true
      warn(
        'X-Forwarded-For came and TRUST_PROXY is 0: if a proxy is in front, set TRUST_PROXY, or all people share the limits of one network',
      )
    }
    return listener(req, res)
  }
}
