/** The flows that a mailed link leads into: one for each purpose, below addresses of its own. */
import type { Context } from 'koa'
import type { Purpose } from '../../core/link.ts'
import type { AccountStatus } from '../../ports.ts'
import type { Services } from '../context.ts'
import { FORGOTTEN_PASSWORD_PATH } from '../paths.ts'

export interface LinkFlow {
  readonly purpose: Purpose
  /** Where its pages are, and where its cookie is sent. */
  readonly path: string
  /** Before the token. */
  readonly linkPath: string
  /** What the account must be at every step: a person who was disabled after the email went out is refused. */
  readonly status: AccountStatus
}

/** A request to a page of a flow. */
export interface LinkRequest {
  readonly services: Services
  readonly ctx: Context
  readonly flow: LinkFlow
}

export type LinkHandler = (flow: LinkFlow) => (services: Services, ctx: Context) => Promise<void>

export const resetFlow: LinkFlow = {
  purpose: 'reset',
  path: '/two-factor',
  linkPath: '/two-factor/reset',
  status: 'active',
}

/** Not below `/account`: a host may have no such app, and its people are invited all the same. */
export const invitationFlow: LinkFlow = {
  purpose: 'invitation',
  path: '/invitation',
  linkPath: '/invitation',
  status: 'pending',
}

/** To another password. The second factor stays as it is. */
export const passwordFlow: LinkFlow = {
  purpose: 'password',
  path: FORGOTTEN_PASSWORD_PATH,
  linkPath: FORGOTTEN_PASSWORD_PATH,
  status: 'active',
}
