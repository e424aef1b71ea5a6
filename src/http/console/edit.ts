/**
 * **Edit**, **Disable account** and **Enable account**. A guarded change requires a step-up (stepUp.ts). Only edited fields are sent, so
 * that a concurrent change by another administrator stays.
 */
import type { Context } from 'koa'
import type { z } from 'zod'
import { sameEmail } from '../../email.ts'
import { authorityRefusal } from '../../core/authority.ts'
import { answer } from '../respond.ts'
import type { Services } from '../context.ts'
import { submitted } from '../formTokens.ts'
import { changeAct, changeFields, changeUser, checkChange } from '../../service/userChanges.ts'
import type { AnyRefusal } from '../../service/refusal.ts'
import type { User } from '../../service/users.ts'
import { seeOther } from '../redirect.ts'
import { webSessionFrame, webSessionOf } from '../webSession.ts'
import type { PersonFields, UsersPages } from '../pages/usersLocals.ts'
import { donePath } from './notices.ts'
import { userPath } from './paths.ts'
import { formFaults, languageOptions, localeOf, readPerson } from './personForm.ts'
import { notDone, refusedPage, withUser } from './refusals.ts'
import { actingOf, goStepUp, type Guarded } from './stepUp.ts'

type Request = z.output<typeof changeFields>
type Page = UsersPages['edit']
type Given = Pick<Page, 'given' | 'was' | 'faults'> & { readonly status: number }

const listOf = (locale: string | null): readonly string[] => (locale === null ? [] : [locale])

export const guardedChange: Guarded<Request> = {
  path: '/edit',
  beginPath: '',
  anchor: 'person',
  request: changeFields,
  shown: ({ status, name, email, roles: given, locale, groups }, { person }) => ({
    what: status === 'disabled' ? 'disable' : status === 'active' ? 'enable' : 'change',
    changes: [
      ...(name === undefined ? [] : [{ field: 'name', from: [person.name], to: [name] } as const]),
      ...(email === undefined ? [] : [{ field: 'email', from: [person.email], to: [email] } as const]),
      ...(given === undefined ? [] : [{ field: 'roles', from: person.roles, to: given } as const]),
      ...(locale === undefined
        ? []
        : [{ field: 'language', from: listOf(person.locale), to: listOf(locale) } as const]),
      ...(groups === undefined ? [] : [{ field: 'groups', from: person.groups, to: groups } as const]),
    ],
    reason: null,
  }),
  actOf: changeAct,
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
  const { name, email, locale, roles, groups } = user.person
  const was = { name, email, locale: locale ?? '', roles, groups }
  editPage(services, ctx, user, { status: 200, given: was, was, faults: [] })
})

export const showEditAgain = withUser((services, ctx, user) => {
  const { fields } = submitted(ctx)
  const [given, was] = [readPerson(fields), readPerson(fields, '_was')]
  editPage(services, ctx, user, { status: 200, given, was, faults: [] })
})

export const edit = withUser(async (services, ctx, user) => {
  const { fields } = submitted(ctx)
  const given = readPerson(fields)
  const was = readPerson(fields, '_was')
  const isAdmin = webSessionOf(ctx).person.roles.includes('admin')
  const request = edited(services, { given, was, isAdmin })
  if (Object.keys(request).length === 0) return seeOther(ctx, `${services.base}${userPath(user.person.id)}`)
  const refusal = await begin(services, ctx, user, request)
  const faults = refusal ? formFaults(refusal, given) : []
  if (faults.length > 0) return editPage(services, ctx, user, { status: 422, given, was, faults })
  if (refusal) await refusedPage(services, ctx, user, { what: 'change', refusal })
})

interface Edited {
  readonly given: PersonFields
  readonly was: PersonFields
  readonly isAdmin: boolean
}

/** What the form changes. */
function edited(services: Services, { given, was, isAdmin }: Edited): Request {
  const locale = localeOf(services, given.locale)
  return {
    ...(given.name !== was.name && { name: given.name }),
    ...(isAdmin && !sameEmail(given.email, was.email) && { email: given.email }),
    ...(isAdmin && given.roles.join() !== was.roles.join() && { roles: [...given.roles] }),
    ...(locale !== localeOf(services, was.locale) && { locale }),
    ...(given.groups.join('\n') !== was.groups.join('\n') && { groups: [...given.groups] }),
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
    languages: languageOptions(services, ctx, given.given.locale),
    cancelHref: userPath(person.id),
  }
  answer(services, ctx, { status, page: 'edit', locals, frame: webSessionFrame(services, ctx, webSession) })
}
