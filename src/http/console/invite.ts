/** **Invite user**, and the invitation once more. Only the API gives roles to a new user. */
import type { Context } from 'koa'
import { typedEmail } from '../../email.ts'
import { answer } from '../respond.ts'
import { callerOf, type Services } from '../context.ts'
import { submitted } from '../formTokens.ts'
import { textOf } from '../body.ts'
import { inviteAgain, inviteUser } from '../../service/invitations.ts'
import { seeOther } from '../redirect.ts'
import { webSessionFrame, webSessionOf } from '../webSession.ts'
import type { ConsolePages } from '../pages/consoleLocals.ts'
import { donePath } from './notices.ts'
import { idOf } from './paths.ts'
import { formFault, formStatus, refusedError } from './refusals.ts'

type Given = Pick<ConsolePages['invite'], 'email' | 'person' | 'error'> & { readonly locale: string }

export async function showInvite(services: Services, ctx: Context): Promise<void> {
  page(services, ctx, 200, { email: '', person: '', locale: '', error: null })
}

function page(services: Services, ctx: Context, status: number, { locale, ...given }: Given): void {
  const [first, ...others] = services.languages.map((value) => ({
    value,
    text: services.wordsOf(value).name,
    is: value === locale,
  }))
  // The first language is the default of the service, so that its value is no locale.
  const languages = first && others.length > 0 ? [{ ...first, value: '' }, ...others] : []
  const locals = { ...services.forms.to(ctx, '/admin/invite'), ...given, languages, cancelHref: '/admin/users' }
  answer(services, ctx, { status, page: 'invite', locals, frame: webSessionFrame(services, ctx, webSessionOf(ctx)) })
}

export async function invite(services: Services, ctx: Context): Promise<void> {
  const { person: actor } = webSessionOf(ctx)
  const { fields } = submitted(ctx)
  const typed = textOf(fields['email'])
  const [email, name, locale] = [typedEmail(typed) ?? typed, textOf(fields['name']), textOf(fields['locale'])]
  const request = { email, name, ...(services.languages.includes(locale) && { locale }) }
  const invited = await inviteUser(services, { actor, by: callerOf(ctx, actor.id), request })
  if (invited.is === 'done') return seeOther(ctx, donePath(services, ctx, invited.person.id, 'invited'))
  const { refusal } = invited
  const error = formFault(refusal)
  if (!error) return refusedError(services, ctx, refusal)
  page(services, ctx, formStatus(services, ctx, refusal), { email, person: name, locale, error })
}

export async function inviteOnceMore(services: Services, ctx: Context): Promise<void> {
  const { person: actor } = webSessionOf(ctx)
  const invited = await inviteAgain(services, { actor, by: callerOf(ctx, actor.id), targetId: idOf(ctx) })
  if (invited.is === 'refused') return refusedError(services, ctx, invited.refusal)
  seeOther(ctx, donePath(services, ctx, invited.person.id, 'invited'))
}
