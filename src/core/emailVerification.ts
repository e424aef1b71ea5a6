/** An address counts as verified once a live link that was mailed to it was used. */
import type { Account, Purpose } from './account.ts'
import { linkOf, linkRefusal } from './questions.ts'
import type { Effect, MailedTo } from './command.ts'

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
