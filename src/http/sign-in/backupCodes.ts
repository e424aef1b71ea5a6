/** Ten codes, shown to their holder until they say that they have saved them; then the sign-in is done. */
import type { Context } from 'koa'
import { codesHidden } from '../../core/questions.ts'
import { answerRefusal } from '../refusalPages.ts'
import { answer } from '../respond.ts'
import type { Services } from '../context.ts'
import { submitted } from '../formTokens.ts'
import type { Pages } from '../pages/locals.ts'
import { answerFile } from '../enrolment/backupCodes.ts'
import { auditRefusedSignIn } from './audited.ts'
import { signInPath } from '../paths.ts'
import { startAgainHref } from '../startAgain.ts'
import { seeOther } from '../redirect.ts'
import { frame, complete, enrolmentContextOf, openSetUp, stagePathOf, type Progress, progressOf } from './progress.ts'

export async function showBackupCodes(services: Services, ctx: Context): Promise<void> {
  const progress = await progressOf(services, ctx)
  if (progress.signIn.finished) return seeOther(ctx, signInPath(services, progress.signIn.uid, '/done'))
  if (progress.pending?.stage !== 'codes') return seeOther(ctx, stagePathOf(services, progress))
  await page(services, ctx, progress, 200, null)
}

export async function downloadBackupCodes(services: Services, ctx: Context): Promise<void> {
  const progress = await progressOf(services, ctx)
  const { signIn, pending } = progress
  const setUp = pending?.stage === 'codes' && !signIn.finished ? openSetUp(services, progress) : null
  if (!setUp || !pending) return seeOther(ctx, stagePathOf(services, progress))
  const reason = codesHidden(await services.accounts.getStored(pending.accountId), enrolmentContextOf(signIn, pending))
  if (reason) return interrupted(services, ctx, progress, reason === 'saved' ? 410 : 409, reason)
  answerFile(services, ctx, setUp.codes)
}

export async function saveBackupCodes(services: Services, ctx: Context): Promise<void> {
  const progress = await progressOf(services, ctx)
  const { signIn, pending } = progress
  const { fields } = submitted(ctx)
  if (signIn.finished) return seeOther(ctx, signInPath(services, signIn.uid, '/done'))
  if (pending?.stage !== 'codes') return seeOther(ctx, stagePathOf(services, progress))
  if (fields['saved'] !== 'yes') return page(services, ctx, progress, 422, 'unticked')
  const reason = codesHidden(await services.accounts.getStored(pending.accountId), enrolmentContextOf(signIn, pending))
  // Saved already: the second half of a double click, or a process died before it finished the sign-in.
  if (reason && reason !== 'saved') return interrupted(services, ctx, progress, 409, reason)
  const saved = await services.enrolments.saveCodes(enrolmentContextOf(signIn, pending))
  if (saved.is === 'refused') {
    auditRefusedSignIn(services, ctx, signIn, { accountId: pending.accountId, refusal: saved.refusal })
    const startAgain = startAgainHref(services, ctx, signIn.uid)
    return answerRefusal(services, ctx, saved.refusal, { ...frame(signIn), startAgainHref: startAgain })
  }
  await complete(services, ctx, signIn, pending)
  return seeOther(ctx, signInPath(services, signIn.uid, '/done'))
}

export async function showDone(services: Services, ctx: Context): Promise<void> {
  const progress = await progressOf(services, ctx)
  const { signIn } = progress
  if (!signIn.finished) return seeOther(ctx, stagePathOf(services, progress))
  const continueTo = { href: signIn.returnTo, name: signIn.client?.name ?? services.brand.name }
  const person = signIn.finishedBy === null ? null : await services.directory.find(signIn.finishedBy)
  const accountLocale = person?.locale ?? null
  answer(services, ctx, {
    page: 'done',
    locals: { continueTo, signInHref: services.signInUrl },
    frame: { ...frame(signIn), accountLocale },
  })
}

function interrupted(
  services: Services,
  ctx: Context,
  { signIn }: Progress,
  status: number,
  reason: Pages['interrupted']['reason'],
): void {
  const startAgain = startAgainHref(services, ctx, signIn.uid)
  answer(services, ctx, {
    status,
    page: 'interrupted',
    locals: { startAgainHref: startAgain, reason },
    frame: frame(signIn),
  })
}

async function page(
  services: Services,
  ctx: Context,
  progress: Progress,
  status: number,
  error: 'unticked' | null,
): Promise<void> {
  const { signIn, pending } = progress
  const setUp = openSetUp(services, progress)
  // Shown long enough: the next sign-in makes a fresh set, so nobody is stranded and nobody finds these in an old tab.
  if (!pending || !setUp) return interrupted(services, ctx, progress, 410, 'expired')
  const account = await services.accounts.getStored(pending.accountId)
  const reason = codesHidden(account, enrolmentContextOf(signIn, pending))
  if (reason) return interrupted(services, ctx, progress, reason === 'saved' ? 410 : 409, reason)
  const { email } = pending
  // By who was shown them, not by when: a set can be renewed in the very second it was first made in.
  const fresh = account?.factor.is === 'active' && account.factor.binding === account.factor.backupCodes.binding
  const locals = {
    ...services.forms.to(ctx, `/sign-in/${signIn.uid}/backup-codes`),
    codes: setUp.codes,
    downloadHref: `/sign-in/${signIn.uid}/backup-codes.txt`,
    account: email,
    at: account?.factor.is === 'active' ? account.factor.backupCodes.issuedAt : services.clock.now(),
    until: pending.until,
    step: fresh ? { now: 2, of: 2 } : null,
    reason: fresh ? ('set-up' as const) : ('renewed' as const),
    error,
  }
  answer(services, ctx, { status, page: 'backup-codes', locals, frame: frame(signIn, email) })
}
