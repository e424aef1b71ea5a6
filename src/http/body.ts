/** The only reader of bodies and form fields. It returns typed values and refuses the rest. */
import type { Context } from 'koa'
import getRawBody from 'raw-body'
import { decodeText, isFormText, textFault } from '../decoding.ts'
import { Refused } from './requestError.ts'

/** Larger than any form or API request. Bytes. */
const BODY_LIMIT = 32_768

/** A field may be repeated or absent. The reader of the field refuses what it does not take. */
export type Fields = Readonly<Record<string, string | readonly string[] | undefined>>

/** A body that a parser of the host has read. */
type Parsed = Readonly<Record<string, unknown>>

/** The stream can be read once. What is left of a body that was read is what a parser has kept of it. */
async function readBody(ctx: Context, isText: (body: Uint8Array) => boolean): Promise<string | Parsed> {
  if (!ctx.req.readableDidRead && !ctx.req.readableEnded) return decoded(await readStream(ctx), isText)
  const kept: unknown =
    (ctx.request as { readonly body?: unknown }).body ?? (ctx.req as { readonly body?: unknown }).body
  const body = Buffer.isBuffer(kept) ? decoded(kept, isText) : kept
  if (typeof body === 'string' && body.length > BODY_LIMIT) throw new Refused('too-large')
  if (typeof body === 'string' || (typeof body === 'object' && body !== null)) return body as string | Parsed
  throw new Refused('body-gone', {
    cause: new Error(
      'the body was already read before rekey and is neither in req.body nor in ctx.request.body: mount rekey before what reads it',
    ),
  })
}

/** Bytes that are not UTF-8 would become other characters than were sent. */
function decoded(body: Buffer, isText: (body: Uint8Array) => boolean): string {
  if (!isText(body)) throw new Refused('not-text')
  return decodeText(body, 'the body')
}

async function readStream(ctx: Context): Promise<Buffer> {
  try {
    return await getRawBody(ctx.req, {
      length: ctx.get('content-length') || null,
      limit: BODY_LIMIT,
    })
  } catch (error) {
    if (error instanceof Error && 'type' in error && error.type === 'entity.too.large') throw new Refused('too-large')
    throw new Refused('bad-request', { cause: error })
  }
}

export async function readForm(ctx: Context): Promise<Fields> {
  if (!ctx.is('application/x-www-form-urlencoded')) throw new Refused('media-type')
  const body = await readBody(ctx, isFormText)
  const fields = Object.create(null) as Record<string, string | string[]>
  if (typeof body !== 'string') {
    for (const [key, value] of Object.entries(body)) fields[key] = fieldOf(value)
    return fields
  }
  for (const [key, value] of new URLSearchParams(body)) {
    const before = fields[key]
    if (before === undefined) fields[key] = value
    else if (typeof before === 'string') fields[key] = [before, value]
    else before.push(value)
  }
  return fields
}

/** Of a nested field nothing is left: its reader refuses it. */
function fieldOf(value: unknown): string | string[] {
  if (typeof value === 'string') return value
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : []
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
  const body = await readBody(ctx, (bytes) => textFault(bytes) === null)
  if (typeof body === 'string' && body.trim() === '') return {}
  // A browser sends a preflight request before it sends this type to another origin, which stops cross-site requests.
  if (!ctx.is('application/json')) throw new Refused('media-type')
  if (typeof body !== 'string') return body
  try {
    return JSON.parse(body)
  } catch {
    throw new Refused('not-json')
  }
}
