/** The confirmation of a reset, followed by the step-up (stepUp.ts). */
import type { Context } from 'koa'
import { z } from 'zod'
import { passwordByEmailAt } from '../../core/proofs.ts'
import { isUnfinished } from '../../core/questions.ts'
import { answer } from '../respond.ts'
import type { Services } from '../context.ts'
import { submitted } from '../formTokens.ts'
import { textOf } from '../body.ts'
import type { Result } from '../../service/refusal.ts'
import { type OfReset, resetAct, type ResetOf, resend, revoke, startReset } from '../../service/resets.ts'
import { previewOf, type User } from '../../service/users.ts'
import { seeOther } from '../redirect.ts'
import { webSessionFrame, webSessionOf } from '../webSession.ts'
import type { ConsolePages } from '../pages/consoleLocals.ts'
import { donePath, type Notice } from './notices.ts'
import { partOf, userPath } from './paths.ts'
import { notDone, refusedPage, withUser } from './refusals.ts'
import { actingOf, goStepUp, type Guarded } from './stepUp.ts'
import { whyNot } from './user.ts'

const PATH = '/two-factor/reset'
/** How the caller was verified, as the page offers it. */
const quickAnswers = ['called-back', 'in-person'] as const
type QuickAnswer = (typeof quickAnswers)[number]
/** The limit of the service. Characters. */
const LONGEST_REASON = 500

const requestSchema = z.object({ reason: z.string().nullable(), seen: z.string().nullable() })

export const guardedReset: Guarded<z.infer<typeof requestSchema>> = {
  path: PATH,
  beginPath: PATH,
  anchor: 'reset',
  request: requestSchema,
  shown: ({ reason }) => ({ what: 'reset', changes: [], reason }),
  actOf: (services, act, { reason }) => resetAct(services, act, reason),
  async act(services, action) {
    const started = await startReset(services, action)
    return started.is === 'refused' ? started : { is: 'done', done: 'reset' }
  },
}

export const showConfirm = withUser(async (services, ctx, user) => {
  const notNow = await whyNot(services, webSessionOf(ctx).person, user)
  if (notNow)
    return notDone(services, ctx, user, { status: 409, what: 'reset', says: `not-done.${notNow.why}`, at: notNow.at })
  const seen = user.account?.resets[0]?.id ?? ''
  await confirmPage(services, ctx, user, { status: 200, verified: '', reason: '', seen, error: null })
})

type Given = Pick<ConsolePages['confirm-reset'], 'verified' | 'reason' | 'seen' | 'error'> & { readonly status: number }

async function confirmPage(services: Services, ctx: Context, user: User, { status, ...given }: Given): Promise<void> {
  const { person, account } = user
  const { proofs, clients, ...ends } = await previewOf(services, user)
  const applications = await Promise.all(clients.map(({ clientId }) => services.sessions.nameOf(clientId)))
  const page: ConsolePages['confirm-reset'] = {
    ...services.forms.to(ctx, `${userPath(person.id)}${PATH}`),
    ...given,
    person: person.name,
    email: person.email,
    ends: {
      ...ends,
      applications: [...new Set(applications)],
      authenticator: account?.factor.is === 'active',
      link: account?.resets[0] !== undefined && isUnfinished(account.resets[0]),
    },
    linkSeconds: services.rules.linkLifetimeSeconds,
    bothBecause: proofs.because,
    passwordByEmailAt: account && passwordByEmailAt(account, services.clock.now()),
    isReasonRequired: services.requireReason,
    cancelHref: `${userPath(person.id)}#reset`,
  }
  answer(services, ctx, {
    status,
    page: 'confirm-reset',
    locals: page,
    frame: webSessionFrame(services, ctx, webSessionOf(ctx)),
  })
}

/** A quick answer is in words of the former language. */
export const showConfirmAgain = withUser((services, ctx, user) => {
  const { fields } = submitted(ctx)
  const [verified, reason, seen] = [textOf(fields['verified']), textOf(fields['reason']), textOf(fields['seen'])]
  const isAnswer = (way: QuickAnswer): boolean =>
    services.languages.some((language) => services.wordsOf(language).say(`confirm-reset.verified.${way}`) === verified)
  return confirmPage(services, ctx, user, {
    status: 200,
    verified: quickAnswers.find(isAnswer) ?? '',
    reason,
    seen,
    error: null,
  })
})

export const confirm = withUser(async (services, ctx, user) => {
  const { fields } = submitted(ctx)
  const [verified, reason, seen] = [textOf(fields['verified']), textOf(fields['reason']).trim(), textOf(fields['seen'])]
  const whole = [verified, reason].filter(Boolean).join(': ')
  const error =
    whole.length > LONGEST_REASON ? 'long-reason' : whole === '' && services.requireReason ? 'no-reason' : null
  if (error) return confirmPage(services, ctx, user, { status: 422, verified, reason, seen, error })
  const request = { reason: whole || null, seen: seen || null }
  goStepUp(services, ctx, guardedReset, { targetId: user.person.id, request })
})

export const resendMail = change(
  () => 'mail',
  (services, _, action) => resend(services, action),
)

const freezeIn = (ctx: Context): boolean => submitted(ctx).fields['freeze'] === 'yes'

export const revokeReset = change(
  (ctx) => (freezeIn(ctx) ? 'frozen' : 'revoked'),
  (services, ctx, action) => revoke(services, { ...action, request: { freeze: freezeIn(ctx) } }),
)

function change(
  done: (ctx: Context) => Notice,
  act: (services: Services, ctx: Context, action: OfReset) => Promise<Result<ResetOf>>,
) {
  return withUser(async (services, ctx, user) => {
    const { id } = user.person
    const action = { ...actingOf(ctx, webSessionOf(ctx), id), resetId: partOf(ctx, 'rid') }
    const result = await act(services, ctx, action)
    if (result.is === 'refused') return refusedPage(services, ctx, user, { what: 'reset', refusal: result.refusal })
    seeOther(ctx, donePath(services, ctx, id, done(ctx)))
  })
}
