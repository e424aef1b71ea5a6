/**
 * **Edit**, **Disable account** and **Enable account**: what the API's PATCH does. What takes a step-up waits for the code (stepUp.ts);
 * only what was edited is sent, so that nobody puts back unawares what somebody else has changed meanwhile.
 */
import type { Context } from 'koa'
import type { z } from 'zod'
import { authorityRefusal } from '../../core/authority.ts'
import type { Role } from '../../ports.ts'
import { answer } from '../respond.ts'
import type { Services } from '../context.ts'
import { submitted } from '../formTokens.ts'
import { type Fields, textOf } from '../body.ts'
import { changeFields, changeUser, checkChange } from '../../service/userChanges.ts'
import { findUser, type User } from '../../service/users.ts'
import { seeOther } from '../redirect.ts'
import { webSessionFrame, webSessionOf } from '../webSession.ts'
import type { ConsolePages } from '../pages/consoleLocals.ts'
import { formFault, notDone, outcomeOf, refusedPage } from './refusals.ts'
import { actingOf, goStepUp, type Guarded } from './stepUp.ts'
import { idOf, userPath } from './users.ts'

type Request = z.output<typeof changeFields>
type Page = ConsolePages['edit']
type Given = Pick<Page, 'given' | 'was' | 'error'>

const roles: readonly Role[] = ['admin', 'helpdesk']

export const guardedChange: Guarded<Request> = {
  path: '/edit',
  beginPath: '',
  anchor: 'person',
  request: changeFields,
  shown: ({ status, name = null, email = null, roles: given = null }) => ({
    what: status === 'disabled' ? 'disable' : status === 'active' ? 'enable' : 'change',
    change: { name, email, roles: given },
  }),
  async act(services, action) {
    await changeUser(services, action)
    return { query: `done=${action.request.status === undefined ? 'changed' : action.request.status}` }
  },
}

export async function showEdit(services: Services, ctx: Context): Promise<void> {
  const user = await findUser(services, idOf(ctx))
  const why = services.directory.change
    ? authorityRefusal({ actor: webSessionOf(ctx).person, target: user.person }, services.helpdeskGroups)
    : 'not_supported'
  if (why) return notDone(services, ctx, 409, user, { what: 'change', why })
  const { name, email, roles: held } = user.person
  const was = { name, email, roles: held }
  editPage(services, ctx, user, 200, { given: was, was, error: null })
}

export async function edit(services: Services, ctx: Context): Promise<void> {
  const user = await findUser(services, idOf(ctx))
  const { fields } = submitted(ctx)
  const given = readPerson(fields, '')
  const was = readPerson(fields, '_was')
  const isAdmin = webSessionOf(ctx).person.roles.includes('admin')
  const request: Request = {
    ...(given.name !== was.name && { name: given.name }),
    ...(isAdmin && given.email !== was.email && { email: given.email }),
    ...(isAdmin && given.roles.join() !== was.roles.join() && { roles: [...given.roles] }),
  }
  if (Object.keys(request).length === 0) return seeOther(ctx, `${services.base}${userPath(user.person.id)}`)
  await begin(services, ctx, user, request, (error) => editPage(services, ctx, user, 422, { given, was, error }))
}

/** What stands in the form now, and what stood there when it was shown. */
function readPerson(fields: Fields, suffix: '' | '_was'): Page['given'] {
  const held = [fields[`roles${suffix}`] ?? []].flat()
  return {
    name: textOf(fields[`name${suffix}`]).trim(),
    email: textOf(fields[`email${suffix}`]).trim(),
    roles: roles.filter((role) => held.includes(role)),
  }
}

export async function setStatus(services: Services, ctx: Context): Promise<void> {
  const user = await findUser(services, idOf(ctx))
  const status = submitted(ctx).fields['status'] === 'disabled' ? 'disabled' : 'active'
  await begin(services, ctx, user, { status }, null)
}

/** Refusals first, then the code, if it takes one. */
async function begin(
  services: Services,
  ctx: Context,
  user: User,
  request: Request,
  again: ((error: NonNullable<Page['error']>) => void) | null,
): Promise<void> {
  const { id } = user.person
  const action = { ...actingOf(ctx, webSessionOf(ctx), id), key: null, request }
  const checked = await outcomeOf(checkChange(services, action))
  if (!('problem' in checked) && checked.takesStepUp) return goStepUp(services, ctx, guardedChange, id, request)
  const done = 'problem' in checked ? checked : await outcomeOf(changeUser(services, action))
  if (!('problem' in done)) return seeOther(ctx, `${services.base}${userPath(id)}?done=changed`)
  const fault = formFault(done.problem)
  if (fault && again) return again(fault)
  await refusedPage(services, ctx, user, 'change', done.problem)
}

function editPage(services: Services, ctx: Context, { person }: User, status: number, given: Given): void {
  const webSession = webSessionOf(ctx)
  const locals: Page = {
    ...services.forms.to(ctx, `${userPath(person.id)}/edit`),
    ...given,
    person: person.name,
    isAdmin: webSession.person.roles.includes('admin'),
    cancelHref: userPath(person.id),
  }
  answer(services, ctx, status, 'edit', locals, webSessionFrame(services, ctx, webSession))
}
