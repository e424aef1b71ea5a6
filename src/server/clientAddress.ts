/** Network addresses: which one is the client's, and what of it may be kept. */
import { isIP } from 'node:net'

/**
 * The client's address as the outermost trusted proxy saw it; null: it wrote nothing that can be read. Counted from the right before
 * anything is judged: skipping what cannot be read would move on to what the client itself wrote.
 *
 * @param forwarded X-Forwarded-For, to which each trusted proxy appended what it saw
 * @param proxies trusted proxies in front; 0: the header is not believed
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
