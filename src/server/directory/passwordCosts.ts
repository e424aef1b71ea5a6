/**
 * The password cost for an email without an account. Imported hashes cost more or less than new ones; one fixed cost for unknown emails
 * would reveal by its time which accounts exist. An unknown email gets one of the stored costs, in their proportion.
 */
import { costOf } from '../../crypto/passwords.ts'
import { derivedId } from '../../crypto/tokens.ts'

/** Costs and how many accounts have each. */
export type Costs = readonly (readonly [cost: string, count: number])[]

export function countCosts(hashes: readonly string[]): Costs {
  const counts = new Map<string, number>()
  for (const hash of hashes) counts.set(costOf(hash), (counts.get(costOf(hash)) ?? 0) + 1)
  return [...counts].toSorted(([a], [b]) => (a < b ? -1 : 1))
}

/** The same for the same email in every process that has the key; undefined: no stored costs are known. */
export function costForUnknown(email: string, costs: Costs, key: Uint8Array): string | undefined {
  if (costs.length < 2) return costs[0]?.[0]
  const total = costs.reduce((sum, [, count]) => sum + count, 0)
  const drawn = Buffer.from(derivedId(key, { for: 'stand-in', email }), 'base64url').readUInt32BE(0) / 2 ** 32
  let left = drawn * total
  return costs.find(([, count]) => (left -= count) < 0)?.[0]
}
