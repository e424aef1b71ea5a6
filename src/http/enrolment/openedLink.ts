/**
 * That this very browser pressed Continue on a mailed link, for a sign-in in the same browser that needs both proofs: a sealed cookie, named
 * by the reset and sent to the sign-in pages alone. Whoever waits there elsewhere, with a stolen password, has none. It opens nothing by
 * itself: the record says whether that link is still the one.
 */
import type { Context } from 'koa'
import { z } from 'zod'
import type { Account } from '../../core/account.ts'
import { linkOf, linkRefusal } from '../../core/questions.ts'
import { PENDING_SECONDS } from '../../core/rules.ts'
import type { Refusal } from '../../core/refusal.ts'
import type { Services } from '../context.ts'
import { type CookieUse, sealedCookies } from '../sealedCookies.ts'

/** `link`: digest of the one that was opened. */
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

/** The live link of the reset under way, when it was opened here. `kept`: one that this sign-in has brought before. */
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
