/**
 * Proves to a sign-in that **Continue** was pressed on the mailed link in this browser: a sealed cookie for the sign-in pages. A thief of
 * the password has none. The record decides whether the link is still valid.
 */
import type { Context } from 'koa'
import { z } from 'zod'
import type { Account } from '../../core/account.ts'
import { linkOf, linkRefusal } from '../../core/questions.ts'
import { PENDING_SECONDS } from '../../core/rules.ts'
import type { Refusal } from '../../core/refusal.ts'
import type { Services } from '../context.ts'
import { type CookieUse, sealedCookies } from '../sealedCookies.ts'

/** `link`: digest of the opened link. */
const openedSchema = z.object({ link: z.string(), epoch: z.number(), until: z.number() })

const KIND = 'rekey_opened'
const nameOf = (resetId: string): string => `${KIND}_${resetId}`
const useOf = (resetId: string): CookieUse => ({ for: 'opened-link', reset: resetId })

export function noteOpened(
  services: Services,
  ctx: Context,
  resetId: string,
  { link, epoch }: { readonly link: string; readonly epoch: number },
): void {
  const opened = { link, epoch, until: services.clock.now() + PENDING_SECONDS }
  const options = {
    kind: KIND,
    name: nameOf(resetId),
    path: `${services.base}/sign-in`,
    maxAgeSeconds: PENDING_SECONDS,
  }
  sealedCookies(services).write(ctx, options, useOf(resetId), opened)
}

export type Opened = { readonly is: 'opened'; readonly link: string } | Refusal

/** The live link of the current reset, if this browser opened it. `kept`: the digest that the sign-in has stored already. */
export function openedHere(services: Services, ctx: Context, account: Account, kept: string | null = null): Opened {
  const { factor, epoch } = account
  if (factor.is !== 'reset') return { is: 'link-missing' }
  const now = services.clock.now()
  const opened = sealedCookies(services).read(
    ctx,
    { name: nameOf(factor.resetId) },
    useOf(factor.resetId),
    openedSchema,
  )
  const link = opened && now < opened.until && opened.epoch === epoch ? opened.link : kept
  if (link === null) return { is: 'link-missing' }
  return linkRefusal(linkOf(account, link, 'reset'), account, now) ?? { is: 'opened', link }
}
