/** Addresses of the console. */
import type { Context } from 'koa'

export const userPath = (id: string): string => `/admin/users/${encodeURIComponent(id)}`
/** The list, with filters. */
export const usersPath = (query: Readonly<Record<string, string>>): string => {
  const filters = new URLSearchParams(query).toString()
  return filters === '' ? '/admin/users' : `/admin/users?${filters}`
}

export const partOf = (ctx: Context, name: 'id' | 'rid'): string =>
  String((ctx['params'] as Record<string, unknown>)[name])
export const idOf = (ctx: Context): string => partOf(ctx, 'id')
