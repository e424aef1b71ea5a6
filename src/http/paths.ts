/** Addresses that more than one room of pages leads to. */
import type { Context } from 'koa'
import type { Services } from './context.ts'

/** A page of a sign-in. All of them are below the address that its cookie is sent to. */
export const signInPath = ({ base }: Pick<Services, 'base'>, uid: string, page = ''): string =>
  `${base}/sign-in/${uid}${page}`

export const signInIdOf = (ctx: Context): string => String((ctx['params'] as Record<string, unknown>)['uid'])

/** From the issuer on. */
export const FORGOTTEN_PASSWORD_PATH = '/password'
