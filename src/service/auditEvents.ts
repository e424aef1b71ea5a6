import { z } from 'zod'
import { LONGEST_ID } from '../core/rules.ts'
import type { AuditEvent } from '../ports.ts'
import type { ServiceContext } from './context.ts'
import { checked, done, type Result } from './refusal.ts'
import { fromCursor, limit } from './users.ts'

const instant = z.iso.datetime({ offset: true }).transform((text) => Math.floor(Date.parse(text) / 1000))

export const auditQuery = z.strictObject({
  user: z.string().max(LONGEST_ID).optional().meta({ description: 'Id of the account that was acted on.' }),
  actor: z.string().max(LONGEST_ID).optional().meta({ description: 'Id of the acting person.' }),
  type: z
    .string()
    .max(100)
    .optional()
    .meta({ description: 'This type, or all that begin with it and a dot.', examples: ['two_factor.reset'] }),
  from: instant.optional().meta({
    description: 'The first second, included: of the event, or of its line if that was written over a minute later.',
  }),
  to: instant.optional().meta({ description: 'The last second, included, likewise.' }),
  limit,
  cursor: fromCursor,
})

export interface AuditPage {
  readonly events: readonly AuditEvent[]
  /** The cursor of the next page; null: this is the last page. */
  readonly next: string | null
}

/** One page, newest first. */
export async function listAuditEvents(
  services: Pick<ServiceContext, 'audit'>,
  request: z.input<typeof auditQuery>,
): Promise<Result<AuditPage>> {
  const given = checked(auditQuery.safeParse(request))
  if (given.is === 'refused') return given
  const { cursor, ...query } = given.value
  return {
    ...done,
    ...(await services.audit.list({
      ...defined(query),
      ...(cursor ? { before: cursor } : {}),
    })),
  }
}

type Defined<T> = { [K in keyof T]: Exclude<T[K], undefined> }
const defined = <T extends object>(value: T): Defined<T> =>
  Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined)) as Defined<T>
