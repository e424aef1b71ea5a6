/** URLs of PostgreSQL, with one server or several: `postgres://user:password@a:5432,b:5433/database`. */

const shape = /^(postgres(?:ql)?:\/\/(?:[^@/]*@)?)([^@/?#]*,[^@/?#]*)(.*)$/

/** One URL for each server. */
export function urlsOf(url: string): string[] {
  const [, start = '', hosts, end = ''] = shape.exec(url) ?? []
  return hosts === undefined ? [url] : hosts.split(',').map((host) => `${start}${host}${end}`)
}

/** Whether each of them names a server. */
export const areUrls = (urls: readonly string[]): boolean =>
  urls.every((url) => {
    const parsed = URL.parse(url)
    return parsed !== null && /^postgres(ql)?:$/.test(parsed.protocol) && (urls.length === 1 || parsed.hostname !== '')
  })

/** Host, port and database; without user and password. */
export function addressOf(url: string): string {
  const urls = urlsOf(url)
  // The error of `new URL` would carry the password into a log.
  if (!areUrls(urls)) throw new TypeError('the URL of PostgreSQL must begin with postgres:// or postgresql://')
  const parsed = urls.map((each) => new URL(each))
  const servers = parsed.map(({ hostname, port }) => `${hostname || 'localhost'}:${port || '5432'}`)
  return `${servers.join()}${parsed[0]?.pathname.replace(/^\/$/, '')}`
}
