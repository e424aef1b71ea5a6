/** Addresses of the console. */
import type { Context } from 'koa'
import { textOf } from '../body.ts'

export type Query = Readonly<Record<string, string>>

export const userPath = (id: string): string => `/admin/users/${encodeURIComponent(id)}`
/** The part of that page which shows the newest reset. */
export const livePath = (id: string): string => `${userPath(id)}/live`
/** The list, with filters. */
export const usersPath = (query: Query): string => listPath('/admin/users', query)

export function listPath(path: string, query: Query): string {
  const filters = new URLSearchParams(query).toString()
  return filters === '' ? path : `${path}?${filters}`
}

/** Pages before the shown one that the address of a list names. Count: it must stay short enough for every proxy. */
const NAMED_PAGES = 20

/** In no cursor. */
const between = '~'

/** The page of a list that a request asks for. */
export interface Position {
  /** '': the first page. */
  readonly cursor: string
  /** Cursors of the pages before, the nearest last. */
  readonly back: readonly string[]
}

export function positionOf(ctx: Context): Position {
  const back = textOf(ctx.query['back'])
  return {
    cursor: textOf(ctx.query['cursor']),
    back: back === '' ? [] : back.split(between),
  }
}

/** The address of a page. */
export const pageQuery = (filters: Query, { cursor, back }: Position): Query => ({
  ...filters,
  ...(cursor && { cursor }),
  ...(back.length > 0 && { back: back.slice(-NAMED_PAGES).join(between) }),
})

/** Addresses of the pages beside the shown one; null: there is none. */
export function pagesBeside(
  path: string,
  filters: Query,
  { cursor, back, next }: Position & { readonly next: string | null },
): { readonly previousHref: string | null; readonly nextHref: string | null } {
  const hrefOf = (position: Position) => listPath(path, pageQuery(filters, position))
  return {
    previousHref: cursor === '' ? null : hrefOf({ cursor: back.at(-1) ?? '', back: back.slice(0, -1) }),
    nextHref: next === null ? null : hrefOf({ cursor: next, back: cursor === '' ? back : [...back, cursor] }),
  }
}

export const auditPath = (query: Readonly<Record<string, string>>, file: '' | '.csv' = ''): string => {
  const filters = new URLSearchParams(query).toString()
  return `/admin/audit${file}${filters && '?'}${filters}`
}

export const partOf = (ctx: Context, name: 'id' | 'rid' | 'sid'): string =>
  String((ctx['params'] as Record<string, unknown>)[name])
export const idOf = (ctx: Context): string => partOf(ctx, 'id')

/** The list that led to the page of a user, with its filters and its page. */
export function listQueryOf(ctx: Context): Query {
  return Object.fromEntries(new URLSearchParams(textOf(ctx.query['list'])))
}
