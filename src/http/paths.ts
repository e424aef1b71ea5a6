/** Addresses that several rooms link to. */
import type { Context } from 'koa'
import type { Services } from './context.ts'

/** A page of a sign-in, below the path of its cookie. */
export const signInPath = ({ base }: Pick<Services, 'base'>, uid: string, page = ''): string =>
  `${base}/sign-in/${uid}${page}`

/** A path of the issuer's origin as pages link it, which put `base` before a path. A URL stays as it is. */
export function hrefOf({ base, issuer }: Pick<Services, 'base' | 'issuer'>, path: string): string {
  if (!path.startsWith('/')) return path
  return path.startsWith(`${base}/`) ? path.slice(base.length) : new URL(path, issuer).href
}

export const signInIdOf = (ctx: Context): string => String((ctx['params'] as Record<string, unknown>)['uid'])

/** A path as the provider compares it: it ignores case and one slash at the end. */
export const comparable = (path: string): string =>
  (path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path).toLowerCase()

/** Below the issuer. */
export const FORGOTTEN_PASSWORD_PATH = '/password'
