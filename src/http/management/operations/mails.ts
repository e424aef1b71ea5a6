/** How many letters one acting person may cause. Notices about security are not counted: they must leave. */
import type { Services } from '../../context.ts'
import type { Acting } from '../../../service/authority.ts'
import { ProblemError } from '../../problem.ts'

/** Counts one letter, before anything is made. @throws ProblemError */
export async function countMail({ limiter, rules, clock, onLimit }: Services, actor: Acting['actor']): Promise<void> {
  if (rules.mailsPerHour === null) return
  const { count, until } = await limiter.count('mail.actor', actor.id)
  if (count <= rules.mailsPerHour) return
  onLimit('mail.actor')
  throw new ProblemError({
    status: 429,
    code: 'too_many_mails',
    detail: 'You have sent too many letters within an hour.',
    headers: { 'Retry-After': String(Math.max(1, until - clock.now())) },
  })
}
