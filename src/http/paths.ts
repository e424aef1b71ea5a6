/** Addresses that several rooms link to. */
import type { Context } from 'koa'
import type { Services } from './context.ts'

/** A page of a sign-in, below the path of its cookie. */
export const signInPath = ({ base }: Pick<Services, 'base'>, uid: string, page = ''): string =>
  `${base}/sign-in/${uid}${page}`

export const signInIdOf = (ctx: Context): string => String((ctx['params'] as Record<string, unknown>)['uid'])

/** Below the issuer. */
export const FORGOTTEN_PASSWORD_PATH = '/password'
