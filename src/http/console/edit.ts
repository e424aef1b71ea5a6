/**
 * **Edit**, **Disable account** and **Enable account**. A guarded change requires a step-up (stepUp.ts). Only edited fields are sent, so
 * that a concurrent change by another administrator stays.
 */
import type { Context } from 'koa'
import type { z } from 'zod'
import { sameEmail, typedEmail } from '../../email.ts'
import { authorityRefusal } from '../../core/authority.ts'
import { roles } from '../../ports.ts'
import { answer } from '../respond.ts'
import type { Services } from '../context.ts'
import { submitted } from '../formTokens.ts'
import { type Fields, textOf } from '../body.ts'
import { changeFields, changeUser, checkChange } from '../../service/userChanges.ts'
import type { AnyRefusal } from '../../service/refusal.ts'
import type { User } from '../../service/users.ts'
import { seeOther } from '../redirect.ts'
import { webSessionFrame, webSessionOf } from '../webSession.ts'
import type { ConsolePages } from '../pages/consoleLocals.ts'
import { donePath } from './notices.ts'
import { userPath } from './paths.ts'
import { formFault, notDone, refusedPage, withUser } from './refusals.ts'
import { actingOf, goStepUp, type Guarded } from './stepUp.ts'

type Request = z.output<typeof changeFields>
type Page = ConsolePages['edit']
type Given = Pick<Page, 'given' | 'was' | 'error'> & { readonly status: number }

export const guardedChange: Guarded<Request> = {
  path: '/edit',
  beginPath: '',
  anchor: 'person',
  request: changeFields,
  shown: ({ status, name, email, roles: given }, { person }) => ({
    what: status === 'disabled' ? 'disable' : status === 'active' ? 'enable' : 'change',
    changes: [
      ...(name === undefined ? [] : [{ field: 'name', from: [person.name], to: [name] } as const]),
      ...(email === undefined ? [] : [{ field: 'email', from: [person.email], to: [email] } as const]),
      ...(given === undefined ? [] : [{ field: 'roles', from: person.roles, to: given } as const]),
    ],
  }),
  async act(services, action) {
    const changed = await changeUser(services, action)
    const { status = 'changed' } = action.request
    return changed.is === 'refused' ? changed : { is: 'done', done: status }
  },
}

export const notEditable = { self: 'not-done.change.self', authority: 'not-done.authority' } as const

export const showEdit = withUser((services, ctx, user) => {
  const why = authorityRefusal({ actor: webSessionOf(ctx).person, target: user.person }, services.helpdeskGroups)
  const says = services.directory.change ? why && notEditable[why] : 'not-done.not_supported'
  if (says) return notDone(services, ctx, user, { status: 409, what: 'change', says })
  const { name, email, roles: held } = user.person
  const was = { name, email, roles: held }
  editPage(services, ctx, user, { status: 200, given: was, was, error: null })
})

export const edit = withUser(async (services, ctx, user) => {
  const { fields } = submitted(ctx)
  const given = readPerson(fields, '')
  const was = readPerson(fields, '_was')
  const isAdmin = webSessionOf(ctx).person.roles.includes('admin')
  const request: Request = {
    ...(given.name !== was.name && { name: given.name }),
    ...(isAdmin && !sameEmail(given.email, was.email) && { email: given.email }),
    ...(isAdmin && given.roles.join() !== was.roles.join() && { roles: [...given.roles] }),
  }
  if (Object.keys(request).length === 0) return seeOther(ctx, `${services.base}${userPath(user.person.id)}`)
  const refusal = await begin(services, ctx, user, request)
  const error = refusal && formFault(refusal)
  if (error) return editPage(services, ctx, user, { status: 422, given, was, error })
  if (refusal) await refusedPage(services, ctx, user, { what: 'change', refusal })
})

const readable = (typed: string): string => typedEmail(typed) ?? typed.trim()

/** The submitted values, or with `_was` the values that the form was shown with. A browser may send another spelling of the same. */
function readPerson(fields: Fields, suffix: '' | '_was'): Page['given'] {
  const held = [fields[`roles${suffix}`] ?? []].flat()
  return {
    name: textOf(fields[`name${suffix}`]).trim().normalize('NFC'),
    email: readable(textOf(fields[`email${suffix}`])),
    roles: roles.filter((role) => held.includes(role)),
  }
}

export const setStatus = withUser(async (services, ctx, user) => {
  const status = submitted(ctx).fields['status'] === 'disabled' ? 'disabled' : 'active'
  const refusal = await begin(services, ctx, user, { status })
  if (refusal) await refusedPage(services, ctx, user, { what: 'change', refusal })
})

/** Checks refusals, then goes to the step-up if it is required; null: answered. */
async function begin(services: Services, ctx: Context, { person }: User, request: Request): Promise<AnyRefusal | null> {
  const { id: targetId } = person
  const action = { ...actingOf(ctx, webSessionOf(ctx), targetId), key: null, request }
  const checked = await checkChange(services, action)
  if (checked.is === 'refused') return checked.refusal
  if (checked.takesStepUp) goStepUp(services, ctx, guardedChange, { targetId, request })
  else {
    const changed = await changeUser(services, action)
    if (changed.is === 'refused') return changed.refusal
    seeOther(ctx, donePath(services, ctx, targetId, 'changed'))
  }
  return null
}

function editPage(services: Services, ctx: Context, { person }: User, { status, ...given }: Given): void {
  const webSession = webSessionOf(ctx)
  const locals: Page = {
    ...services.forms.to(ctx, `${userPath(person.id)}/edit`),
    ...given,
    person: person.name,
    isAdmin: webSession.person.roles.includes('admin'),
    cancelHref: userPath(person.id),
  }
  answer(services, ctx, { status, page: 'edit', locals, frame: webSessionFrame(services, ctx, webSession) })
}
