/** The only reader of bodies, parameters and headers. What comes out is typed; what does not fit is refused here. */
import type { Context } from 'koa'
import getRawBody from 'raw-body'
import { Refused } from './requestError.ts'

/** No form or call of ours comes near it. Bytes. */
const BODY_LIMIT = 32_768

/** A field may come once, more often, or not at all; more than once is for the reader of the field to refuse. */
export type Fields = Readonly<Record<string, string | readonly string[] | undefined>>

async function readBody(ctx: Context): Promise<string> {
  try {
    return await getRawBody(ctx.req, {
      length: ctx.get('content-length') || null,
      limit: BODY_LIMIT,
      encoding: 'utf-8',
    })
  } catch (error) {
    if (error instanceof Error && 'type' in error && error.type === 'entity.too.large') throw new Refused('too-large')
    throw new Refused('bad-request', { cause: error })
  }
}

export async function readForm(ctx: Context): Promise<Fields> {
  if (!ctx.is('application/x-www-form-urlencoded')) throw new Refused('media-type')
  const parameters = new URLSearchParams(await readBody(ctx))
  const fields = Object.create(null) as Record<string, string | string[]>
  for (const key of new Set(parameters.keys())) {
    const values = parameters.getAll(key)
    fields[key] = values.length === 1 && values[0] !== undefined ? values[0] : values
  }
  return fields
}

/** A field that is text, else ''. */
export const textOf = (value: string | readonly string[] | undefined): string =>
  typeof value === 'string' ? value : ''

const bodies = new WeakMap<Context, Promise<unknown>>()

/** The JSON body of a call, or `{}` when there is none; the same however often it is asked for. */
export function readJson(ctx: Context): Promise<unknown> {
  const body = bodies.get(ctx) ?? parseJson(ctx)
  bodies.set(ctx, body)
  return body
}

async function parseJson(ctx: Context): Promise<unknown> {
  const text = await readBody(ctx)
  if (text.trim() === '') return {}
  // Only this type makes a browser ask first, so that no other site can send one for somebody.
  if (!ctx.is('application/json')) throw new Refused('media-type')
  try {
    return JSON.parse(text)
  } catch {
    throw new Refused('not-json')
  }
}

/** Where a request comes from: our own pages, another site, or a client that does not say (no browser). */
export function isCrossSite(ctx: Context, issuer: string): boolean {
  const site = ctx.get('sec-fetch-site')
  const origin = ctx.get('origin')
  // Under `Referrer-Policy: no-referrer` a browser sends `Origin: null` from our own forms too; then only this header can tell.
  if (origin === 'null') return site !== 'same-origin'
  if (origin !== '' && origin !== new URL(issuer).origin) return true
  return site !== '' && site !== 'same-origin' && site !== 'none'
}

export const bearerToken = (ctx: Context): string | null =>
  /^Bearer ([\w.~+/=-]+)$/i.exec(ctx.get('authorization'))?.[1] ?? null
