/** Sessions of a user: list them and end them. The second factor stays as it is. */
import type { LiveSession } from '../oidc/sessions.ts'
import { type Action, checkAuthority, refusedBy } from './authority.ts'
import type { ServiceContext } from './context.ts'
import { done, refuse, type Result } from './refusal.ts'
import { findPerson, findUser } from './users.ts'

/** Newest first. */
export async function listSessions(
  services: ServiceContext,
  targetId: string,
): Promise<Result<{ readonly sessions: readonly LiveSession[] }>> {
  const found = await findUser(services, targetId)
  if (found.is === 'refused') return found
  const { account } = found
  return { ...done, sessions: account ? await services.sessions.list(targetId, account.epoch) : [] }
}

/** Ends one session and its grants. */
export async function endSession(
  services: ServiceContext,
  action: Action & { readonly sessionId: string },
): Promise<Result> {
  const { by, sessionId } = action
  const found = await findPerson(services, action.targetId)
  if (found.is === 'refused') return found
  const { id } = found.person
  const forbidden = await checkAuthority(services, action, found.person, 'session.end.refused')
  if (forbidden) return forbidden
  if (sessionId.length > 200 || !(await services.sessions.has(id, sessionId)))
    return refuse({ is: 'session-not-found' })
  const refused = refusedBy(await services.signIns.endSignIns(id, by))
  if (refused) return refused
  await services.sessions.end(id, sessionId)
  return done
}

/** Ends all sessions and tokens by a new epoch. */
export async function endSessions(services: ServiceContext, action: Action): Promise<Result> {
  const found = await findPerson(services, action.targetId)
  if (found.is === 'refused') return found
  const forbidden = await checkAuthority(services, action, found.person, 'session.end.refused')
  return forbidden ?? refusedBy(await services.signIns.endSessions(found.person.id, 'asked', action.by)) ?? done
}
