/** **Invite user**: somebody new, who completes the account by the mailed link; and the letter once more. Roles are given by the API. */
import type { Context } from 'koa'
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

type Given = Pick<ConsolePages['invite'], 'email' | 'person' | 'error'>

export async function showInvite(desk: Desk, forms: Forms, ctx: Context): Promise<void> {
  page(desk, forms, ctx, 200, { email: '', person: '', error: null })
}

function page(desk: Desk, forms: Forms, ctx: Context, status: number, given: Given): void {
  const locals = { ...forms.to(ctx, '/admin/invite'), ...given, cancelHref: '/admin/users' }
  answer(desk, ctx, status, 'invite', locals, aroundVisit(forms, ctx, visitOf(ctx)))
}

export async function invite(desk: Desk, forms: Forms, ctx: Context): Promise<void> {
  const { person: actor } = visitOf(ctx)
  const { fields } = submitted(ctx)
  const [email, name] = [textOf(fields['email']), textOf(fields['name'])]
  try {
    const { person } = await inviteUser(desk, { actor, by: callerOf(ctx, actor.id), request: { email, name } })
    to(ctx, `${desk.base}${userPath(person.id)}?done=invited`)
  } catch (error) {
    const fault = error instanceof ProblemError ? formFault(error.problem) : null
    if (!fault) throw error
    page(desk, forms, ctx, 422, { email, person: name, error: fault })
  }
}

export async function inviteOnceMore(desk: Desk, ctx: Context): Promise<void> {
  const { person: actor } = visitOf(ctx)
  const { person } = await inviteAgain(desk, { actor, by: callerOf(ctx, actor.id), targetId: idOf(ctx) })
  to(ctx, `${desk.base}${userPath(person.id)}?done=invited`)
}
