/** An address counts as verified once a live link that was mailed to it was used. */
import type { Account } from './account.ts'
import type { Purpose } from './link.ts'
import { linkOf, linkRefusal } from './questions.ts'
import type { Effect } from './effect.ts'
import type { MailedTo } from './command.ts'

/** A changed address cancels every link, so a live one was mailed to the address on file. */
export function verifyEmail(
  account: Account,
  { mailedTo = null, link }: MailedTo & { readonly link: string | null },
  now: number,
  ...purposes: readonly [Purpose, ...Purpose[]]
): Effect[] {
  if (mailedTo === null || link === null) return []
  const isLive = linkRefusal(linkOf(account, link, ...purposes), account, now) === null
  return isLive ? [{ is: 'verify-email', email: mailedTo }] : []
}
