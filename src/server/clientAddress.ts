/** Which network address is the client's. */
import type { IncomingMessage } from 'node:http'
import { readAddress } from '../core/ipAddress.ts'

/**
 * The client's address as the outermost trusted proxy saw it; null: unreadable. Counted from the right, unreadable entries
 * included: skipping them would reach entries that the client itself wrote.
 *
 * @param forwarded X-Forwarded-For, to which each trusted proxy appended what it saw
 * @param proxies trusted proxies in front; 0: the header is ignored
 */
export function clientAddress(direct: string | undefined, forwarded: string, proxies: number): string | null {
  if (proxies === 0) return readAddress(direct ?? '')
  const seen = forwarded.split(',')
  const entry = seen.at(-proxies)
  return entry === undefined ? null : readAddress(entry)
}

/** The address of a request that passed `fixedOrigin`, which replaces whatever was in its header. */
export const notedAddress = ({ headers }: Pick<IncomingMessage, 'headers'>): string =>
  String(headers['x-forwarded-for'] ?? '')
