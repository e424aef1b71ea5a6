/**
 * **Edit**, **Disable account** and **Enable account**: what the API's PATCH does. What takes a step-up waits for the code (stepUp.ts);
 * only what was edited is sent, so that nobody puts back unawares what somebody else has changed meanwhile.
 */
import type { Context } from 'koa'
import type { z } from 'zod'
import { mayNotReset } from '../../core/questions.ts'
import type { Role } from '../../ports.ts'
import { answer } from '../answer.ts'
import type { Desk } from '../desk.ts'
import { type Forms, submitted } from '../forms.ts'
import { type Fields, textOf } from '../input.ts'
import { changeFields, changeUser, checkChange } from '../management/operations/changes.ts'
import { findUser, type User } from '../management/operations/users.ts'
import { to } from '../sign-in/progress.ts'
import { aroundVisit, visitOf } from '../visit.ts'
import type { ConsolePages } from './pages.ts'
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
  async act(desk, asked) {
    await changeUser(desk, asked)
    return { query: `done=${asked.request.status === undefined ? 'changed' : asked.request.status}` }
  },
}

export async function showEdit(desk: Desk, forms: Forms, ctx: Context): Promise<void> {
  const user = await findUser(desk, idOf(ctx))
  const why = desk.directory.change
    ? mayNotReset(visitOf(ctx).person, user.person, desk.helpdeskGroups)
    : 'not_supported'
  if (why) return notDone(desk, forms, ctx, 409, user, { what: 'change', why })
  const { name, email, roles: held } = user.person
  const was = { name, email, roles: held }
  editPage(desk, forms, ctx, user, 200, { given: was, was, error: null })
}

export async function edit(desk: Desk, forms: Forms, ctx: Context): Promise<void> {
  const user = await findUser(desk, idOf(ctx))
  const { fields } = submitted(ctx)
  const given = readPerson(fields, '')
  const was = readPerson(fields, '_was')
  const isAdmin = visitOf(ctx).person.roles.includes('admin')
  const request: Request = {
    ...(given.name !== was.name && { name: given.name }),
    ...(isAdmin && given.email !== was.email && { email: given.email }),
    ...(isAdmin && given.roles.join() !== was.roles.join() && { roles: [...given.roles] }),
  }
  if (Object.keys(request).length === 0) return to(ctx, `${desk.base}${userPath(user.person.id)}`)
  await begin(desk, forms, ctx, user, request, (error) => editPage(desk, forms, ctx, user, 422, { given, was, error }))
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

export async function setStatus(desk: Desk, forms: Forms, ctx: Context): Promise<void> {
  const user = await findUser(desk, idOf(ctx))
  const status = submitted(ctx).fields['status'] === 'disabled' ? 'disabled' : 'active'
  await begin(desk, forms, ctx, user, { status }, null)
}

/** Refusals first, then the code, if it takes one. */
async function begin(
  desk: Desk,
  forms: Forms,
  ctx: Context,
  user: User,
  request: Request,
  again: ((error: NonNullable<Page['error']>) => void) | null,
): Promise<void> {
  const { id } = user.person
  const asked = { ...actingOf(ctx, visitOf(ctx), id), key: null, request }
  const checked = await outcomeOf(checkChange(desk, asked))
  if (!('problem' in checked) && checked.takesStepUp) return goStepUp(desk, ctx, guardedChange, id, request)
  const done = 'problem' in checked ? checked : await outcomeOf(changeUser(desk, asked))
  if (!('problem' in done)) return to(ctx, `${desk.base}${userPath(id)}?done=changed`)
  const fault = formFault(done.problem)
  if (fault && again) return again(fault)
  await refusedPage(desk, forms, ctx, user, 'change', done.problem)
}

function editPage(desk: Desk, forms: Forms, ctx: Context, { person }: User, status: number, given: Given): void {
  const visit = visitOf(ctx)
  const locals: Page = {
    ...forms.to(ctx, `${userPath(person.id)}/edit`),
    ...given,
    person: person.name,
    isAdmin: visit.person.roles.includes('admin'),
    cancelHref: userPath(person.id),
  }
  answer(desk, ctx, status, 'edit', locals, aroundVisit(forms, ctx, visit))
}
