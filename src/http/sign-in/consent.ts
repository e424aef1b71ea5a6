/** Whether another's application may know. First-party clients never come here. */
import type { Context } from 'koa'
import { words } from '../../i18n/messages.ts'
import { scopeWords } from '../pages/scopeWords.ts'
import { answer } from '../respond.ts'
import type { Services } from '../context.ts'
import { signInPath } from '../paths.ts'
import { submitted } from '../formTokens.ts'
import { languageOf } from '../language.ts'
import { Refused } from '../requestError.ts'
import { seeOther } from '../redirect.ts'
import { answerFinished, frame, emailOf, notYouHref, progressOf } from './progress.ts'

export async function showConsent(services: Services, ctx: Context): Promise<void> {
  const { signIn } = await progressOf(services, ctx)
  if (signIn.finished) return answerFinished(services, ctx, signIn)
  if (signIn.prompt !== 'consent' || !signIn.client || !signIn.session)
    return seeOther(ctx, signInPath(services, signIn.uid))
  const { say } = words(languageOf(services, ctx, frame(signIn)))
  const email = await emailOf(services, signIn.session.accountId)
  const scopes = signIn.request.scopes.map((name) => ({ name, words: scopeWords(name, say) }))
  const form = services.forms.to(ctx, `/sign-in/${signIn.uid}/consent`)
  const accountHref = services.apps.includes('account') ? '/account' : null
  const locals = {
    ...form,
    client: signIn.client,
    email,
    scopes,
    notYouHref: notYouHref(services, ctx, signIn),
    accountHref,
  }
  answer(services, ctx, { page: 'consent', locals, frame: frame(signIn, email) })
}

export async function decideConsent(services: Services, ctx: Context): Promise<void> {
  const { signIn } = await progressOf(services, ctx)
  const { fields } = submitted(ctx)
  if (!signIn.finished) {
    if (signIn.prompt !== 'consent') throw new Refused('bad-request')
    if (fields['decision'] === 'allow') await services.interactions.consent(signIn)
    else if (fields['decision'] === 'deny') await services.interactions.deny(signIn)
    else throw new Refused('bad-request')
  }
  return answerFinished(services, ctx, signIn)
}
