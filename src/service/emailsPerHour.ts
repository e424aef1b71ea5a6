/** Limits the emails that one acting person may cause. Security notices are not counted: they must be sent. */
import type { Person } from '../ports.ts'
import type { ServiceContext } from './context.ts'
import { refuse, type Refused } from './refusal.ts'

/** Counts one email, before anything is stored. */
export async function countMail({ limiter, rules, onLimit }: ServiceContext, actor: Person): Promise<Refused | null> {
  if (rules.mailsPerHour === null) return null
  const { count, until } = await limiter.count('mail.actor', actor.id)
  if (count <= rules.mailsPerHour) return null
  onLimit('mail.actor')
  return refuse({ is: 'too-many-mails', retryAt: until })
}
