/** Whether another's application may know. First-party clients never come here. */
import type { Context } from 'koa'
import { words } from '../../words.ts'
import { scopeWords } from '../account/applications.ts'
import { answer } from '../answer.ts'
import type { Desk } from '../desk.ts'
import { type Forms, submitted } from '../forms.ts'
import { languageOf } from '../language.ts'
import { Refused } from '../refused.ts'
import { answerFinished, around, emailOf, notYouHref, pathOf, progressOf, to } from './progress.ts'

export async function showConsent(desk: Desk, forms: Forms, ctx: Context): Promise<void> {
  const { signIn } = await progressOf(desk, ctx)
  if (signIn.finished) return answerFinished(desk, ctx, signIn)
  if (signIn.prompt !== 'consent' || !signIn.client || !signIn.session) return to(ctx, pathOf(desk, signIn.uid))
  const { say } = words(languageOf(desk, ctx, around(signIn)))
  const email = await emailOf(desk, signIn.session.accountId)
  const scopes = signIn.asked.scopes.map((name) => ({ name, words: scopeWords(name, say) }))
  const form = forms.to(ctx, `/sign-in/${signIn.uid}/consent`)
  const accountHref = desk.places.includes('account') ? '/account' : null
  const locals = {
    ...form,
    client: signIn.client,
    email,
    scopes,
    notYouHref: notYouHref(desk, ctx, signIn),
    accountHref,
  }
  answer(desk, ctx, 200, 'consent', locals, around(signIn, email))
}

export async function decideConsent(desk: Desk, forms: Forms, ctx: Context): Promise<void> {
  const { signIn } = await progressOf(desk, ctx)
  const { fields } = submitted(ctx)
  if (!signIn.finished) {
    if (signIn.prompt !== 'consent') throw new Refused('bad-request')
    if (fields['decision'] === 'allow') await desk.interactions.consent(signIn)
    else if (fields['decision'] === 'deny') await desk.interactions.deny(signIn)
    else throw new Refused('bad-request')
  }
  return answerFinished(desk, ctx, signIn)
}
