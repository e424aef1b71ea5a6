import type { Context } from 'koa'
import type { Services } from '../context.ts'
import { noteOpened } from '../enrolment/openedLink.ts'
import { answer } from '../respond.ts'

/** For a host with its own password page: a sign-in in this browser leads to the set-up. */
export function signInInstead(
  services: Services,
  ctx: Context,
  resetId: string,
  opened: { readonly link: string; readonly epoch: number },
): void {
  noteOpened(services, ctx, resetId, opened)
  answer(services, ctx, {
    page: 'continue',
    locals: { href: services.signInUrl, client: services.brand.name, kind: 'link' },
  })
}
