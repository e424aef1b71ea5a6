/** Schemas of the answers. The OpenAPI document contains them, and tests compare real answers with them. */
import { z } from 'zod'
import { factorStates } from '../../core/questions.ts'
import { accountStatuses, roles } from '../../ports.ts'

const instant = z.iso.datetime().meta({ description: 'UTC, ISO 8601', examples: ['2026-11-24T09:30:00.000Z'] })
const count = z.int().min(0)
const listOf = <S extends z.ZodType>(items: S) => z.strictObject({ items: z.array(items) })
const pageOf = <S extends z.ZodType>(items: S) =>
  z.strictObject({
    items: z.array(items),
    next_cursor: z.string().optional().meta({ description: 'Send it as `cursor`; absent on the last page.' }),
  })

const upTo1000 = count.meta({ description: 'Counting ends at 1,000.' })
const ended = z.strictObject({
  sessions: upTo1000,
  grants: upTo1000,
  backup_codes: count,
  authenticators: count.nullable().meta({ description: 'null: an app alone, or none.' }),
  clients: z.array(
    z.strictObject({
      client_id: z.string(),
      backchannel_logout: z
        .enum(['none', 'queued', 'delivered', 'failed'])
        .meta({ description: '`none`: the client has registered no address for it.' }),
      last_error: z.string().optional().meta({
        description:
          'Of the last attempt; absent when none failed: `private-address` (see `outgoing.allow`), `refused`, `unreachable`, `timeout`, `tls`, `dns`, `disconnected`, `too-large`, `unknown`, or `status 500` and so on.',
      }),
    }),
  ),
})

const resetPreview = ended.extend({
  required_proofs: z
    .strictObject({
      both: z.boolean().meta({ description: 'The password and the mailed link; false: either of them.' }),
      because: z.array(z.enum(['policy', 'wrong_codes'])).meta({
        description:
          '`policy`: the profile or a role; `wrong_codes`: wrong codes in a row after the right password may have been made to bring this reset about.',
      }),
      possible_from: instant.nullable().meta({
        description: 'Until then a reset is 409 `password_too_new`; null: possible now.',
      }),
    })
    .meta({ description: 'The proofs that the next set-up would require.' }),
})

const reset = z.strictObject({
  id: z.string(),
  user_id: z.string(),
  status: z.enum(['sent', 'opened', 'completed', 'expired', 'superseded', 'revoked']).meta({
    description: '`superseded`, `revoked` and `completed` are final; a new email revives `expired`.',
  }),
  requested_by: z.string().nullable().meta({ description: 'A user id; null: the command line.' }),
  requested_at: instant,
  reason: z.string().nullable(),
  expires_at: instant.meta({ description: 'Of the newest link.' }),
  opened_at: instant.nullable().meta({ description: 'When **Continue** was pressed on the link.' }),
  completed_at: instant.nullable().meta({ description: 'When a new authenticator was set up.' }),
  completed_via: z.enum(['link', 'sign-in']).nullable(),
  ended,
  mail: z.strictObject({
    status: z.enum(['queued', 'accepted', 'failed', 'withdrawn']).meta({
      description: '`accepted` by the mail server; `withdrawn`: its link ended before it was sent.',
    }),
    attempts: count,
    accepted_at: instant.nullable(),
    last_error: z.string().nullable(),
  }),
  version: z.string().meta({
    description:
      'Another one whenever anything of the reset is different; see `wait`. Compare it, and read nothing into it.',
  }),
})

const authenticator = z
  .strictObject({
    id: z.string(),
    kind: z.enum(['totp', 'passkey']),
    name: z.string().nullable().meta({ description: 'Of a passkey, as its owner has written it.' }),
    added_at: instant,
    last_used_at: instant.nullable().meta({ description: 'Of a passkey; null: not since it was added.' }),
    synced: z.boolean().meta({ description: 'A passkey that may be on several devices.' }),
    usable: z.boolean().meta({ description: '`false`: it was created for another domain (`passkeys.rp_id`).' }),
  })
  .meta({ description: 'People add and remove them themselves; a reset ends all.' })

const user = z.strictObject({
  id: z.string(),
  email: z.string(),
  email_verified: z.boolean().meta({
    description: '`false`: the address was typed here, and no link that was mailed to it has been used yet.',
  }),
  name: z.string(),
  given_name: z.string().nullable(),
  family_name: z.string().nullable(),
  preferred_username: z.string().nullable(),
  locale: z.string().nullable().meta({ description: 'BCP 47; null: the default of the service.' }),
  roles: z.array(z.enum(roles)),
  groups: z.array(z.string()),
  status: z.enum(accountStatuses).meta({ description: '`pending`: invited, and not completed yet.' }),
  created_at: instant,
  two_factor: z.strictObject({
    state: z.enum(factorStates).meta({
      description:
        '`none`: never set up; `reset`: to be set up anew; `locked` by wrong codes until a reset; `unavailable`: its record is damaged, a reset repairs it.',
    }),
    enrolled_at: instant.nullable(),
    last_used_at: instant.nullable(),
    backup_codes_remaining: count,
    authenticators: z.array(authenticator),
    reset: reset.nullable().meta({ description: 'The newest one.' }),
  }),
})

const device = z.strictObject({ browser: z.string().nullable(), system: z.string().nullable() })

const session = z.strictObject({
  id: z.string(),
  signed_in_at: instant,
  device,
  applications: z.array(z.string()),
})

const event = z.strictObject({
  id: z.string(),
  at: instant,
  type: z.string().meta({ description: 'Dotted, in the past.', examples: ['two_factor.reset.started'] }),
  actor: z
    .string()
    .nullable()
    .meta({ description: 'Id of the acting person; null: a person who is not signed in, or the command line.' }),
  target: z.string().nullable().meta({ description: 'Id of the account that was acted on.' }),
  outcome: z.enum(['done', 'refused', 'failed']),
  reason: z.string().nullable(),
  request_id: z.string().nullable(),
  address: z.string().nullable().meta({ description: 'Shortened: IPv4 to /24, IPv6 to /48.' }),
  device: device.optional().meta({ description: 'The browser of the request, where it is known.' }),
  client_id: z.string().optional().meta({ description: 'Of sign-ins: the application.' }),
  session_id: z
    .string()
    .optional()
    .meta({ description: 'Of sign-ins: the session, as in `GET /users/{id}/sessions`.' }),
  method: z
    .enum(['password', 'otp', 'backup_code', 'passkey'])
    .optional()
    .meta({ description: 'With `sign_in.done`.' }),
  acr: z.string().optional().meta({ description: 'With `sign_in.done`: the acr of the sign-in.' }),
})

const userExport = z.strictObject({
  exported_at: instant,
  user,
  resets: z.array(reset),
  sessions: z.array(session),
  audit_events: pageOf(event),
})

const problem = z.looseObject({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  code: z.string().meta({ description: 'Stable, for programs.' }),
  detail: z.string().meta({ description: 'For people; the text may change.' }),
  errors: z
    .array(z.strictObject({ path: z.string(), message: z.string() }))
    .optional()
    .meta({ description: 'With `invalid_request`: what is wrong where. An empty path is the whole of it.' }),
  reset_id: z.string().optional().meta({ description: 'With `reset_superseded_meanwhile`.' }),
  requested_by: z.string().nullable().optional().meta({ description: 'With `reset_superseded_meanwhile`.' }),
  requested_at: instant.optional().meta({ description: 'With `reset_superseded_meanwhile`.' }),
  possible_from: instant.optional().meta({ description: 'With `password_too_new`.' }),
})

/** By name in the document. */
export const schemas = {
  User: user,
  Users: pageOf(user),
  Session: session,
  Sessions: listOf(session),
  ResetPreview: resetPreview,
  Reset: reset,
  Resets: listOf(reset),
  UserExport: userExport,
  AuditEvent: event,
  AuditEvents: pageOf(event),
  Problem: problem,
} as const
export type SchemaName = keyof typeof schemas
