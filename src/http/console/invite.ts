/** **Invite user**: somebody new, who completes the account by the mailed link; and the letter once more. Roles are given by the API. */
import type { Context } from 'koa'
import { words } from '../../i18n/messages.ts'
import { answer } from '../respond.ts'
import { callerOf, type Services } from '../context.ts'
import { submitted } from '../formTokens.ts'
import { textOf } from '../body.ts'
import { inviteAgain, inviteUser } from '../../service/invitations.ts'
import { ProblemError } from '../problem.ts'
import { seeOther } from '../redirect.ts'
import { webSessionFrame, webSessionOf } from '../webSession.ts'
import type { ConsolePages } from '../pages/consoleLocals.ts'
import { formFault } from './refusals.ts'
import { idOf, userPath } from './users.ts'

type Given = Pick<ConsolePages['invite'], 'email' | 'person' | 'error'> & { readonly locale: string }

export async function showInvite(services: Services, ctx: Context): Promise<void> {
  page(services, ctx, 200, { email: '', person: '', locale: '', error: null })
}

function page(services: Services, ctx: Context, status: number, { locale, ...given }: Given): void {
  const [first, ...others] = services.languages.map((value) => ({
    value,
    text: words(value).name,
    is: value === locale,
  }))
  // The first is what people have of whom nothing is known: no locale of their own.
  const languages = first && others.length > 0 ? [{ ...first, value: '' }, ...others] : []
  const locals = { ...services.forms.to(ctx, '/admin/invite'), ...given, languages, cancelHref: '/admin/users' }
  answer(services, ctx, status, 'invite', locals, webSessionFrame(services, ctx, webSessionOf(ctx)))
}

export async function invite(services: Services, ctx: Context): Promise<void> {
  const { person: actor } = webSessionOf(ctx)
  const { fields } = submitted(ctx)
  const [email, name, locale] = [textOf(fields['email']), textOf(fields['name']), textOf(fields['locale'])]
  const request = { email, name, ...(services.languages.includes(locale) && { locale }) }
  try {
    const { person } = await inviteUser(services, { actor, by: callerOf(ctx, actor.id), request })
    seeOther(ctx, `${services.base}${userPath(person.id)}?done=invited`)
  } catch (error) {
    const fault = error instanceof ProblemError ? formFault(error.problem) : null
    if (!fault) throw error
    const { status, headers } = (error as ProblemError).problem
    const retryAfter = headers?.['Retry-After']
    if (retryAfter) ctx.set('Retry-After', retryAfter)
    page(services, ctx, fault === 'too-many-mails' ? status : 422, { email, person: name, locale, error: fault })
  }
}

export async function inviteOnceMore(services: Services, ctx: Context): Promise<void> {
  const { person: actor } = webSessionOf(ctx)
  const { person } = await inviteAgain(services, { actor, by: callerOf(ctx, actor.id), targetId: idOf(ctx) })
  seeOther(ctx, `${services.base}${userPath(person.id)}?done=invited`)
}
