/** The flows of mailed links: one for each purpose, with a path of its own. */
import type { Context } from 'koa'
import type { Purpose } from '../../core/link.ts'
import type { AccountStatus } from '../../ports.ts'
import type { Services } from '../context.ts'
import { FORGOTTEN_PASSWORD_PATH } from '../paths.ts'

export interface LinkFlow {
  readonly purpose: Purpose
  /** The path of its pages and of its cookie. */
  readonly path: string
  /** The path before the token. */
  readonly linkPath: string
  /** The required status at every step: a person who was disabled after the email is refused. */
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

/** Not below `/account`, because a host may have switched that app off. */
export const invitationFlow: LinkFlow = {
  purpose: 'invitation',
  path: '/invitation',
  linkPath: '/invitation',
  status: 'pending',
}

/** Leads to another password. The second factor stays as it is. */
export const passwordFlow: LinkFlow = {
  purpose: 'password',
  path: FORGOTTEN_PASSWORD_PATH,
  linkPath: FORGOTTEN_PASSWORD_PATH,
  status: 'active',
}
