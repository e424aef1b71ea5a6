/** Reading: users, what a reset would end, the audit. */
import type { Context } from 'koa'
import { z } from 'zod'
import { codesRemaining } from '../../core/questions.ts'
import type { Person } from '../../ports.ts'
import type { Desk } from '../desk.ts'
import { ProblemError } from './problem.ts'
import { shownEvent, shownUser } from './shown.ts'

const limit = z.coerce.number().int().min(1).max(200).default(25)

const usersQuery = z.strictObject({
  search: z.string().max(200).optional(),
  status: z.enum(['pending', 'active', 'disabled']).optional(),
  two_factor: z.enum(['none', 'active', 'reset', 'locked', 'unavailable']).optional(),
  limit,
  cursor: z.string().max(500).optional(),
})

const instant = z.iso.datetime({ offset: true }).transform((text) => Math.floor(Date.parse(text) / 1000))

const auditQuery = z.strictObject({
  user: z.string().max(200).optional(),
  actor: z.string().max(200).optional(),
  type: z.string().max(100).optional(),
  from: instant.optional(),
  to: instant.optional(),
  limit,
  cursor: z.string().max(500).optional(),
})

/** The checked value, or 422 with what is wrong where. */
export function valid<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const errors = parsed.error.issues.map((issue) => ({
    path: issue.path.map(String).join('.'),
    message: issue.message,
  }))
  const detail = errors.map(({ path, message }) => (path ? `${path}: ${message}` : message)).join('; ')
  throw new ProblemError({ status: 422, code: 'invalid_request', detail, more: { errors } })
}

export async function targetOf(desk: Desk, ctx: Context): Promise<Person> {
  const id = String((ctx['params'] as Record<string, unknown>)['id'])
  const person = id.length <= 200 ? await desk.directory.find(id) : null
  if (!person) throw new ProblemError({ status: 404, code: 'user_not_found', detail: 'There is no such user.' })
  return person
}

export function json(ctx: Context, status: number, body: unknown): void {
  ctx.status = status
  ctx.set('Cache-Control', 'no-store')
  ctx.body = body
}

const cursorOf = (email: string): string => Buffer.from(email).toString('base64url')

export async function listUsers(desk: Desk, ctx: Context): Promise<void> {
  const query = valid(usersQuery, { ...ctx.query })
  const now = desk.clock.now()
  const items: ReturnType<typeof shownUser>[] = []
  let after = query.cursor === undefined ? '' : Buffer.from(query.cursor, 'base64url').toString()
  let more = true
  // The state of the second factor is not the directory's to know, so a page may take several of its pages.
  while (items.length < query.limit && more) {
    const people = await desk.directory.list({
      ...(query.search ? { search: query.search } : {}),
      ...(query.status ? { status: query.status } : {}),
      ...(after ? { after } : {}),
      limit: query.limit + 1,
    })
    more = people.length > query.limit
    for (const person of people.slice(0, query.limit)) {
      if (items.length === query.limit) {
        more = true
        break
      }
      after = person.email
      const user = shownUser(person, await desk.corridor.look(person.id), desk.rules, now)
      if (!query.two_factor || user.two_factor.state === query.two_factor) items.push(user)
    }
  }
  if (!more) return json(ctx, 200, { items })
  const next = new URLSearchParams({ ...(ctx.query as Record<string, string>), cursor: cursorOf(after) })
  ctx.set('Link', `<${desk.managementResource}/users?${next.toString()}>; rel="next"`)
  json(ctx, 200, { items, next_cursor: cursorOf(after) })
}

export async function showUser(desk: Desk, ctx: Context): Promise<void> {
  const person = await targetOf(desk, ctx)
  json(ctx, 200, shownUser(person, await desk.corridor.look(person.id), desk.rules, desk.clock.now()))
}

export async function previewReset(desk: Desk, ctx: Context): Promise<void> {
  const person = await targetOf(desk, ctx)
  const account = await desk.corridor.look(person.id)
  const ended = await desk.count(person.id, account?.epoch ?? 0)
  json(ctx, 200, {
    sessions: ended.sessions,
    grants: ended.grants,
    backup_codes: account ? codesRemaining(account) : 0,
    clients: ended.clients.map((client) => ({
      client_id: client.clientId,
      backchannel_logout: client.backchannelLogout,
    })),
  })
}

export async function listAuditEvents(desk: Desk, ctx: Context): Promise<void> {
  const { cursor, ...query } = valid(auditQuery, { ...ctx.query })
  const { events, next } = await desk.audit.list({ ...defined(query), ...(cursor ? { before: cursor } : {}) })
  if (ctx.accepts('json', 'application/x-ndjson') === 'application/x-ndjson') {
    ctx.set('Cache-Control', 'no-store')
    ctx.type = 'application/x-ndjson'
    ctx.body = events.map((event) => `${JSON.stringify(shownEvent(event))}\n`).join('')
    return
  }
  json(ctx, 200, { items: events.map(shownEvent), ...(next ? { next_cursor: next } : {}) })
}

type Defined<T> = { [K in keyof T]: Exclude<T[K], undefined> }
const defined = <T extends object>(value: T): Defined<T> =>
  Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined)) as Defined<T>
