/** The API as an OpenAPI 3.1 document, made of the schemas that validate: a client can be built from it alone. */
import type { Context } from 'koa'
import { z } from 'zod'
import type { Desk } from '../desk.ts'
import { type Call, calls, type ProblemCode, statusOf } from './calls.ts'
import { schemas } from './schemas.ts'

export function showOpenApi(desk: Desk, ctx: Context): void {
  ctx.set('Cache-Control', 'public, max-age=300')
  ctx.body = documentOf(desk)
}

const stepUp = (desk: Desk): string =>
  `Acting on others takes a proof of your own second factor. Either send \`code\`, your current authenticator code: it is burnt by this one
call. Or send none, with a token whose \`second_factor_at\` is at most ${desk.rules.stepUpMaxAgeSeconds} s old and was proven by an authenticator code (neither a
set-up nor a backup code): that proof is good for one act, whichever of its tokens is shown. Otherwise the answer is 401
\`insufficient_user_authentication\` with a challenge (RFC 9470) in \`WWW-Authenticate\`: repeat the authorization request with its
\`acr_values\` and \`max_age\`, and call again with the new token and the same \`Idempotency-Key\`.`.replaceAll(
    '\n',
    ' ',
  )

const scopes = {
  'users:read': 'See people and where they are signed in',
  'users:write': 'End sessions of people',
  'two-factor:read': 'See resets',
  'two-factor:reset': 'Reset second factors',
  'audit:read': 'Read the audit',
} as const
const readScopes = Object.fromEntries(Object.entries(scopes).filter(([scope]) => scope.endsWith(':read')))

function documentOf(desk: Desk): object {
  const paths: Record<string, Record<string, object>> = {}
  for (const [name, call] of Object.entries(calls)) {
    const [method = '', path = ''] = name.split(' ')
    paths[path] = { ...paths[path], [method.toLowerCase()]: operationOf(desk, path, call) }
  }
  return {
    openapi: '3.1.1',
    info: { title: `${desk.brand.name}: management API`, version: '1', description: stepUp(desk) },
    servers: [{ url: desk.managementResource }],
    paths,
    components: {
      schemas: Object.fromEntries(
        Object.entries(schemas).map(([name, schema]) => [name, jsonSchema(schema, 'output')]),
      ),
      securitySchemes: {
        oauth2: {
          type: 'oauth2',
          description: `Send \`resource=${desk.managementResource}\` (RFC 8707) and \`acr_values=${desk.twoFactorAcr}\` with the request. Machines read only.`,
          flows: {
            authorizationCode: { authorizationUrl: `${desk.issuer}/auth`, tokenUrl: `${desk.issuer}/token`, scopes },
            clientCredentials: { tokenUrl: `${desk.issuer}/token`, scopes: readScopes },
          },
        },
      },
    },
  }
}

function operationOf(desk: Desk, path: string, call: Call): object {
  const { id, summary, scope, query, body, status, answer, problems } = call
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }))
  const isReset = id === 'startReset'
  return {
    operationId: id,
    summary,
    ...(isReset && { description: stepUp(desk) }),
    security: [{ oauth2: [scope] }],
    parameters: [...inPath, ...(query ? inQuery(query) : []), ...(isReset ? [idempotencyKey] : [])],
    ...(body && { requestBody: { content: { 'application/json': { schema: jsonSchema(body, 'input') } } } }),
    responses: {
      [status]: {
        description: summary,
        ...(isReset && { headers: { Location: { description: 'Where the reset is', schema: { type: 'string' } } } }),
        ...(answer && { content: { 'application/json': { schema: { $ref: `#/components/schemas/${answer}` } } } }),
      },
      ...refusals(problems),
    },
  }
}

const idempotencyKey = {
  name: 'Idempotency-Key',
  in: 'header',
  description: 'With the same key a retry, also after a 503, returns the current Reset and does nothing twice.',
  schema: { type: 'string', minLength: 1, maxLength: 200 },
}

function inQuery(query: z.ZodObject): object[] {
  const { properties = {} } = jsonSchema(query, 'input') as { properties?: Record<string, object> }
  return Object.entries(properties).map(([name, schema]) => ({ name, in: 'query', schema }))
}

/** One answer for each status, with the codes it may have. */
function refusals(codes: readonly ProblemCode[]): Record<string, object> {
  const byStatus = Map.groupBy(new Set(codes), (code) => statusOf[code])
  return Object.fromEntries(
    [...byStatus].map(([status, some]) => {
      const schema = {
        allOf: [{ $ref: '#/components/schemas/Problem' }, { type: 'object', properties: { code: { enum: some } } }],
      }
      const content = { 'application/problem+json': { schema } }
      return [String(status), { description: some.join(', '), ...headersOf(status), content }]
    }),
  )
}

function headersOf(status: number): object {
  if (status === 401) return { headers: { 'WWW-Authenticate': { description: challenge, schema: { type: 'string' } } } }
  if (status !== 429 && status !== 503) return {}
  return { headers: { 'Retry-After': { description: 'Seconds', schema: { type: 'integer' } } } }
}

const challenge =
  'RFC 6750; with `error="insufficient_user_authentication"` also `acr_values` and `max_age` (RFC 9470), to be sent with the next authorization request. `max_age="0"`: a fresh sign-in, whatever there is.'

function jsonSchema(schema: z.ZodType, io: 'input' | 'output'): object {
  const made = z.toJSONSchema(schema, { target: 'draft-2020-12', io })
  // The document itself says which JSON Schema it speaks.
  return Object.fromEntries(Object.entries(made).filter(([key]) => !key.startsWith('$') && !key.startsWith('~')))
}
