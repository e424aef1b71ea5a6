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

/** Different hosts that are reported. A scan sends many. */
const MOST_HOSTS = 5
/** Characters of a Host in the log. */
const LONGEST_HOST = 100

/** For requests that are answered 421: a person behind a proxy that sends its own name reads only that they are at the wrong address. */
export function warningOfHost(issuer: string, warn: (line: string) => void): (host: string) => void {
  const seen = new Set<string>()
  return (given) => {
    const host = given.slice(0, LONGEST_HOST)
    if (seen.size >= MOST_HOSTS || seen.has(host)) return
    seen.add(host)
    warn(
      `a request with Host ${JSON.stringify(host)} was refused, because the issuer is ${issuer}: a proxy in front has to pass on the Host of the ` +
        'browser (nginx: proxy_set_header Host $http_host), and an application in the same network needs internal_hosts',
    )
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
