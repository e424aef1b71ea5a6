/** Answers "why can they not sign in?" on the page of a user. */
import type { AuditType } from '../../core/effect.ts'
import { signInClosed } from '../../core/signInState.ts'
import type { AuditEvent } from '../../ports.ts'
import type { User } from '../../service/users.ts'
import type { Services } from '../context.ts'
import type { SignInTrouble } from '../pages/userLocals.ts'

/** What the newest attempt says. An attempt that the owner completed afterwards is in `sign_in.done`. */
const attempts: Partial<Record<AuditType, (event: AuditEvent) => SignInTrouble>> = {
  'password.refused': ({ at, reason }) => ({ is: 'refused', at, why: reason === 'paused' ? 'too-many' : 'password' }),
  'two_factor.code_refused': ({ at }) => ({ is: 'refused', at, why: 'code' }),
  'sign_in.refused': ({ at, reason }) => ({
    is: 'refused',
    at,
    why: reason === 'paused' || reason === 'locked' ? 'too-many-codes' : reason === 'no-role' ? 'console' : 'other',
  }),
  'sign_in.done': () => null,
}

/** @param events of this user, newest first */
export function signInTrouble(
  { rules, clock }: Services,
  { person, account }: User,
  events: readonly AuditEvent[],
): SignInTrouble {
  const closed = signInClosed({ status: person.status, roles: person.roles, account }, rules, clock.now())
  if (closed) return { is: 'closed', why: closed.is, until: 'until' in closed ? closed.until : null }
  for (const event of events) {
    const attempt = attempts[event.type as AuditType]
    if (attempt && event.target === person.id) return attempt(event)
  }
  return null
}
