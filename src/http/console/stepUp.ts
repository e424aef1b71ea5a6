/**
 * **Enter your own code**: what was confirmed waits, sealed into the address of this page, for this visit and this person only. Its
 * key makes a second sending the same act. Nothing is changed before the code, and nothing of the rules stands here.
 */
import type { Context } from 'koa'
import { z } from 'zod'
import type { Use } from '../../crypto/purposes.ts'
import { answer } from '../respond.ts'
import { callerOf, type Services } from '../context.ts'
import { submitted } from '../formTokens.ts'
import { textOf } from '../body.ts'
import { isKnownHere } from '../knownBrowser.ts'
import type { Action } from '../../service/authority.ts'
import type { StepUp } from '../../service/stepUp.ts'
import { findUser, type User } from '../../service/users.ts'
import { seeOther } from '../redirect.ts'
import { webSessionFrame, type WebSession, webSessionOf } from '../webSession.ts'
import type { ConsolePages } from '../pages/consoleLocals.ts'
import { outcomeOf, refusedPage } from './refusals.ts'
import { idOf, userPath } from './users.ts'

type Page = ConsolePages['step-up']

/** Something that takes a step-up. */
export interface Guarded<R> {
  /** Below the person's page: the step-up is at `{path}/step-up`. */
  readonly path: string
  /** Where it is begun again when it waited too long: below the person's page. */
  readonly beginPath: string
  /** Of the person's page, where Cancel leads. */
  readonly anchor: string
  readonly request: z.ZodType<R>
  /** What the page says it is for. */
  shown(request: R): Pick<Page, 'what' | 'change'>
  /** The operation; what the person's page is told of it. */
  act(
    services: Services,
    action: Action & StepUp & { readonly key: string; readonly request: R },
  ): Promise<{ readonly query: string }>
}

/** From what was confirmed to the code. Seconds. */
const ACT_SECONDS = 300

const useOf = ({ session }: WebSession, target: string, path: string): Use<'browser'> => ({
  for: 'waiting-act',
  session: session.uid,
  target,
  path,
})
const pathOf = ({ path }: Pick<Guarded<unknown>, 'path'>, id: string): string => `${userPath(id)}${path}/step-up`

export const actingOf = (ctx: Context, { person }: WebSession, targetId: string): Action => ({
  actor: person,
  by: callerOf(ctx, person.id),
  targetId,
})

/** Nothing happens yet. */
export function goStepUp<R>(services: Services, ctx: Context, guarded: Guarded<R>, targetId: string, request: R): void {
  const { form: key } = submitted(ctx)
  const act = JSON.stringify({ key, request, until: services.clock.now() + ACT_SECONDS })
  const sealed = services.sealing.seal(act, useOf(webSessionOf(ctx), targetId, guarded.path))
  seeOther(ctx, `${services.base}${pathOf(guarded, targetId)}?act=${encodeURIComponent(sealed)}`)
}

function openAct<R>(services: Services, ctx: Context, { path, request }: Guarded<R>, targetId: string, sealed: string) {
  const text = services.sealing.tryOpen(sealed, useOf(webSessionOf(ctx), targetId, path))
  if (text === null) return null
  const { data: act } = z.object({ key: z.string(), request, until: z.number() }).safeParse(JSON.parse(text))
  return act && services.clock.now() < act.until ? { key: act.key, request: act.request } : null
}

export const showStepUp =
  <R>(guarded: Guarded<R>) =>
  async (services: Services, ctx: Context): Promise<void> => {
    const user = await findUser(services, idOf(ctx))
    const { id } = user.person
    const sealed = textOf(ctx.query['act'])
    const act = openAct(services, ctx, guarded, id, sealed)
    if (!act) return seeOther(ctx, `${services.base}${userPath(id)}${guarded.beginPath}`)
    page(services, ctx, guarded, user, 200, { sealed, request: act.request, error: null })
  }

export const confirmStepUp =
  <R>(guarded: Guarded<R>) =>
  async (services: Services, ctx: Context): Promise<void> => {
    const { fields } = submitted(ctx)
    const user = await findUser(services, idOf(ctx))
    const { id } = user.person
    const sealed = textOf(fields['act'])
    const act = openAct(services, ctx, guarded, id, sealed)
    if (!act) return seeOther(ctx, `${services.base}${userPath(id)}${guarded.beginPath}`)
    const { key, request } = act
    const code = fields['code'] ?? ''
    const again = (error: Page['error']): void => page(services, ctx, guarded, user, 422, { sealed, request, error })
    const webSession = webSessionOf(ctx)
    const knownBrowser = isKnownHere(services, ctx, { id: webSession.person.id, epoch: webSession.session.epoch })
    const action = { ...actingOf(ctx, webSession, id), key, request, code, knownBrowser }
    const done = await outcomeOf(guarded.act(services, action))
    if (!('problem' in done)) return seeOther(ctx, `${services.base}${userPath(id)}?${done.query}`)
    const { problem } = done
    if (problem.code === 'code_incorrect') return again('incorrect')
    if (problem.code === 'invalid_request') return again(code === '' ? 'empty' : 'malformed')
    const { what } = guarded.shown(request)
    await refusedPage(services, ctx, user, what === 'reset' ? 'reset' : 'change', problem)
  }

interface Waiting<R> {
  readonly sealed: string
  readonly request: R
  readonly error: Page['error']
}

function page<R>(
  services: Services,
  ctx: Context,
  guarded: Guarded<R>,
  { person }: User,
  status: number,
  { sealed, request, error }: Waiting<R>,
): void {
  const webSession = webSessionOf(ctx)
  const locals: Page = {
    ...services.forms.to(ctx, pathOf(guarded, person.id)),
    ...guarded.shown(request),
    person: person.name,
    email: person.email,
    self: webSession.person.name,
    act: sealed,
    error,
    ourTime: null,
    cancelHref: `${userPath(person.id)}#${guarded.anchor}`,
  }
  answer(services, ctx, status, 'step-up', locals, webSessionFrame(services, ctx, webSession))
}
