/** Settings → Audit log: what was done and what was refused, newest first, filtered by the address. Read only. */
import type { Context } from 'koa'
import type { AuditType } from '../../core/vocabulary.ts'
import type { AuditEvent } from '../../ports.ts'
import { isKey, type Key } from '../../words.ts'
import { answer } from '../answer.ts'
import type { Desk } from '../desk.ts'
import type { Forms } from '../forms.ts'
import { textOf } from '../input.ts'
import { listAuditEvents } from '../management/operations/auditEvents.ts'
import { shownEvent } from '../management/shown.ts'
import { aroundVisit, visitOf } from '../visit.ts'
import { namesOf } from './names.ts'
import type { ConsolePages } from './pages.ts'

type Asked = Partial<Record<'user' | 'actor' | 'type' | 'cursor', string>>

/** What is asked for in the address, without what is empty. */
export const askedOf = (ctx: Context): Asked =>
  Object.fromEntries(
    (['user', 'actor', 'type', 'cursor'] as const).flatMap((name) => {
      const value = textOf(ctx.query[name]).trim()
      return value === '' ? [] : [[name, value]]
    }),
  )

/** The events are kept by id; people know each other by email. Whom nobody knows is looked for as typed. */
export async function withIds(desk: Desk, asked: Asked): Promise<Asked> {
  const idOf = async (typed: string): Promise<string> => {
    if (!typed.includes('@')) return typed
    const people = await desk.directory.list({ search: typed, limit: 5 })
    return people.find(({ email }) => email.toLowerCase() === typed.toLowerCase())?.id ?? typed
  }
  const { user, actor } = asked
  return { ...asked, ...(user && { user: await idOf(user) }), ...(actor && { actor: await idOf(actor) }) }
}

export async function showAudit(desk: Desk, forms: Forms, ctx: Context): Promise<void> {
  const chosen = askedOf(ctx)
  const { cursor, ...filter } = chosen
  const { events, next } = await listAuditEvents(desk, await withIds(desk, chosen))
  const nameOf = await namesOf(
    desk,
    events.flatMap(({ actor, target }) => [actor, target]),
  )
  const page: ConsolePages['audit'] = {
    user: filter.user ?? '',
    actor: filter.actor ?? '',
    type: filter.type ?? '',
    isFirst: cursor === undefined,
    fileHref: `/admin/audit.csv?${new URLSearchParams(filter).toString()}`,
    events: events.map((event) => toldOf(event, nameOf)),
    nextHref: next === null ? null : `/admin/audit?${new URLSearchParams({ ...chosen, cursor: next }).toString()}`,
  }
  answer(desk, ctx, 200, 'audit', page, aroundVisit(forms, ctx, visitOf(ctx)))
}

/** Of every type that is ours there are words, or this does not compile; a host may write others. */
const wordsOf = (type: AuditType): Key => `audit.type.${type}`

export function toldOf(
  event: AuditEvent,
  nameOf: (id: string | null) => string | null,
): ConsolePages['audit']['events'][number] {
  const { id, at, type, actor, target, outcome, reason, address } = event
  const said = wordsOf(type as AuditType)
  const says = isKey(said) ? said : null
  return {
    id,
    at,
    type,
    says,
    whole: JSON.stringify(shownEvent(event), null, 2),
    actor: nameOf(actor),
    target: nameOf(target),
    targetId: target,
    outcome,
    reason,
    address,
  }
}
