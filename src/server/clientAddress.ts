/** Which network address is the client's. */
import { isIP } from 'node:net'

/**
 * The client's address as the outermost trusted proxy saw it; null: unreadable. Counted from the right, unreadable entries
 * included: skipping them would reach entries that the client itself wrote.
 *
 * @param forwarded X-Forwarded-For, to which each trusted proxy appended what it saw
 * @param proxies trusted proxies in front; 0: the header is ignored
 */
export function clientAddress(direct: string | undefined, forwarded: string, proxies: number): string | null {
  if (proxies === 0) return plainAddress(direct ?? '')
  const seen = forwarded.split(',')
  const entry = seen.at(-proxies)
  return entry === undefined ? null : plainAddress(entry)
}

/** Without quotes, brackets and port, as proxies write them; null: `unknown`, `_hidden`, or no address at all. @see RFC 7239 §6 */
function plainAddress(entry: string): string | null {
  const text = entry.trim().replace(/^"(.*)"$/, '$1')
  const bare = /^\[([^\]]*)\](?::\d{1,5})?$/.exec(text)?.[1] ?? /^([\d.]+):\d{1,5}$/.exec(text)?.[1] ?? text
  const address = bare.replace(/%.*$/, '')
  return isIP(address) === 0 ? null : address
}
