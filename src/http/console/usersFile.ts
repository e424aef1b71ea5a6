/** The filtered list of users as CSV, streamed. */
import { Readable } from 'node:stream'
import type { Context } from 'koa'
import { type Listing, listUsers, type User, type Users } from '../../service/users.ts'
import { explain } from '../../service/refusal.ts'
import type { Services } from '../context.ts'
import { shownUser } from '../representations.ts'
import { webSessionOf } from '../webSession.ts'
import { byteOrderMark, csvLine } from './csv.ts'
import type { Query } from './paths.ts'
import { refusedError } from './refusals.ts'
import { filtersOf } from './users.ts'

/** Users per read. */
const PAGE = 200

export async function downloadUsers(services: Services, ctx: Context): Promise<void> {
  const query: Query = { ...filtersOf(ctx).chosen, limit: String(PAGE) }
  const listing = { actor: webSessionOf(ctx).person, query }
  // Read before the headers, so that a refusal or an outage is a page.
  const first = await listUsers(services, listing)
  if (first.is === 'refused') return refusedError(services, ctx, first.refusal)
  const day = new Date(services.clock.now() * 1000).toISOString().slice(0, 10)
  ctx.set('Cache-Control', 'no-store')
  ctx.attachment(`users-${day}.csv`)
  ctx.type = 'text/csv; charset=utf-8'
  ctx.body = Readable.from(linesOf(services, listing, first))
}

async function* linesOf(services: Services, listing: Listing, first: Users): AsyncGenerator<string> {
  yield `${byteOrderMark}${csvLine(columns)}`
  for (let page = first; ;) {
    yield page.users.map((user) => csvLine(cellsOf(services, user))).join('')
    if (page.next === null) return
    const next = await listUsers(services, { ...listing, query: { ...listing.query, cursor: page.next } })
    if (next.is === 'refused') throw new Error(`a cursor of the list of users was refused: ${explain(next.refusal)}`)
    page = next
  }
}

/** Named as in the API. */
const columns = [
  'id',
  'email',
  'name',
  'status',
  'roles',
  'groups',
  'locale',
  'created_at',
  'two_factor',
  'enrolled_at',
  'last_used_at',
  'backup_codes_remaining',
]

function cellsOf({ rules, clock, passkeys }: Services, user: User): (string | null)[] {
  const { two_factor: factor, ...shown } = shownUser(user, rules, clock.now(), passkeys.rpId)
  const { id, email, name, status, roles, groups, locale, created_at: createdAt } = shown
  const done = [id, email, name, status, roles.join(' '), groups.join('; '), locale, createdAt]
  const { state, enrolled_at: enrolledAt, last_used_at: lastUsedAt, backup_codes_remaining: left } = factor
  return [...done, state, enrolledAt, lastUsedAt, String(left)]
}
