/** Settings → Users: the list. */
import type { Context } from 'koa'
import { backupCodesState, factorState, isDeleted } from '../../core/questions.ts'
import { LONGEST_ID } from '../../core/rules.ts'
import { mayInvite } from '../../service/invitations.ts'
import { listUsers } from '../../service/users.ts'
import { textOf } from '../body.ts'
import type { Services } from '../context.ts'
import type { UsersPages } from '../pages/usersLocals.ts'
import { answer } from '../respond.ts'
import { webSessionFrame, webSessionOf } from '../webSession.ts'
import { userPath, usersPath } from './paths.ts'
import { refusedError } from './refusals.ts'

export async function showUsers(services: Services, ctx: Context): Promise<void> {
  const given = (name: string): string => textOf(ctx.query[name])
  const filters = {
    search: given('search').trim(),
    status: given('status'),
    two_factor: given('two_factor'),
    group: given('group').trim(),
    role: given('role'),
    backup_codes: given('backup_codes'),
  }
  const cursor = given('cursor')
  const chosen = Object.fromEntries(Object.entries(filters).filter(([, value]) => value !== ''))
  const query = { ...chosen, ...(cursor && { cursor }) }
  const listed = await listUsers(services, { actor: webSessionOf(ctx).person, query })
  if (listed.is === 'refused') return refusedError(services, ctx, listed.refusal)
  const { users, next } = listed
  const page: UsersPages['users'] = {
    ...filters,
    firstHref: cursor === '' ? null : usersPath(chosen),
    said: await saidOfUsers(services, ctx),
    inviteHref: services.directory.create && mayInvite(services, webSessionOf(ctx).person, []) ? '/admin/invite' : null,
    nextHref: next === null ? null : usersPath({ ...chosen, cursor: next }),
    users: users.map((user) => ({
      href: userPath(user.person.id),
      name: user.person.name,
      email: user.person.email,
      roles: user.person.roles,
      status: user.person.status,
      factor: user.account ? factorState(user.account, services.rules) : 'none',
      codes: user.account && backupCodesState(user.account),
    })),
  }
  answer(services, ctx, { page: 'users', locals: page, frame: webSessionFrame(services, ctx, webSessionOf(ctx)) })
}

/** The query names the deleted account; its record confirms it. */
async function saidOfUsers({ accounts }: Services, ctx: Context): Promise<UsersPages['users']['said']> {
  const id = textOf(ctx.query['deleted'])
  const account = id === '' || id.length > LONGEST_ID ? null : await accounts.getStored(id)
  return account && isDeleted(account) ? 'deleted' : null
}
