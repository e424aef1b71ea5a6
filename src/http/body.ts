/** The only reader of bodies, form fields and bearer tokens. It returns typed values and refuses the rest. */
import type { Context } from 'koa'
import getRawBody from 'raw-body'
import { Refused } from './requestError.ts'

/** Larger than any form or API request. Bytes. */
const BODY_LIMIT = 32_768

/** A field may be repeated or absent. The reader of the field refuses what it does not take. */
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

/** The text of a field that was sent once, else ''. */
export const textOf = (value: string | readonly string[] | undefined): string =>
  typeof value === 'string' ? value : ''

const bodies = new WeakMap<Context, Promise<unknown>>()

/** The JSON body of a call, or `{}` without one. It is read once per request. */
export function readJson(ctx: Context): Promise<unknown> {
  const body = bodies.get(ctx) ?? parseJson(ctx)
  bodies.set(ctx, body)
  return body
}

async function parseJson(ctx: Context): Promise<unknown> {
  const text = await readBody(ctx)
  if (text.trim() === '') return {}
  // A browser sends a preflight request before it sends this type to another origin, which stops cross-site requests.
  if (!ctx.is('application/json')) throw new Refused('media-type')
  try {
    return JSON.parse(text)
  } catch {
    throw new Refused('not-json')
  }
}

export const bearerToken = (ctx: Context): string | null =>
  /^Bearer ([\w.~+/=-]+)$/i.exec(ctx.get('authorization'))?.[1] ?? null
