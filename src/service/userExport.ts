/** Collects what is kept about one person, for the person themselves or before a deletion. It contains no secret. */
import type { LiveSession } from '../oidc/sessions.ts'
import type { AuditEvent, AuditQuery } from '../ports.ts'
import { outsideRequest } from '../store/requestDeadline.ts'
import type { ServiceContext } from './context.ts'
import { done, type Result } from './refusal.ts'
import { findUser, type User } from './users.ts'

export interface UserExport {
  readonly user: User
  readonly sessions: readonly LiveSession[]
  /** About the person, newest first. */
  readonly events: readonly AuditEvent[]
  /** The cursor of further events; null: these are all. */
  readonly next: string | null
}

/** Most events of an export. Count: about 3 MB. */
const MOST_EVENTS = 10_000
const PAGE = 200

export async function exportUser(services: ServiceContext, id: string): Promise<Result<UserExport>> {
  const user = await findUser(services, id)
  if (user.is === 'refused') return user
  const [sessions, events] = await Promise.all([
    user.account ? services.sessions.list(user.person.id, user.account.epoch) : [],
    eventsAbout(services, user.person.id),
  ])
  return { ...done, user, sessions, ...events }
}

async function eventsAbout({ audit }: ServiceContext, user: string): Promise<Pick<UserExport, 'events' | 'next'>> {
  const events: AuditEvent[] = []
  let next: string | null = null
  do {
    const query: AuditQuery = { user, ...(next === null ? {} : { before: next }), limit: PAGE }
    const list = () => audit.list(query)
    // How many pages there are depends on the person; an outage is found by the first.
    const page: Awaited<ReturnType<typeof list>> = await (next === null ? list() : outsideRequest(list))
    events.push(...page.events)
    next = page.next
  } while (next !== null && events.length < MOST_EVENTS)
  return { events, next }
}
