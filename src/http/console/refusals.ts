/** What an operation refused: at its form, where that can be mended; else as a page of its own, with why and the way back to the person. */
import type { Context } from 'koa'
import { isKey, type Key } from '../../i18n/messages.ts'
import { answer } from '../respond.ts'
import type { Services } from '../context.ts'
import type { User } from '../../service/users.ts'
import { type Problem, ProblemError } from '../problem.ts'
import { webSessionFrame, webSessionOf } from '../webSession.ts'
import { namesOf } from './names.ts'
import type { ConsolePages } from '../pages/consoleLocals.ts'
import { userPath } from './users.ts'

/** What the person at a form about somebody can mend; null: nothing. */
export function formFault({ code, more }: Problem): 'email' | 'name' | 'taken' | 'too-many-mails' | null {
  if (code === 'email_taken') return 'taken'
  if (code === 'too_many_mails') return 'too-many-mails'
  if (code !== 'invalid_request') return null
  const { errors = [] } = (more ?? {}) as { errors?: readonly { readonly path: string }[] }
  return errors.some(({ path }) => path === 'email') ? 'email' : 'name'
}

/** What was not done. */
type What = ConsolePages['not-done']['what']

export async function outcomeOf<T extends object>(work: Promise<T>): Promise<T | { readonly problem: Problem }> {
  try {
    return await work
  } catch (error) {
    if (error instanceof ProblemError) return { problem: error.problem }
    throw error
  }
}

export async function refusedPage(
  services: Services,
  ctx: Context,
  user: User,
  what: What,
  problem: Problem,
): Promise<void> {
  const { requested_by: by = null, requested_at: at } = (problem.more ?? {}) as {
    requested_by?: string | null
    requested_at?: string
  }
  const retryAfter = problem.headers?.['Retry-After']
  if (retryAfter) ctx.set('Retry-After', retryAfter)
  const nameOf = await namesOf(services, [by])
  const when = at ? Math.floor(Date.parse(at) / 1000) : retryAfter ? services.clock.now() + Number(retryAfter) : null
  notDone(services, ctx, problem.status, user, { what, why: problem.code, at: when, by: nameOf(by) })
}

interface NotDone {
  readonly what: What
  /** A code of a problem, or why there is no button for it. */
  readonly why: string
  readonly at?: number | null
  readonly by?: string | null
}

export function notDone(
  services: Services,
  ctx: Context,
  status: number,
  { person }: User,
  { what, why, at = null, by = null }: NotDone,
): void {
  const says = [`not-done.${what}.${why}`, `not-done.${why}`].find(isKey) ?? ('not-done.other' satisfies Key)
  const { name, email } = person
  const page = { what, says, person: name, email, at, by, backHref: userPath(person.id) } as const
  answer(services, ctx, status, 'not-done', page, webSessionFrame(services, ctx, webSessionOf(ctx)))
}
