/** Shows the backup codes to the browser that made them, until they are confirmed as saved. Then the sign-in is complete. */
import type { Context } from 'koa'
import type { Account } from '../../core/account.ts'
import { codesHidden } from '../../core/questions.ts'
import type { Services } from '../context.ts'
import { answerFile, kindOf } from '../enrolment/backupCodes.ts'
import { submitted } from '../formTokens.ts'
import type { Pages } from '../pages/locals.ts'
import { answer } from '../respond.ts'
import { startAgainHref } from '../startAgain.ts'
import { complete, enrolmentContextOf, openSetUp, progressOf, type Step } from './progress.ts'
import { refuseSignIn } from './refuseSignIn.ts'
import { atStage, formTo, frameOf, goToDone, goToStage, pathIn } from './stage.ts'

export const showBackupCodes = atStage('codes', (step) => page(step, 200, null), goToDone)

export const downloadBackupCodes = atStage(
  'codes',
  async (step) => {
    const setUp = openSetUp(step)
    if (!setUp) return goToStage(step)
    const reason = hiddenBecause(step, await accountOf(step))
    if (reason) return interrupted(step, reason)
    answerFile(step.services, step.ctx, setUp.codes)
  },
  goToStage,
)

export const saveBackupCodes = atStage(
  'codes',
  async (step) => {
    if (submitted(step.ctx).fields['saved'] !== 'yes') return page(step, 422, 'unticked')
    const account = await accountOf(step)
    const reason = hiddenBecause(step, account)
    // Saved already: after a double click, or when a process stopped before it finished the sign-in.
    if (reason && reason !== 'saved') return interrupted(step, reason)
    const saved = await step.services.enrolments.saveCodes(enrolmentContextOf(step), account)
    if (saved.is === 'refused') return refuseSignIn(step, saved.refusal)
    await complete(step)
    goToDone(step)
  },
  goToDone,
)

export async function showDone(services: Services, ctx: Context): Promise<void> {
  const request = await progressOf(services, ctx)
  const { signIn } = request
  if (!signIn.finished) return goToStage(request)
  const continueTo = { href: signIn.returnTo, name: signIn.client?.name ?? services.brand.name }
  const id = signIn.finishedBy
  const [person, account] =
    id === null ? [null, null] : await Promise.all([services.directory.find(id), services.accounts.getStored(id)])
  answer(services, ctx, {
    page: 'done',
    locals: { continueTo, signInHref: services.signInUrl, kind: kindOf(account) },
    frame: { ...frameOf(signIn), accountLocale: person?.locale ?? null },
  })
}

const accountOf = ({ services, pending }: Step): Promise<Account | null> =>
  services.accounts.getStored(pending.accountId)

const hiddenBecause = (step: Step, account: Account | null) => codesHidden(account, enrolmentContextOf(step))

type Reason = 'saved' | 'expired' | 'reset' | 'elsewhere'
const statuses = { saved: 410, expired: 410, reset: 409, elsewhere: 409 } as const satisfies Record<Reason, number>

function interrupted({ services, ctx, signIn }: Step, reason: Reason): void {
  const locals = { startAgainHref: startAgainHref(services, ctx, signIn.uid), reason }
  answer(services, ctx, { status: statuses[reason], page: 'interrupted', locals, frame: frameOf(signIn) })
}

async function page(step: Step, status: number, error: Pages['backup-codes']['error']): Promise<void> {
  const { services, ctx, signIn, pending } = step
  const setUp = openSetUp(step)
  // Expired: the next sign-in makes a new set, and an old tab shows none.
  if (!setUp) return interrupted(step, 'expired')
  const account = await accountOf(step)
  const hidden = hiddenBecause(step, account)
  if (hidden) return interrupted(step, hidden)
  const factor = account?.factor.is === 'active' ? account.factor : null
  // Compared by browser, since a set can be renewed in the same second.
  const isFresh = factor !== null && factor.binding === factor.backupCodes.binding
  const locals: Pages['backup-codes'] = {
    ...formTo(step, '/backup-codes'),
    codes: setUp.codes,
    downloadHref: pathIn(step, '/backup-codes.txt'),
    account: pending.email,
    at: factor?.backupCodes.issuedAt ?? services.clock.now(),
    until: pending.until,
    step: isFresh ? { now: 2, of: 2 } : null,
    reason: isFresh ? 'set-up' : 'renewed',
    error,
  }
  answer(services, ctx, { status, page: 'backup-codes', locals, frame: frameOf(signIn, pending.email) })
}
