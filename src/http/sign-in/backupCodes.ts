/** Ten codes, shown to their holder until they say that they have saved them; then the sign-in is done. */
import type { Context } from 'koa'
import { codesHidden } from '../../core/questions.ts'
import { answer, answerRefusal } from '../answer.ts'
import type { Desk } from '../desk.ts'
import { type Forms, submitted } from '../forms.ts'
import type { Pages } from '../pages.ts'
import { auditRefusedSignIn } from './audited.ts'
import { startAgainHref } from './begin.ts'
import { around, complete, doorOf, openSetUp, pathOf, placeOf, type Progress, progressOf, to } from './progress.ts'

export async function showBackupCodes(desk: Desk, forms: Forms, ctx: Context): Promise<void> {
  const progress = await progressOf(desk, ctx)
  if (progress.signIn.finished) return to(ctx, pathOf(desk, progress.signIn.uid, '/done'))
  if (progress.pending?.stage !== 'codes') return to(ctx, placeOf(desk, progress))
  await page(desk, forms, ctx, progress, 200, null)
}

export async function downloadBackupCodes(desk: Desk, ctx: Context): Promise<void> {
  const progress = await progressOf(desk, ctx)
  const { signIn, pending } = progress
  const setUp = pending?.stage === 'codes' && !signIn.finished ? openSetUp(desk, progress) : null
  if (!setUp || !pending) return to(ctx, placeOf(desk, progress))
  const reason = codesHidden(await desk.corridor.recall(pending.accountId), doorOf(signIn, pending))
  if (reason) return interrupted(desk, ctx, progress, reason === 'saved' ? 410 : 409, reason)
  answerFile(desk, ctx, setUp.codes)
}

/** One code a line, in a file that names the service and the day but nobody. */
export function answerFile(desk: Desk, ctx: Context, codes: readonly string[]): void {
  const day = new Date(desk.clock.now() * 1000).toISOString().slice(0, 10)
  const service = desk.brand.name.toLowerCase().replaceAll(/[^\da-z]+/g, '-')
  ctx.set('Cache-Control', 'no-store')
  ctx.attachment(`${service}-backup-codes-${day}.txt`)
  ctx.type = 'text/plain; charset=utf-8'
  ctx.body = `${codes.join('\n')}\n`
}

export async function saveBackupCodes(desk: Desk, forms: Forms, ctx: Context): Promise<void> {
  const progress = await progressOf(desk, ctx)
  const { signIn, pending } = progress
  const { fields } = submitted(ctx)
  if (signIn.finished) return to(ctx, pathOf(desk, signIn.uid, '/done'))
  if (pending?.stage !== 'codes') return to(ctx, placeOf(desk, progress))
  if (fields['saved'] !== 'yes') return page(desk, forms, ctx, progress, 422, 'unticked')
  const reason = codesHidden(await desk.corridor.recall(pending.accountId), doorOf(signIn, pending))
  // Saved already: the second half of a double click, or a process died before it finished the sign-in.
  if (reason && reason !== 'saved') return interrupted(desk, ctx, progress, 409, reason)
  const saved = await desk.journey.saveCodes(doorOf(signIn, pending))
  if (saved.is === 'refused') {
    auditRefusedSignIn(desk, ctx, signIn, { accountId: pending.accountId, refusal: saved.refusal })
    const startAgain = startAgainHref(desk, ctx, signIn.uid)
    return answerRefusal(desk, ctx, saved.refusal, { ...around(signIn), startAgainHref: startAgain })
  }
  await complete(desk, ctx, signIn, pending)
  return to(ctx, pathOf(desk, signIn.uid, '/done'))
}

export async function showDone(desk: Desk, ctx: Context): Promise<void> {
  const progress = await progressOf(desk, ctx)
  const { signIn } = progress
  if (!signIn.finished) return to(ctx, placeOf(desk, progress))
  const continueTo = { href: signIn.returnTo, name: signIn.client?.name ?? desk.brand.name }
  const person = signIn.finishedBy === null ? null : await desk.directory.find(signIn.finishedBy)
  const accountLocale = person?.locale ?? null
  answer(desk, ctx, 200, 'done', { continueTo, signInHref: desk.signInUrl }, { ...around(signIn), accountLocale })
}

function interrupted(
  desk: Desk,
  ctx: Context,
  { signIn }: Progress,
  status: number,
  reason: Pages['interrupted']['reason'],
): void {
  const startAgain = startAgainHref(desk, ctx, signIn.uid)
  answer(desk, ctx, status, 'interrupted', { startAgainHref: startAgain, reason }, around(signIn))
}

async function page(
  desk: Desk,
  forms: Forms,
  ctx: Context,
  progress: Progress,
  status: number,
  error: 'unticked' | null,
): Promise<void> {
  const { signIn, pending } = progress
  const setUp = openSetUp(desk, progress)
  // Shown long enough: the next sign-in makes a fresh set, so nobody is stranded and nobody finds these in an old tab.
  if (!pending || !setUp) return interrupted(desk, ctx, progress, 410, 'expired')
  const account = await desk.corridor.recall(pending.accountId)
  const reason = codesHidden(account, doorOf(signIn, pending))
  if (reason) return interrupted(desk, ctx, progress, reason === 'saved' ? 410 : 409, reason)
  const { email } = pending
  // By who was shown them, not by when: a set can be renewed in the very second it was first made in.
  const fresh = account?.factor.is === 'active' && account.factor.holder === account.factor.backupCodes.holder
  const locals = {
    ...forms.to(ctx, `/sign-in/${signIn.uid}/backup-codes`),
    codes: setUp.codes,
    downloadHref: `/sign-in/${signIn.uid}/backup-codes.txt`,
    account: email,
    at: account?.factor.is === 'active' ? account.factor.backupCodes.issuedAt : desk.clock.now(),
    until: pending.until,
    step: fresh ? { now: 2, of: 2 } : null,
    reason: fresh ? ('set-up' as const) : ('renewed' as const),
    error,
  }
  answer(desk, ctx, status, 'backup-codes', locals, around(signIn, email))
}
