/** **Your security**: the second factor, the sessions and the recent activity of the person who is signed in. */
import type { Context } from 'koa'
import { codesRemaining, factorState } from '../../core/questions.ts'
import type { AccountPrompt } from '../../oidc/interactions.ts'
import type { LiveSession } from '../../oidc/sessions.ts'
import { answer } from '../respond.ts'
import type { Services } from '../context.ts'
import { languageOf } from '../language.ts'
import type { Pages } from '../pages/locals.ts'
import { webSessionFrame, beginWebSession, findWebSession, type WebSession, webSessionOf } from '../webSession.ts'
import { recentActivity, shownEntries } from './activity.ts'
import { applicationsOf } from './applications.ts'
import { endedOf } from './notices.ts'

/** Sessions shown, the current one first. Count: **End all other sessions** ends the rest too. */
const SHOWN_SESSIONS = 50

export async function showAccount(services: Services, ctx: Context): Promise<void> {
  const webSession = webSessionOf(ctx)
  const { accountId, epoch } = webSession.session
  const [account, sessions, applications, { activity, next }] = await Promise.all([
    services.accounts.getStored(accountId),
    services.sessions.list(accountId, epoch),
    applicationsOf(services, ctx, webSession),
    recentActivity(services.audit, accountId, shownEntries(ctx.query['activity'])),
  ])
  const factor = account?.factor.is === 'active' ? account.factor : null
  const others = sessions.filter(({ uid }) => uid !== webSession.session.uid)
  const page: Pages['account'] = {
    factor: {
      state: account ? factorState(account, services.rules) : 'unavailable',
      since: factor?.enrolledAt ?? null,
      lastUsedAt: factor?.lastUsedAt ?? null,
      codesLeft: account ? codesRemaining(account) : 0,
    },
    authenticators: account ? services.ownAuthenticators.list(account, webSession.person) : [],
    manage: services.forms.to(ctx, '/account/authenticators'),
    replace: services.forms.to(ctx, '/account/replace-authenticator'),
    renew: services.forms.to(ctx, '/account/new-backup-codes'),
    changePassword: services.passwords.checksPasswords ? services.forms.to(ctx, '/account/change-password') : null,
    sessions: [...sessions.filter(({ uid }) => uid === webSession.session.uid), ...others]
      .slice(0, SHOWN_SESSIONS)
      .map((session) => shown(services, ctx, webSession, session)),
    moreSessions: Math.max(0, sessions.length - SHOWN_SESSIONS),
    applications,
    isOnlySession: others.length === 0,
    endOthers: services.forms.to(ctx, '/account/sessions/end-others'),
    activity,
    olderHref: next === null ? null : `/account?activity=${next}#activity`,
    said: endedOf(services, ctx),
  }
  answer(services, ctx, { page: 'account', locals: page, frame: webSessionFrame(services, ctx, webSession) })
}

function shown(
  services: Services,
  ctx: Context,
  webSession: WebSession,
  session: LiveSession,
): Pages['account']['sessions'][number] {
  const { uid, signedInAt, device, applications } = session
  const isThis = uid === webSession.session.uid
  const end = isThis ? null : services.forms.to(ctx, `/account/sessions/${uid}/end`)
  return { id: uid, signedInAt, device, applications, isThis, end }
}

/** Starts a change in an interaction of the provider, because it may end the session of this page. */
export const goChange =
  (prompt: AccountPrompt) =>
  async (services: Services, ctx: Context): Promise<void> => {
    const webSession = await findWebSession(services, ctx, 'account')
    const language = languageOf(services, ctx, { accountLocale: webSession?.person.locale ?? null })
    return beginWebSession(services, ctx, 'account', { prompt, ui_locales: language })
  }
