/** What a mailed link leads to: pages for each purpose, below addresses of their own. */
import type { Context } from 'koa'
import type { Purpose } from '../../core/link.ts'
import type { AccountStatus } from '../../ports.ts'
import type { Services } from '../context.ts'

export interface LinkFlow {
  readonly purpose: Purpose
  /** Where its pages are, and where its cookie is sent. */
  readonly path: string
  /** Before the token. */
  readonly linkPath: string
  /** Whose link it may be: whoever was disabled after the letter went out may not enter, at no step. */
  readonly status: AccountStatus
}

export const resetFlow: LinkFlow = {
  purpose: 'reset',
  path: '/two-factor',
  linkPath: '/two-factor/reset',
  status: 'active',
}
/** Not below `/account`: a host may have no such place, and its people are invited all the same. */
export const invitationFlow: LinkFlow = {
  purpose: 'invitation',
  path: '/invitation',
  linkPath: '/invitation',
  status: 'pending',
}

/** To another password: nothing of the second factor is touched here. */
export const passwordFlow: LinkFlow = {
  purpose: 'password',
  path: '/password',
  linkPath: '/password',
  status: 'active',
}

export type LinkHandler = (flow: LinkFlow) => (services: Services, ctx: Context) => Promise<void>
