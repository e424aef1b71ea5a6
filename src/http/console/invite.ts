/** **Invite user**, and the invitation once more. A role requires the own code, in the same form. */
import type { Context } from 'koa'
import { visibleGroups } from '../../core/authority.ts'
import type { Person } from '../../ports.ts'
import { inviteAgain, inviteUser, isTaken, mayInvite } from '../../service/invitations.ts'
import { findPerson } from '../../service/users.ts'
import { textOf } from '../body.ts'
import type { Services } from '../context.ts'
import { submitted } from '../formTokens.ts'
import type { FieldFault, PersonFields, UsersPages } from '../pages/usersLocals.ts'
import { seeOther } from '../redirect.ts'
import { answer } from '../respond.ts'
import { sealNotice } from '../sealedNotice.ts'
import { webSessionFrame, webSessionOf } from '../webSession.ts'
import { donePath, noticeOf } from './notices.ts'
import { userPath } from './paths.ts'
import { formFaults, languageOptions, localeOf, readPerson } from './personForm.ts'
import { formStatus, refusedError, refusedPage, withUser } from './refusals.ts'
import { actingOf, actingWithCode } from './stepUp.ts'

const noPerson: PersonFields = { name: '', email: '', locale: '', roles: [], groups: [] }

/** Whether the actor may invite at all: into one of their groups, if they are limited to some. */
export const mayInviteAny = (services: Services, actor: Person): boolean =>
  mayInvite(services, actor, visibleGroups(actor, services.helpdeskGroups) ?? [])

export async function showInvite(services: Services, ctx: Context): Promise<void> {
  const own = visibleGroups(webSessionOf(ctx).person, services.helpdeskGroups)
  const given = { ...noPerson, groups: own?.length === 1 ? own : [] }
  page(services, ctx, { status: 200, given, faults: [], said: await saidOf(services, ctx) })
}

export async function showInviteAgain(services: Services, ctx: Context): Promise<void> {
  page(services, ctx, { status: 200, given: readPerson(submitted(ctx).fields), faults: [], said: null })
}

/** The query names who was invited a moment ago in this session. */
async function saidOf(services: Services, ctx: Context): Promise<UsersPages['invite']['said']> {
  const id = textOf(ctx.query['invited'])
  if (noticeOf(services, ctx, id) !== 'invited') return null
  const found = await findPerson(services, id)
  return found.is === 'refused' ? null : { ...found.person, href: userPath(id) }
}

interface Shown extends Pick<UsersPages['invite'], 'given' | 'faults' | 'said'> {
  readonly status: number
}

function page(services: Services, ctx: Context, { status, ...shown }: Shown): void {
  const { person: actor } = webSessionOf(ctx)
  const locals: UsersPages['invite'] = {
    ...services.forms.to(ctx, '/admin/invite'),
    ...shown,
    isAdmin: actor.roles.includes('admin'),
    ownGroups: visibleGroups(actor, services.helpdeskGroups),
    languages: languageOptions(services, ctx, shown.given.locale),
    linkSeconds: services.rules.invitationLifetimeSeconds,
    severalHref: '/admin/invite/several',
    cancelHref: '/admin/users',
  }
  answer(services, ctx, { status, page: 'invite', locals, frame: webSessionFrame(services, ctx, webSessionOf(ctx)) })
}

export async function invite(services: Services, ctx: Context): Promise<void> {
  const { fields } = submitted(ctx)
  const given = readPerson(fields)
  const { email, name, roles, groups } = given
  const acting = actingWithCode(services, ctx)
  const { actor, code } = acting
  const invited = await inviteUser(services, {
    ...acting,
    request: { email, name, roles, groups, locale: localeOf(services, given.locale) },
  })
  if (invited.is === 'done') return seeOther(ctx, pathAfter(services, ctx, invited.person.id, 'another' in fields))
  const { refusal } = invited
  const found = formFaults(refusal, { name, code })
  const mayKnow = refusal.is === 'invalid' && mayInvite(services, actor, groups)
  const faults = mayKnow ? await withTaken(services, email, found) : found
  if (faults.length === 0) return refusedError(services, ctx, refusal)
  page(services, ctx, { status: formStatus(services, ctx, refusal), given, faults, said: null })
}

/** With the fault that the service finds only once every field is right, so that all are corrected at once. */
async function withTaken(
  { directory }: Services,
  email: string,
  faults: readonly FieldFault[],
): Promise<readonly FieldFault[]> {
  const isOpen = faults.length > 0 && faults.every(({ field }) => field === 'name' || field === 'groups')
  if (!isOpen || !(await isTaken(directory, email))) return faults
  return [{ says: 'invite.error.taken', field: 'email' }, ...faults]
}

/** The page of the new user, or the next invitation. */
function pathAfter(services: Services, ctx: Context, id: string, isNext: boolean): string {
  if (!isNext) return donePath(services, ctx, id, 'invited')
  const query = new URLSearchParams({ invited: id, done: sealNotice(services, ctx, id, 'invited') })
  return `${services.base}/admin/invite?${query.toString()}`
}

export const inviteOnceMore = withUser(async (services, ctx, user) => {
  const { id } = user.person
  const invited = await inviteAgain(services, actingOf(ctx, webSessionOf(ctx), id))
  if (invited.is === 'refused') return refusedPage(services, ctx, user, { what: 'change', refusal: invited.refusal })
  seeOther(ctx, donePath(services, ctx, id, 'invited'))
})
