/** Grants of the person to applications, and their revocation. */
import type { Context } from 'koa'
import { managementScopes, type Person } from '../../ports.ts'
import type { Services } from '../context.ts'
import { languageOf } from '../language.ts'
import type { Pages } from '../pages/locals.ts'
import { scopeWords } from '../pages/scopeWords.ts'
import { seeOther } from '../redirect.ts'
import { type WebSession, webSessionOf } from '../webSession.ts'
import { endedPath } from './notices.ts'
import { appendAuditLine } from './sessions.ts'

export async function applicationsOf(
  services: Services,
  ctx: Context,
  { person, session }: WebSession,
): Promise<Pages['account']['applications']> {
  const { say } = services.wordsOf(languageOf(services, ctx, { accountLocale: person.locale }))
  const allowed = await services.applications.list(person.id, session.epoch)
  return allowed.map(({ clientId, name, since, scopes }) => ({
    name,
    since,
    scopes: scopes.filter((scope) => isEffective(scope, person)).map((scope) => scopeWords(scope, say)),
    end: services.forms.to(ctx, `/account/applications/${encodeURIComponent(clientId)}/end`),
  }))
}

/** What a management scope permits depends on the person's roles: without one it permits nothing. */
const isEffective = (scope: string, { roles }: Person): boolean =>
  roles.length > 0 || !(managementScopes as readonly string[]).includes(scope)

export async function endAccess(services: Services, ctx: Context): Promise<void> {
  const webSession = webSessionOf(ctx)
  const clientId = String((ctx['params'] as Record<string, unknown>)['clientId'])
  if (await services.applications.end(webSession.person.id, clientId))
    await appendAuditLine(services, ctx, 'access.ended', clientId)
  seeOther(ctx, endedPath(services, ctx, 'access'))
}
