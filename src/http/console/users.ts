/** Settings → Users: the list, and one person. Calls the operations that API clients call. */
import type { Context } from 'koa'
import { mayInvite } from '../management/operations/people.ts'
import { codesRemaining, factorState, isUnfinished, mayNotReset, resetStatus } from '../../core/questions.ts'
import type { Account, Profile, Reset } from '../../core/account.ts'
import { requiredProofs } from '../../core/proofs.ts'
import type { Person } from '../../ports.ts'
import { words } from '../../words.ts'
import { answer } from '../answer.ts'
import type { Desk } from '../desk.ts'
import type { Forms } from '../forms.ts'
import { textOf } from '../input.ts'
import { listAuditEvents } from '../management/operations/auditEvents.ts'
import { findUser, listUsers, type User } from '../management/operations/users.ts'
import { aroundVisit, type Visit, visitOf } from '../visit.ts'
import { toldOf } from './audit.ts'
import { namesOf } from './names.ts'
import type { ConsolePages, NotNow } from './pages.ts'

/** Events on a person's page. Count; the audit log has the rest. */
const RECENT = 10

/** Sessions shown of one person. Count: **End all sessions** ends the rest too. */
const SHOWN_SESSIONS = 50

export const userPath = (id: string): string => `/admin/users/${encodeURIComponent(id)}`
export const idOf = (ctx: Context): string => String((ctx['params'] as Record<string, unknown>)['id'])

export async function showUsers(desk: Desk, forms: Forms, ctx: Context): Promise<void> {
  const [search, status, twoFactor, cursor] = ['search', 'status', 'two_factor', 'cursor'].map((name) =>
    textOf(ctx.query[name]),
  ) as [string, string, string, string]
  const asked = { search: search.trim(), status, two_factor: twoFactor, cursor }
  const chosen = Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== ''))
  const { users, next } = await listUsers(desk, chosen)
  const page: ConsolePages['users'] = {
    search: asked.search,
    status,
    twoFactor,
    isFirst: cursor === '',
    inviteHref: desk.directory.create && mayInvite(desk, visitOf(ctx).person, []) ? '/admin/invite' : null,
    nextHref: next === null ? null : `/admin/users?${new URLSearchParams({ ...chosen, cursor: next }).toString()}`,
    users: users.map((user) => ({
      href: userPath(user.person.id),
      name: user.person.name,
      email: user.person.email,
      roles: user.person.roles,
      status: user.person.status,
      factor: stateOf(desk, user),
    })),
  }
  answer(desk, ctx, 200, 'users', page, aroundVisit(forms, ctx, visitOf(ctx)))
}

const stateOf = (desk: Desk, { account }: User): ConsolePages['user']['factor']['state'] =>
  account ? factorState(account, desk.rules) : 'none'

function wayBackOf({ rules, clock }: Desk, { person }: User, account: Account): Profile | null {
  if (account.factor.is !== 'reset') return null
  return requiredProofs(account, person.roles, rules, clock.now()).both ? 'strict' : 'standard'
}

/** Why this person cannot be reset by that one, now; asked of the rules themselves. */
export async function whyNot(
  desk: Desk,
  actor: Person,
  { person, account }: User,
): Promise<ConsolePages['user']['notNow']> {
  const because = (why: NotNow, at: number | null = null) => ({ why, at })
  const rank = mayNotReset(actor, person, desk.helpdeskGroups)
  if (rank) return because(rank)
  if (person.status === 'pending') return because('pending')
  if (!account) return because('never')
  const acting = await desk.corridor.recall(actor.id)
  const no = desk.journey.resetRefusal({ actor: acting, target: account, status: person.status, roles: person.roles })
  if (no?.is === 'setup-incomplete') return because('never')
  if (no?.is === 'account-disabled') return because('disabled')
  if (no?.is === 'password-too-new') return because('password-too-new', no.until)
  return no ? because('too-many') : null
}

export async function showUser(desk: Desk, forms: Forms, ctx: Context): Promise<void> {
  const visit = visitOf(ctx)
  const user = await findUser(desk, idOf(ctx))
  const { person, account } = user
  const [sessions, { events }] = await Promise.all([
    account ? desk.sessions.list(person.id, account.epoch) : [],
    listAuditEvents(desk, { user: person.id, limit: RECENT }),
  ])
  const active = account?.factor.is === 'active' ? account.factor : null
  const newest = account?.resets[0]
  const frozen = account?.factor.is === 'reset' && account.factor.frozen
  const mayAct = mayNotReset(visit.person, person, desk.helpdeskGroups) === null
  const nameOf = await namesOf(desk, [newest?.requestedBy, ...events.flatMap(({ actor, target }) => [actor, target])])
  const path = userPath(person.id)
  const page: ConsolePages['user'] = {
    id: person.id,
    person: person.name,
    email: person.email,
    status: person.status,
    roles: person.roles,
    groups: person.groups,
    language: desk.languages.includes(person.locale ?? '') ? words(person.locale ?? '').name : person.locale,
    createdAt: person.createdAt,
    factor: {
      state: stateOf(desk, user),
      since: active?.enrolledAt ?? null,
      lastUsedAt: active?.lastUsedAt ?? null,
      codesLeft: account ? codesRemaining(account) : 0,
      wayBack: account && wayBackOf(desk, user, account),
    },
    resetHref: `${path}/two-factor/reset`,
    ...changesOf(desk, forms, ctx, visit, person),
    notNow: await whyNot(desk, visit.person, user),
    reset: newest ? await resetShown(desk, forms, ctx, { path, reset: newest, frozen, mayAct, nameOf }) : null,
    sessions: sessions.slice(0, SHOWN_SESSIONS),
    moreSessions: Math.max(0, sessions.length - SHOWN_SESSIONS),
    endSessions: mayAct && sessions.length > 0 ? forms.to(ctx, `${path}/sessions/end`) : null,
    invite: mayAct && person.status === 'pending' && desk.directory.create ? forms.to(ctx, `${path}/invitation`) : null,
    events: events.map((event) => toldOf(event, nameOf)),
    eventsHref: `/admin/audit?user=${encodeURIComponent(person.id)}`,
    said: saidOf(ctx, visit, person, newest),
  }
  answer(desk, ctx, 200, 'user', page, aroundVisit(forms, ctx, visit))
}

/** What may be changed of this person by that one. */
function changesOf(
  desk: Desk,
  forms: Forms,
  ctx: Context,
  { person: actor }: Visit,
  person: Person,
): Pick<ConsolePages['user'], 'editHref' | 'setStatus'> {
  const path = userPath(person.id)
  const mayEdit = Boolean(desk.directory.change) && mayNotReset(actor, person, desk.helpdeskGroups) === null
  const maySet = mayEdit && actor.roles.includes('admin') && person.status !== 'pending'
  return { editHref: mayEdit ? `${path}/edit` : null, setStatus: maySet ? forms.to(ctx, `${path}/status`) : null }
}

interface Shown {
  readonly path: string
  readonly reset: Reset
  readonly frozen: boolean
  readonly mayAct: boolean
  readonly nameOf: (id: string | null) => string | null
}

async function resetShown(
  desk: Desk,
  forms: Forms,
  ctx: Context,
  { path, reset, frozen, mayAct, nameOf }: Shown,
): Promise<ConsolePages['user']['reset']> {
  const { life, ended } = reset
  const open = mayAct && isUnfinished(reset)
  const place = `${path}/two-factor/resets/${reset.id}`
  const clients = await Promise.all(
    ended.clients.map(async ({ clientId, backchannelLogout }) => ({
      name: await desk.sessions.nameOf(clientId),
      logout: desk.applications.isOurs(clientId) ? ('own' as const) : backchannelLogout,
    })),
  )
  return {
    status: resetStatus(reset, desk.clock.now()),
    frozen,
    at: reset.requestedAt,
    by: nameOf(reset.requestedBy),
    reason: reset.reason,
    expiresAt: reset.expiresAt,
    openedAt: life.is === 'sent' ? null : life.openedAt,
    completed: life.is === 'completed' ? { at: life.at, via: life.via } : null,
    mail: reset.mail,
    ended: { ...ended, clients },
    resend: open ? forms.to(ctx, `${place}/mail`) : null,
    revoke: open ? forms.to(ctx, `${place}/revoke`) : null,
  }
}

const said = ['invited', 'mail', 'revoked', 'frozen', 'sessions', 'changed'] as const

/** The address says what was done; the record says whether it is true. */
function saidOf(
  ctx: Context,
  visit: Visit,
  { status }: Person,
  newest: Reset | undefined,
): ConsolePages['user']['said'] {
  const { reset, done } = ctx.query
  if (newest && reset === newest.id && newest.requestedBy === visit.person.id) return 'reset'
  if (done === 'disabled' || done === 'active') return done === status ? done : null
  return said.find((one) => one === done) ?? null
}
