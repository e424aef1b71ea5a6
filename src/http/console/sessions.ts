/** Sessions of a user: ends one of them, or all. The second factor stays. */
import type { Context } from 'koa'
import type { LiveSession } from '../../oidc/sessions.ts'
import { endSession, endSessions } from '../../service/sessions.ts'
import type { Services } from '../context.ts'
import type { Form } from '../pages/pageMetadata.ts'
import type { UserPages } from '../pages/userLocals.ts'
import { seeOther } from '../redirect.ts'
import { webSessionOf } from '../webSession.ts'
import { donePath } from './notices.ts'
import { partOf, userPath } from './paths.ts'
import { refusedPage, withUser } from './refusals.ts'
import { actingOf } from './stepUp.ts'

/** Sessions on a user's page. Count: **End all sessions** ends the rest too. */
const SHOWN = 50

interface Listed {
  readonly id: string
  readonly sessions: readonly LiveSession[]
  readonly mayAct: boolean
}

export function sessionsShown(
  services: Services,
  ctx: Context,
  { id, sessions, mayAct }: Listed,
): Pick<UserPages['user'], 'sessions' | 'moreSessions' | 'endSessions'> {
  const formTo = (part: string): Form | null =>
    mayAct ? services.forms.to(ctx, `${userPath(id)}/sessions/${part}`) : null
  return {
    sessions: sessions.slice(0, SHOWN).map(({ uid, signedInAt, device, applications }) => ({
      signedInAt,
      device,
      applications,
      end: formTo(`${encodeURIComponent(uid)}/end`),
    })),
    moreSessions: Math.max(0, sessions.length - SHOWN),
    endSessions: sessions.length > 0 ? formTo('end') : null,
  }
}

export const endUserSession = withUser(async (services, ctx, user) => {
  const { id } = user.person
  const action = { ...actingOf(ctx, webSessionOf(ctx), id), sessionId: partOf(ctx, 'sid') }
  const ended = await endSession(services, action)
  // Ended meanwhile, or by the first of two presses: it is what was wanted.
  if (ended.is === 'refused' && ended.refusal.is !== 'session-not-found')
    return refusedPage(services, ctx, user, { what: 'change', refusal: ended.refusal })
  seeOther(ctx, donePath(services, ctx, id, 'session'))
})

export const endUserSessions = withUser(async (services, ctx, user) => {
  const { id } = user.person
  const ended = await endSessions(services, actingOf(ctx, webSessionOf(ctx), id))
  if (ended.is === 'refused') return refusedPage(services, ctx, user, { what: 'change', refusal: ended.refusal })
  seeOther(ctx, donePath(services, ctx, id, 'sessions'))
})
