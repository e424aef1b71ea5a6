/** Consent for third-party applications. */
import type { Context } from 'koa'
import type { Services } from '../context.ts'
import { submitted } from '../formTokens.ts'
import { languageOf } from '../language.ts'
import { scopeWords } from '../pages/scopeWords.ts'
import { signInPath } from '../paths.ts'
import { seeOther } from '../redirect.ts'
import { Refused } from '../requestError.ts'
import { answer } from '../respond.ts'
import { emailOf, progressOf } from './progress.ts'
import { answerFinished, formTo, frameOf, notYouHref } from './stage.ts'

export async function showConsent(services: Services, ctx: Context): Promise<void> {
  const request = await progressOf(services, ctx)
  const { signIn } = request
  const { prompt, client, session } = signIn
  if (signIn.finished) return answerFinished(request)
  if (prompt !== 'consent' || !client || !session) return seeOther(ctx, signInPath(services, signIn.uid))
  const { say } = services.wordsOf(languageOf(services, ctx, frameOf(signIn)))
  const email = await emailOf(services, session.accountId)
  const locals = {
    ...formTo(request, '/consent'),
    client,
    email,
    scopes: signIn.request.scopes.map((name) => ({ name, words: scopeWords(name, say) })),
    notYouHref: notYouHref(request),
    accountHref: services.apps.includes('account') ? '/account' : null,
  }
  answer(services, ctx, { page: 'consent', locals, frame: frameOf(signIn, email) })
}

export async function decideConsent(services: Services, ctx: Context): Promise<void> {
  const request = await progressOf(services, ctx)
  const { signIn } = request
  const decision = submitted(ctx).fields['decision']
  if (!signIn.finished) {
    if (signIn.prompt !== 'consent') throw new Refused('bad-request')
    if (decision === 'allow') await services.interactions.consent(signIn)
    else if (decision === 'deny') await services.interactions.deny(signIn)
    else throw new Refused('bad-request')
  }
  answerFinished(request)
}
