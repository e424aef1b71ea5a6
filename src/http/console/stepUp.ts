/**
 * **Enter your own code**: the confirmed act is sealed into the query of this page, for this session and this person. Its key makes a
 * second submission the same act. Nothing changes before the code.
 */
import type { Context } from 'koa'
import { z } from 'zod'
import type { Use } from '../../crypto/purposes.ts'
import { answer } from '../respond.ts'
import { callerOf, type Services } from '../context.ts'
import { submitted } from '../formTokens.ts'
import { textOf } from '../body.ts'
import { isKnownHere } from '../knownBrowser.ts'
import { hasAssertion, passkeyForm, submittedCeremony } from '../passkeyForms.ts'
import type { PasskeyForm } from '../pages/pageMetadata.ts'
import { totpOf } from '../../core/authenticators.ts'
import type { ActRequest } from '../../core/command.ts'
import type { ActOf } from '../../service/act.ts'
import type { Action } from '../../service/authority.ts'
import type { StepUp } from '../../service/stepUp.ts'
import type { AnyRefusal, Result } from '../../service/refusal.ts'
import { findUser, type User } from '../../service/users.ts'
import { seeOther } from '../redirect.ts'
import { webSessionFrame, type WebSession, webSessionOf } from '../webSession.ts'
import type { ConsolePages } from '../pages/consoleLocals.ts'
import { deletedPath, donePath, type Notice } from './notices.ts'
import { idOf, userPath } from './paths.ts'
import { inWords } from './personForm.ts'
import { refusedPage, withUser } from './refusals.ts'

type Page = ConsolePages['step-up']

/** An act that requires a step-up. */
export interface Guarded<R> {
  /** Below the user's page: the step-up is at `{path}/step-up`. */
  readonly path: string
  /** Below the user's page: where an act that is not known here starts again. */
  readonly beginPath: string
  /** The part of the user's page that **Cancel** leads to. */
  readonly anchor: string
  readonly request: z.ZodType<R>
  /** The user is gone afterwards: the list of users says so, also to a repeated form. */
  readonly endsUser?: true
  shown(request: R, user: User): Pick<Page, 'what' | 'changes' | 'reason'>
  /** What a step-up for this act proves; a passkey signs it. */
  actOf(services: Services, act: Omit<ActOf, 'does' | 'what'>, request: R): ActRequest
  /** The service. `done`: what the user's page says afterwards. */
  act(
    services: Services,
    action: Action & StepUp & { readonly key: string; readonly request: R },
  ): Promise<Result<{ readonly done: Notice | 'deleted' }>>
}

/** Longest time from the confirmation to the code. Then the page of the code repeats the confirmation. Seconds. */
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

/** The acting person, with the code that a form asks for beside other fields. */
export function actingWithCode(services: Services, ctx: Context) {
  const { person: actor, session } = webSessionOf(ctx)
  const { fields, form: key } = submitted(ctx)
  const knownBrowser = isKnownHere(services, ctx, { id: actor.id, epoch: session.epoch })
  return { actor, by: callerOf(ctx, actor.id), key, code: textOf(fields['code']), knownBrowser }
}

interface WaitingAct<R> {
  readonly targetId: string
  readonly request: R
}

/** Redirects to the step-up. Nothing changes yet. */
export function goStepUp<R>(
  services: Services,
  ctx: Context,
  guarded: Guarded<R>,
  { targetId, request }: WaitingAct<R>,
): void {
  const { form: key } = submitted(ctx)
  const sealed = sealAct(services, ctx, guarded, { targetId, key, request })
  seeOther(ctx, `${services.base}${pathOf(guarded, targetId)}?${queryOf(sealed)}`)
}

const queryOf = (sealed: string): string => `act=${encodeURIComponent(sealed)}`

function sealAct<R>(
  { sealing, clock }: Services,
  ctx: Context,
  { path }: Guarded<R>,
  { targetId, ...act }: WaitingAct<R> & { readonly key: string },
): string {
  const text = JSON.stringify({ ...act, until: clock.now() + ACT_SECONDS })
  return sealing.seal(text, useOf(webSessionOf(ctx), targetId, path))
}

function openAct<R>(services: Services, ctx: Context, { path, request }: Guarded<R>, sealed: string) {
  const text = services.sealing.tryOpen(sealed, useOf(webSessionOf(ctx), idOf(ctx), path))
  if (text === null) return null
  const { data: act } = z.object({ key: z.string(), request, until: z.number() }).safeParse(JSON.parse(text))
  return act ? { act: { key: act.key, request: act.request }, isLate: services.clock.now() >= act.until } : null
}

export const showStepUp = <R>(guarded: Guarded<R>) =>
  withUser((services, ctx, user) => {
    const sealed = textOf(ctx.query['act'])
    const opened = openAct(services, ctx, guarded, sealed)
    if (!opened) return seeOther(ctx, `${services.base}${userPath(user.person.id)}${guarded.beginPath}`)
    const { act, isLate } = opened
    if (isLate) return repeatConfirmation(services, ctx, guarded, { user, status: 200, ...act })
    return page(services, ctx, guarded, { user, status: 200, sealed, ...act, error: null })
  })

export function confirmStepUp<R>(guarded: Guarded<R>) {
  const confirm = confirmFor(guarded)
  return async (services: Services, ctx: Context): Promise<void> => {
    const again = guarded.endsUser ? await repeated(services, ctx, guarded) : null
    return again === null ? confirm(services, ctx) : seeOther(ctx, again)
  }
}

/** Where a form leads that was sent before and ended its user; null: it did not. */
async function repeated<R>(services: Services, ctx: Context, guarded: Guarded<R>): Promise<string | null> {
  const id = idOf(ctx)
  const opened = openAct(services, ctx, guarded, textOf(submitted(ctx).fields['act']))
  if (!opened || opened.isLate || (await findUser(services, id)).is === 'done') return null
  const result = await guarded.act(services, { ...actingOf(ctx, webSessionOf(ctx), id), ...opened.act })
  return result.is === 'done' ? pathAfter(services, ctx, id, result.done) : null
}

const pathAfter = (services: Services, ctx: Context, id: string, done: Notice | 'deleted'): string =>
  done === 'deleted' ? deletedPath(services, ctx) : donePath(services, ctx, id, done)

const confirmFor = <R>(guarded: Guarded<R>) =>
  withUser(async (services, ctx, user) => {
    const { fields } = submitted(ctx)
    const { id } = user.person
    const sealed = textOf(fields['act'])
    const opened = openAct(services, ctx, guarded, sealed)
    if (!opened) return seeOther(ctx, `${services.base}${userPath(id)}${guarded.beginPath}`)
    const { key, request } = opened.act
    if (opened.isLate) return repeatConfirmation(services, ctx, guarded, { user, status: 422, key, request })
    const code = fields['code'] ?? ''
    const proof = hasAssertion(ctx)
      ? { passkey: { ceremony: submittedCeremony(services, ctx), assertion: fields['assertion'] } }
      : { code }
    const webSession = webSessionOf(ctx)
    const knownBrowser = isKnownHere(services, ctx, { id: webSession.person.id, epoch: webSession.session.epoch })
    const action = { ...actingOf(ctx, webSession, id), key, request, ...proof, knownBrowser }
    const result = await guarded.act(services, action)
    if (result.is === 'done') return seeOther(ctx, pathAfter(services, ctx, id, result.done))
    const { refusal } = result
    const [error, passkeyFault] = [codeFault(refusal, code === ''), passkeyFaults[refusal.is] ?? null]
    if (error || passkeyFault)
      return page(services, ctx, guarded, { user, status: 422, sealed, key, request, error, passkeyFault })
    const { what: act } = guarded.shown(request, user)
    const what = act === 'reset' || act === 'delete' ? act : 'change'
    await refusedPage(services, ctx, user, { what, refusal })
  })

const passkeyFaults: { readonly [K in AnyRefusal['is']]?: PasskeyForm['error'] } = {
  'passkey-incorrect': 'incorrect',
  'passkey-stale': 'stale',
  // A code is still good.
  'passkey-suspect': 'suspect',
}

/** The fault that the person can correct in the form; null: none. */
function codeFault({ is }: AnyRefusal, isEmpty: boolean): Page['error'] {
  if (is === 'code-incorrect' || is === 'code-replayed') return 'incorrect'
  if (is !== 'invalid') return null
  return isEmpty ? 'empty' : 'malformed'
}

interface Waiting<R> {
  readonly user: User
  readonly status: number
  readonly sealed: string
  readonly key: string
  readonly request: R
  readonly error: Page['error']
  readonly passkeyFault?: PasskeyForm['error']
}

/** The act as it was confirmed, with a code to be entered after it is shown again. */
function repeatConfirmation<R>(
  services: Services,
  ctx: Context,
  guarded: Guarded<R>,
  late: Omit<Waiting<R>, 'sealed' | 'error'>,
): Promise<void> {
  const { key, request } = late
  const sealed = sealAct(services, ctx, guarded, { targetId: late.user.person.id, key, request })
  return page(services, ctx, guarded, { ...late, sealed, error: 'late' })
}

async function page<R>(services: Services, ctx: Context, guarded: Guarded<R>, waiting: Waiting<R>): Promise<void> {
  const { person } = waiting.user
  const webSession = webSessionOf(ctx)
  const shown = guarded.shown(waiting.request, waiting.user)
  const locals: Page = {
    ...services.forms.to(ctx, pathOf(guarded, person.id)),
    ...(await signingOf(services, ctx, guarded, waiting)),
    ...shown,
    changes: shown.changes.map((change) => inWords(services, ctx, change)),
    person: person.name,
    email: person.email,
    self: webSession.person.name,
    act: waiting.sealed,
    error: waiting.error,
    ourTime: null,
    cancelHref: `${userPath(person.id)}#${guarded.anchor}`,
  }
  answer(services, ctx, {
    status: waiting.status,
    page: 'step-up',
    locals,
    frame: { ...webSessionFrame(services, ctx, webSession), search: queryOf(waiting.sealed) },
  })
}

/** The form of the passkey, whose challenge contains the act as it would be done now. */
async function signingOf<R>(
  services: Services,
  ctx: Context,
  guarded: Guarded<R>,
  { user, key, request, passkeyFault: error = null }: Waiting<R>,
): Promise<Pick<Page, 'passkey' | 'asksCode'>> {
  const { person } = webSessionOf(ctx)
  const account = await services.accounts.getStored(person.id)
  const target = user.person.id
  const act = guarded.actOf(services, { actorId: person.id, key, target }, request)
  const begun = account && services.passkeys.begin(account, 'step-up', act)
  if (account?.factor.is !== 'active' || !begun) return { passkey: null, asksCode: true }
  const action = pathOf(guarded, target)
  return { passkey: passkeyForm(services, ctx, { action, begun, error }), asksCode: totpOf(account.factor) !== null }
}
