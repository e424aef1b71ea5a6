/** What applications may know or do for somebody, and ending it, at once. */
import type { Context } from 'koa'
import { isKey, type Key, words } from '../../words.ts'
import type { Desk } from '../desk.ts'
import type { Forms } from '../forms.ts'
import { languageOf } from '../language.ts'
import type { Pages } from '../pages.ts'
import { to } from '../sign-in/progress.ts'
import { type Visit, visitOf } from '../visit.ts'
import { tellAudit } from './sessions.ts'

/** A scope we have no words for is shown by its name: better plain than prettily wrong. */
export const scopeWords = (name: string, say: (key: Key) => string): string => {
  const key = `scope.${name}`
  return isKey(key) ? say(key) : name
}

export async function applicationsOf(
  desk: Desk,
  forms: Forms,
  ctx: Context,
  { person, session }: Visit,
): Promise<Pages['account']['applications']> {
  const { say } = words(languageOf(desk, ctx, { accountLocale: person.locale }))
  const allowed = await desk.applications.list(person.id, session.epoch)
  return allowed.map(({ clientId, name, since, scopes }) => ({
    name,
    since,
    scopes: scopes.map((scope) => scopeWords(scope, say)),
    end: forms.to(ctx, `/account/applications/${encodeURIComponent(clientId)}/end`),
  }))
}

export async function endAccess(desk: Desk, ctx: Context): Promise<void> {
  const visit = visitOf(ctx)
  const clientId = String((ctx['params'] as Record<string, unknown>)['clientId'])
  if (await desk.applications.end(visit.person.id, clientId))
    await tellAudit(desk, ctx, visit, 'access.ended', clientId)
  to(ctx, `${desk.base}/account?ended=access`)
}
