/** Events of the audit log as the console shows them. */
import type { AuditType } from '../../core/effect.ts'
import type { AuditEvent } from '../../ports.ts'
import type { Services } from '../context.ts'
import type { EventFacts } from '../pages/auditLocals.ts'
import { shownEvent } from '../representations.ts'
import { namesOf } from './names.ts'
import { userPath } from './paths.ts'
import { reasonsOf, sentenceOf } from './sentences.ts'

/** `about`: the person of the page, whose name is left out; null: the page of everybody. */
export async function describeEvents(
  services: Services,
  events: readonly AuditEvent[],
  about: string | null = null,
): Promise<EventFacts[]> {
  const ids = events.flatMap(({ actor, target }) => [actor, target])
  const [nameOf, applications] = await Promise.all([namesOf(services, ids), applicationsOf(services, events)])
  // Who is not in the directory any more is shown by the id, and has no page.
  const hrefOf = (id: string | null): string | null => (id === null || nameOf(id) === id ? null : userPath(id))
  return events.map((event) => ({
    ...sentenceOf(event, nameOf, about),
    id: event.id,
    at: event.at,
    type: event.type,
    actorHref: hrefOf(event.actor),
    targetHref: hrefOf(event.target),
    outcome: event.outcome,
    reasons: reasonsOf(event),
    application: applications.get(clientOf(event) ?? '') ?? null,
    address: event.address,
    device: event.device ?? null,
    whole: JSON.stringify(shownEvent(event), null, 2),
  }))
}

/** The line of an ended access has the client as its reason. */
const clientOf = ({ type, client, reason }: AuditEvent): string | null =>
  client ?? (type === ('access.ended' satisfies AuditType) ? reason : null)

async function applicationsOf(
  { sessions }: Services,
  events: readonly AuditEvent[],
): Promise<ReadonlyMap<string, string>> {
  const ids = [...new Set(events.map(clientOf).filter((id) => id !== null))]
  return new Map(await Promise.all(ids.map(async (id) => [id, await sessions.nameOf(id)] as const)))
}
