/** The first page of a sign-in: who, and their password. No OP session comes of it. */
import type { Context } from 'koa'
import type { Account } from '../../core/account.ts'
import { doorShut, mustEnrol, mustSaveCodes } from '../../core/questions.ts'
import type { Pending, SignIn } from '../../oidc/interactions.ts'
import type { Person } from '../../ports.ts'
import { answer, answerRefusal } from '../answer.ts'
import type { Desk } from '../desk.ts'
import { type Forms, submitted } from '../forms.ts'
import { textOf } from '../input.ts'
import type { Pages } from '../pages.ts'
import { startAgainHref } from './begin.ts'
import {
  answerFinished,
  around,
  emailOf,
  openSetUp,
  pathOf,
  placeOf,
  progressOf,
  sealSetUp,
  setUpUntil,
  to,
} from './progress.ts'

type Fault = Pages['sign-in']['error']

export async function showSignIn(desk: Desk, forms: Forms, ctx: Context): Promise<void> {
  const progress = await progressOf(desk, ctx)
  const { signIn, pending } = progress
  if (signIn.finished) return answerFinished(desk, ctx, signIn)
  if (signIn.prompt === 'consent') return to(ctx, pathOf(desk, signIn.uid, '/consent'))
  const fixed = await mustBe(desk, signIn)
  // A live session that only lacks its second factor is not asked for the password again, unless a factor is to be set up.
  if (signIn.prompt === 'two_factor' && pending && !fixed) return to(ctx, placeOf(desk, progress))
  page(desk, forms, ctx, signIn, {
    status: 200,
    email: fixed ?? signIn.loginHint ?? '',
    fixed: fixed !== null,
    error: null,
  })
}

export async function checkPassword(desk: Desk, forms: Forms, ctx: Context): Promise<void> {
  const progress = await progressOf(desk, ctx)
  const { signIn } = progress
  const { fields } = submitted(ctx)
  if (signIn.finished) return answerFinished(desk, ctx, signIn)
  const fixed = await mustBe(desk, signIn)
  const email = fixed ?? textOf(fields['email'])
  const password = textOf(fields['password'])
  const again = (error: Fault): void =>
    page(desk, forms, ctx, signIn, { status: 422, email, fixed: fixed !== null, error })
  if (email.trim() === '' || password === '') return again('empty')
  const person = (await desk.directory.authenticate?.(email, password)) ?? null
  const account = person && (await desk.corridor.meet(person.id))
  if (!person || !account) return again('mismatch')

  const pending = nextStep(desk, progress, person, account)
  if (!pending) {
    await desk.interactions.finish(signIn, { ...base(desk, account), proven: null })
    return answerFinished(desk, ctx, signIn)
  }
  if ('is' in pending)
    return answerRefusal(desk, ctx, pending, {
      ...around(signIn, person.email),
      accountLocale: person.locale,
      startAgainHref: startAgainHref(desk, ctx, signIn.uid),
    })
  await desk.interactions.save(signIn, pending)
  return to(ctx, placeOf(desk, { signIn, pending }))
}

const base = (desk: Desk, account: Account) => ({
  accountId: account.id,
  epoch: account.epoch,
  authenticatedAt: desk.clock.now(),
})

/** What comes after the right password: null, nothing; a refusal; or the next page with what it needs. */
function nextStep(desk: Desk, progress: { signIn: SignIn; pending: Pending | null }, person: Person, account: Account) {
  const { signIn, pending } = progress
  const begun = { ...base(desk, account), email: person.email, proven: null }
  if (account.factor.is === 'lost') return { is: 'record-lost' } as const
  if (!signIn.needsSecondFactor && account.factor.is !== 'reset') return null
  if (mustEnrol(account)) {
    const shut = doorShut(account, desk.clock.now())
    if (shut) return shut
    // The same browser keeps its secret: a second password, Back or another tab must not void what was scanned.
    const same = pending?.stage === 'set-up' && pending.accountId === person.id && pending.epoch === account.epoch
    if (same && openSetUp(desk, progress)) return { ...pending, authenticatedAt: desk.clock.now() }
    const sealed = sealSetUp(desk, signIn.uid, desk.journey.newSetUp())
    return { ...begun, stage: 'set-up', sealed, until: setUpUntil(desk, signIn) } satisfies Pending
  }
  // Codes never saved are shown afresh after the proof; the set is made now, so that a double click shows one and the same.
  const sealed = mustSaveCodes(account) ? sealSetUp(desk, signIn.uid, desk.journey.newSetUp()) : null
  return { ...begun, stage: 'code', sealed, until: signIn.expiresAt } satisfies Pending
}

/** Whom this sign-in is for, when that is not free: a live session whose factor must be set up under its own password. */
async function mustBe(desk: Desk, signIn: SignIn): Promise<string | null> {
  if (signIn.prompt !== 'two_factor' || !signIn.session) return null
  const account = await desk.corridor.recall(signIn.session.accountId)
  return account && mustEnrol(account) ? emailOf(desk, account.id) : null
}

function page(
  desk: Desk,
  forms: Forms,
  ctx: Context,
  signIn: SignIn,
  { status, email, fixed, error }: { status: number; email: string; fixed: boolean; error: Fault },
): void {
  const form = forms.to(ctx, `/sign-in/${signIn.uid}`)
  answer(desk, ctx, status, 'sign-in', { ...form, email, fixed, error }, around(signIn))
}
