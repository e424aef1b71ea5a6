/** Settings → Users: the list. */
import type { Context } from 'koa'
import { backupCodesState, codesRemaining, factorState, resetStatus } from '../../core/questions.ts'
import { purposeOf } from '../../core/link.ts'
import { countUsers, listUsers, type User } from '../../service/users.ts'
import { textOf } from '../body.ts'
import type { Services } from '../context.ts'
import type { UsersPages } from '../pages/usersLocals.ts'
import { answer } from '../respond.ts'
import { webSessionFrame, webSessionOf } from '../webSession.ts'
import { mayInviteAny } from './invite.ts'
import { saysDeleted } from './notices.ts'
import { listPath, pageQuery, pagesBeside, positionOf, userPath } from './paths.ts'
import { refusedError } from './refusals.ts'

type Listed = UsersPages['users']['users'][number]

/** The filters of the page as they were given, and those that select. */
export function filtersOf(ctx: Context) {
  const given = (name: string): string => textOf(ctx.query[name])
  const filters = {
    search: given('search').trim(),
    status: given('status'),
    two_factor: given('two_factor'),
    group: given('group').trim(),
    role: given('role'),
    backup_codes: given('backup_codes'),
  }
  return {
    filters,
    chosen: Object.fromEntries(Object.entries(filters).filter(([, value]) => value !== '')),
  }
}

export async function showUsers(services: Services, ctx: Context): Promise<void> {
  const { filters, chosen } = filtersOf(ctx)
  const position = positionOf(ctx)
  const { cursor } = position
  const actor = webSessionOf(ctx).person
  const [listed, counted] = await Promise.all([
    listUsers(services, { actor, query: { ...chosen, ...(cursor && { cursor }) } }),
    countUsers(services, { actor, query: chosen }),
  ])
  if (listed.is === 'refused') return refusedError(services, ctx, listed.refusal)
  const { users, next } = listed
  const list = new URLSearchParams(pageQuery(chosen, position)).toString()
  const page: UsersPages['users'] = {
    ...filters,
    ...pagesBeside('/admin/users', chosen, { ...position, next }),
    total: cursor === '' && next === null ? { count: users.length, isMore: false } : counted,
    now: services.clock.now(),
    said: saysDeleted(services, ctx) ? 'deleted' : null,
    fileHref: listPath('/admin/users.csv', chosen),
    inviteHref: services.directory.create && mayInviteAny(services, actor) ? '/admin/invite' : null,
    users: users.map((user) => ({
      ...listedUser(services, user),
      href: listPath(userPath(user.person.id), list === '' ? {} : { list }),
    })),
  }
  answer(services, ctx, {
    page: 'users',
    locals: page,
    frame: webSessionFrame(services, ctx, webSessionOf(ctx)),
  })
}

function listedUser({ rules, clock }: Services, { person, account }: User): Omit<Listed, 'href'> {
  const active = account?.factor.is === 'active' ? account.factor : null
  return {
    name: person.name,
    email: person.email,
    roles: person.roles,
    status: person.status,
    factor: account ? factorState(account, rules) : 'none',
    link: linkOf({ person, account }, clock.now()),
    codes: account &&
      active && {
        left: codesRemaining(account),
        state: backupCodesState(account),
      },
    lastUsedAt: active?.lastUsedAt ?? null,
  }
}

/** The mailed link that a person without a factor waits for. */
function linkOf({ person, account }: User, now: number): Listed['link'] {
  if (account?.factor.is === 'reset') {
    const [reset] = account.resets
    if (account.factor.frozen || !reset) return { is: 'blocked', until: null }
    const status = resetStatus(reset, now)
    if (status === 'revoked') return { is: 'cancelled', until: null }
    if (status === 'expired') return { is: 'expired', until: null }
    const { mail, expiresAt: until } = reset
    if (status === 'opened') return { is: 'opened', until }
    return {
      is: mail.status === 'failed' || mail.status === 'queued' ? mail.status : 'sent',
      until,
    }
  }
  const invitation = person.status === 'pending' && account?.links.find((link) => purposeOf(link) === 'invitation')
  if (!invitation) return null
  const isLive = invitation.state.is === 'live' && now < invitation.expiresAt
  return isLive ? { is: 'invitation', until: invitation.expiresAt } : { is: 'expired', until: null }
}
