/** **Invite user**: somebody new, who completes the account by the mailed link; and the letter once more. Roles are given by the API. */
import type { Context } from 'koa'
import { words } from '../../words.ts'
import { answer } from '../answer.ts'
import { callerOf, type Desk } from '../desk.ts'
import { type Forms, submitted } from '../forms.ts'
import { textOf } from '../input.ts'
import { inviteAgain, inviteUser } from '../management/operations/people.ts'
import { ProblemError } from '../management/problem.ts'
import { to } from '../sign-in/progress.ts'
import { aroundVisit, visitOf } from '../visit.ts'
import type { ConsolePages } from './pages.ts'
import { formFault } from './refusals.ts'
import { idOf, userPath } from './users.ts'

type Given = Pick<ConsolePages['invite'], 'email' | 'person' | 'error'> & { readonly locale: string }

export async function showInvite(desk: Desk, forms: Forms, ctx: Context): Promise<void> {
  page(desk, forms, ctx, 200, { email: '', person: '', locale: '', error: null })
}

function page(desk: Desk, forms: Forms, ctx: Context, status: number, { locale, ...given }: Given): void {
  const [first, ...others] = desk.languages.map((value) => ({ value, text: words(value).name, is: value === locale }))
  // The first is what people have of whom nothing is known: no locale of their own.
  const languages = first && others.length > 0 ? [{ ...first, value: '' }, ...others] : []
  const locals = { ...forms.to(ctx, '/admin/invite'), ...given, languages, cancelHref: '/admin/users' }
  answer(desk, ctx, status, 'invite', locals, aroundVisit(forms, ctx, visitOf(ctx)))
}

export async function invite(desk: Desk, forms: Forms, ctx: Context): Promise<void> {
  const { person: actor } = visitOf(ctx)
  const { fields } = submitted(ctx)
  const [email, name, locale] = [textOf(fields['email']), textOf(fields['name']), textOf(fields['locale'])]
  const request = { email, name, ...(desk.languages.includes(locale) && { locale }) }
  try {
    const { person } = await inviteUser(desk, { actor, by: callerOf(ctx, actor.id), request })
    to(ctx, `${desk.base}${userPath(person.id)}?done=invited`)
  } catch (error) {
    const fault = error instanceof ProblemError ? formFault(error.problem) : null
    if (!fault) throw error
    const { status, headers } = (error as ProblemError).problem
    const retryAfter = headers?.['Retry-After']
    if (retryAfter) ctx.set('Retry-After', retryAfter)
    page(desk, forms, ctx, fault === 'too-many-mails' ? status : 422, { email, person: name, locale, error: fault })
  }
}

export async function inviteOnceMore(desk: Desk, ctx: Context): Promise<void> {
  const { person: actor } = visitOf(ctx)
  const { person } = await inviteAgain(desk, { actor, by: callerOf(ctx, actor.id), targetId: idOf(ctx) })
  to(ctx, `${desk.base}${userPath(person.id)}?done=invited`)
}
