/** Settings → Users: the page of one user. */
import type { Context } from 'koa'
import { authorityRefusal } from '../../core/authority.ts'
import { type InvitationView, viewInvitation } from '../../core/invitationView.ts'
import { codesRemaining, factorState, hasPasskey } from '../../core/questions.ts'
import { wayBack } from '../../core/wayBack.ts'
import type { Person } from '../../ports.ts'
import { resetRefusal } from '../../service/resets.ts'
import { mayDelete } from '../../service/userDeletion.ts'
import type { User } from '../../service/users.ts'
import type { Services } from '../context.ts'
import type { NotNow, UserPages } from '../pages/userLocals.ts'
import { answer } from '../respond.ts'
import { webSessionFrame, type WebSession, webSessionOf } from '../webSession.ts'
import { exportPath } from './deletion.ts'
import { describeEvents } from './events.ts'
import { namesOf } from './names.ts'
import { noticeOf } from './notices.ts'
import { auditPath, listQueryOf, userPath, usersPath } from './paths.ts'
import { languageName } from './personForm.ts'
import { withUser } from './refusals.ts'
import { sessionsShown } from './sessions.ts'
import { signInTrouble } from './signingIn.ts'
import { resetsShown } from './userResets.ts'

/** Events on a user's page. Count: the audit log has the rest. */
const RECENT = 10
/** Events read. Count: among these is the newest attempt to sign in, after a run of wrong codes too. */
const READ = 50

/** When to try again after a refusal that names no time. Seconds. */
const SOON_SECONDS = 60

const stateOf = (services: Services, { account }: User): UserPages['user']['factor']['state'] =>
  account ? factorState(account, services.rules) : 'none'

/** Why the actor cannot reset this user now. */
export async function whyNot(
  services: Services,
  actor: Person,
  { person, account }: User,
): Promise<UserPages['user']['notNow']> {
  const because = (why: NotNow, at: number | null = null) => ({ why, at })
  const authority = authorityRefusal({ actor, target: person }, services.helpdeskGroups)
  if (authority) return because(authority)
  if (person.status === 'pending') return because('pending')
  if (!account) return because('never')
  const acting = await services.accounts.getStored(actor.id)
  const refusal = resetRefusal(services, {
    actor: acting,
    target: account,
    status: person.status,
    roles: person.roles,
  })
  if (refusal?.is === 'setup-incomplete') return because('never')
  if (refusal?.is === 'account-disabled') return because('disabled')
  if (refusal?.is === 'password-too-new') return because('password-too-new', refusal.until)
  if (!refusal) return null
  return because('too-many', 'retryAt' in refusal ? refusal.retryAt : services.clock.now() + SOON_SECONDS)
}

export const showUser = withUser((services, ctx, user) => userPage(services, ctx, user))

interface TypedNote extends Pick<NonNullable<UserPages['user']['note']>, 'text' | 'error'> {
  readonly status: number
}

const noNote: TypedNote = { status: 200, text: '', error: null }

/** @param typed a note that was not accepted */
export async function userPage(services: Services, ctx: Context, user: User, typed = noNote): Promise<void> {
  const webSession = webSessionOf(ctx)
  const { person, account } = user
  const [sessions, { events: read }, notNow, invitation] = await Promise.all([
    account ? services.sessions.list(person.id, account.epoch) : [],
    services.audit.list({ user: person.id, limit: READ }),
    whyNot(services, webSession.person, user),
    invitationOf(services, user),
  ])
  const active = account?.factor.is === 'active' ? account.factor : null
  const mayAct = authorityRefusal({ actor: webSession.person, target: person }, services.helpdeskGroups) === null
  const requesters = (account?.resets ?? []).map(({ requestedBy }) => requestedBy)
  const [nameOf, shownEvents] = await Promise.all([
    namesOf(services, requesters),
    describeEvents(services, read.slice(0, RECENT), person.id),
  ])
  const path = userPath(person.id)
  const page: Omit<UserPages['user'], 'note'> = {
    id: person.id,
    listHref: usersPath(listQueryOf(ctx)),
    person: person.name,
    email: person.email,
    status: person.status,
    roles: person.roles.map((role) => ({ role, href: usersPath({ role }) })),
    groups: person.groups.map((group) => ({ group, href: usersPath({ group }) })),
    language: person.locale === null ? null : languageName(services, ctx, person.locale),
    createdAt: person.createdAt,
    factor: {
      state: stateOf(services, user),
      since: active?.enrolledAt ?? null,
      lastUsedAt: active?.lastUsedAt ?? null,
      codesLeft: account ? codesRemaining(account) : 0,
      authenticators: account && hasPasskey(account) ? services.ownAuthenticators.list(account, person) : [],
      wayBack: account && wayBack(account, person.roles, services.rules, services.clock.now()),
    },
    resetHref: `${path}/two-factor/reset`,
    ...changesOf(services, ctx, webSession, person),
    notNow,
    ownHref: webSession.person.id === person.id && services.apps.includes('account') ? '/account' : null,
    now: services.clock.now(),
    ...(account ? await resetsShown(services, ctx, { account, mayAct, nameOf }) : { reset: null, earlierResets: [] }),
    ...sessionsShown(services, ctx, { id: person.id, sessions, mayAct }),
    invitation,
    invite:
      mayAct && person.status === 'pending' && services.directory.create
        ? services.forms.to(ctx, `${path}/invitation`)
        : null,
    signIn: signInTrouble(services, user, read),
    events: shownEvents,
    eventsHref: auditPath({ person: person.id }),
    said: noticeOf(services, ctx, person.id),
  }
  const { status, ...note } = typed
  const locals = { ...page, note: mayAct ? { ...services.forms.to(ctx, `${path}/notes`), ...note } : null }
  answer(services, ctx, { status, page: 'user', locals, frame: webSessionFrame(services, ctx, webSession) })
}

/** Events of the account, among which is the outcome of the invitation's email: strangers cannot add to these. */
async function invitationOf({ audit, clock }: Services, { person, account }: User): Promise<InvitationView | null> {
  if (person.status !== 'pending' || !account) return null
  const { events } = await audit.list({ user: person.id, type: 'account', limit: READ })
  return viewInvitation(account, events, clock.now())
}

/** What the actor may change of this user. */
function changesOf(
  services: Services,
  ctx: Context,
  { person: actor }: WebSession,
  person: Person,
): Pick<UserPages['user'], 'editHref' | 'setStatus' | 'deleteHref' | 'exportHref'> {
  const path = userPath(person.id)
  const mayEdit =
    Boolean(services.directory.change) && authorityRefusal({ actor, target: person }, services.helpdeskGroups) === null
  const maySet = mayEdit && actor.roles.includes('admin') && person.status !== 'pending'
  return {
    editHref: mayEdit ? `${path}/edit` : null,
    setStatus: maySet ? services.forms.to(ctx, `${path}/status`) : null,
    deleteHref: mayDelete(services, actor, person) ? `${path}/delete` : null,
    exportHref: exportPath(person.id),
  }
}
