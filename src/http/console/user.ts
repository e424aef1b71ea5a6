/** Settings → Users: the page of one user. */
import type { Context } from 'koa'
import type { Account, Profile, Reset } from '../../core/account.ts'
import { authorityRefusal } from '../../core/authority.ts'
import { requiredProofs } from '../../core/proofs.ts'
import { codesRemaining, factorState, isUnfinished, resetStatus } from '../../core/questions.ts'
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
import { withUser } from './refusals.ts'

/** Events on a user's page. Count: the audit log has the rest. */
const RECENT = 10

/** Sessions on a user's page. Count: **End all sessions** ends the rest too. */
const SHOWN_SESSIONS = 50

const stateOf = (services: Services, { account }: User): UserPages['user']['factor']['state'] =>
  account ? factorState(account, services.rules) : 'none'

function wayBackOf({ rules, clock }: Services, { person }: User, account: Account): Profile | null {
  if (account.factor.is !== 'reset') return null
  return requiredProofs(account, person.roles, rules, clock.now()).both ? 'strict' : 'standard'
}

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
  return refusal ? because('too-many') : null
}

export const showUser = withUser(async (services, ctx, user) => {
  const webSession = webSessionOf(ctx)
  const { person, account } = user
  const [sessions, { events }, notNow] = await Promise.all([
    account ? services.sessions.list(person.id, account.epoch) : [],
    services.audit.list({ user: person.id, limit: RECENT }),
    whyNot(services, webSession.person, user),
  ])
  const active = account?.factor.is === 'active' ? account.factor : null
  const newest = account?.resets[0]
  const frozen = account?.factor.is === 'reset' && account.factor.frozen
  const mayAct = authorityRefusal({ actor: webSession.person, target: person }, services.helpdeskGroups) === null
  const nameOf = await namesOf(services, [newest?.requestedBy])
  const path = userPath(person.id)
  const page: UserPages['user'] = {
    id: person.id,
    listHref: usersPath(listQueryOf(ctx)),
    person: person.name,
    email: person.email,
    status: person.status,
    roles: person.roles.map((role) => ({ role, href: usersPath({ role }) })),
    groups: person.groups.map((group) => ({ group, href: usersPath({ group }) })),
    language: services.languages.includes(person.locale ?? '')
      ? services.wordsOf(person.locale ?? '').name
      : person.locale,
    createdAt: person.createdAt,
    factor: {
      state: stateOf(services, user),
      since: active?.enrolledAt ?? null,
      lastUsedAt: active?.lastUsedAt ?? null,
      codesLeft: account ? codesRemaining(account) : 0,
      wayBack: account && wayBackOf(services, user, account),
    },
    resetHref: `${path}/two-factor/reset`,
    ...changesOf(services, ctx, webSession, person),
    notNow,
    reset: newest ? await resetShown(services, ctx, { path, reset: newest, frozen, mayAct, nameOf }) : null,
    sessions: sessions.slice(0, SHOWN_SESSIONS),
    moreSessions: Math.max(0, sessions.length - SHOWN_SESSIONS),
    endSessions: mayAct && sessions.length > 0 ? services.forms.to(ctx, `${path}/sessions/end`) : null,
    invite:
      mayAct && person.status === 'pending' && services.directory.create
        ? services.forms.to(ctx, `${path}/invitation`)
        : null,
    events: await describeEvents(services, events, person.id),
    now: services.clock.now(),
    eventsHref: auditPath({ person: person.id }),
    said: noticeOf(services, ctx, person.id),
  }
  answer(services, ctx, { page: 'user', locals: page, frame: webSessionFrame(services, ctx, webSession) })
})

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

interface Shown {
  readonly path: string
  readonly reset: Reset
  readonly frozen: boolean
  readonly mayAct: boolean
  readonly nameOf: (id: string | null) => string | null
}

async function resetShown(
  services: Services,
  ctx: Context,
  { path, reset, frozen, mayAct, nameOf }: Shown,
): Promise<UserPages['user']['reset']> {
  const { state, ended } = reset
  const open = mayAct && isUnfinished(reset)
  const app = `${path}/two-factor/resets/${reset.id}`
  const clients = await Promise.all(
    ended.clients.map(async ({ clientId, backchannelLogout, lastError = null }) => ({
      lastError,
      name: await services.sessions.nameOf(clientId),
      logout: services.applications.isOurs(clientId) ? ('own' as const) : backchannelLogout,
    })),
  )
  return {
    status: resetStatus(reset, services.clock.now()),
    frozen,
    at: reset.requestedAt,
    by: nameOf(reset.requestedBy),
    reason: reset.reason,
    expiresAt: reset.expiresAt,
    openedAt: state.is === 'sent' ? null : state.openedAt,
    completed: state.is === 'completed' ? { at: state.at, via: state.via } : null,
    mail: reset.mail,
    ended: { ...ended, clients },
    resend: open ? services.forms.to(ctx, `${app}/mail`) : null,
    revoke: open ? services.forms.to(ctx, `${app}/revoke`) : null,
  }
}
