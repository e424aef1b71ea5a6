/** The OpenAPI 3.1 document of the API, from the schemas that validate. It is enough to build a client. */
import type { Context } from 'koa'
import { z } from 'zod'
import { readScopes } from '../../ports.ts'
import type { Services } from '../context.ts'
import { type Call, calls } from './calls.ts'
import { type ProblemCode, statusOf } from './codes.ts'
import { descriptions, inPath, meanings, overview, scopes, tagOf, tags } from './prose.ts'
import { schemas } from './schemas.ts'

const documents = new WeakMap<Services, string>()

export function showOpenApi(services: Services, ctx: Context): void {
  const text = documents.get(services) ?? JSON.stringify(documentOf(services))
  documents.set(services, text)
  ctx.set('Cache-Control', 'public, max-age=300')
  ctx.type = 'json'
  ctx.body = text
}

function documentOf(services: Services): object {
  const paths: Record<string, Record<string, object>> = {}
  for (const [name, call] of Object.entries(calls)) {
    const [method = '', path = ''] = name.split(' ')
    paths[path] = { ...paths[path], [method.toLowerCase()]: operationOf(method, path, call) }
  }
  return {
    openapi: '3.1.1',
    info: {
      title: `${services.brand.name}: management API`,
      version: '1',
      description: overview(services),
      ...contactOf(services.brand),
    },
    servers: [{ url: services.managementResource, description: 'Also the value of `resource`' }],
    tags: Object.entries(tags).map(([name, description]) => ({ name, description })),
    paths,
    components: { schemas: componentSchemas(), securitySchemes: securitySchemes(services) },
  }
}

function contactOf({ name, supportUrl }: Services['brand']): object {
  if (!supportUrl) return {}
  return {
    contact: {
      name,
      ...(supportUrl.startsWith('mailto:') ? { email: supportUrl.slice(7).split('?')[0] } : { url: supportUrl }),
    },
  }
}

/** Machine clients only read. Only the request of a person has the scope `openid` and a sign-in for a step-up. */
function securitySchemes(services: Services): object {
  const { authorizationUrl, tokenUrl } = services.firstPartySignIns.endpoints()
  const resource = `\`resource=${services.managementResource}\``
  const reading = Object.fromEntries(readScopes.map((scope) => [scope, scopes[scope]]))
  const openid = 'A sign-in, without which neither acr_values nor max_age may be asked for'
  return {
    person: {
      type: 'oauth2',
      description: `Authorization code flow with PKCE (S256). Send ${resource} and \`acr_values=${services.twoFactorAcr}\`.`,
      flows: { authorizationCode: { authorizationUrl, tokenUrl, scopes: { openid, ...scopes } } },
    },
    machine: {
      type: 'oauth2',
      description: `A client for itself; it reads only. Send ${resource}.`,
      flows: { clientCredentials: { tokenUrl, scopes: reading } },
    },
  }
}

function operationOf(method: string, path: string, call: Call): object {
  const { id, summary, scope, also = [], query, body, unchanged, problems } = call
  const required = [scope, ...also]
  return {
    operationId: id,
    summary,
    description: descriptions[id],
    tags: [tagOf(path)],
    security: [
      { person: ['openid', ...required] },
      ...(required.every((item) => readScopes.includes(item)) ? [{ machine: required }] : []),
    ],
    parameters: [
      ...[...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => parameterOf(name)),
      ...(query ? inQuery(query) : []),
      ...(withKey.has(id) ? [idempotencyKey] : []),
    ],
    ...(body && { requestBody: bodyOf(body) }),
    responses: {
      [call.status]: successOf(method, call),
      ...(unchanged !== undefined && { 304: { description: unchanged } }),
      ...refusals(problems),
    },
  }
}

const parameterOf = (name: string): object => ({
  name,
  in: 'path',
  required: true,
  description: inPath[name],
  schema: { type: 'string' },
})

/** Operations with a step-up. */
const withKey = new Set(['startReset', 'changeUser', 'inviteUser', 'deleteUser'])

const idempotencyKey = {
  name: 'Idempotency-Key',
  in: 'header',
  description:
    'Yours to choose, new for each act. With the same key a retry, also after a 503, does nothing twice and asks for no other proof: a reset is returned as it is by then; anything else is paid for by its key for 60 s.',
  schema: { type: 'string', minLength: 1, maxLength: 200, pattern: '^[!-~]+$' },
  example: 'ticket-4711',
}

function inQuery(query: z.ZodObject): object[] {
  const { properties = {} } = jsonSchema(query, 'input') as { properties?: Record<string, { description?: string }> }
  return Object.entries(properties).map(([name, { description, ...schema }]) => ({
    name,
    in: 'query',
    ...(description && { description }),
    schema,
  }))
}

/** An optional body defaults to `{}`. */
const bodyOf = (body: z.ZodType): object => ({
  required: !body.safeParse({}).success,
  content: { 'application/json': { schema: jsonSchema(body, 'input') } },
})

function successOf(method: string, { summary, query, status, answer, lines }: Call): object {
  const schema = { $ref: `#/components/schemas/${answer}` }
  const isPaged = query !== undefined && 'cursor' in query.shape
  const headers = { ...(isPaged && { Link: link }), ...(method === 'POST' && status === 201 && { Location: location }) }
  return {
    description: summary,
    ...(Object.keys(headers).length > 0 && { headers }),
    ...(answer && {
      content: { 'application/json': { schema }, ...(lines && { 'application/x-ndjson': { schema: ofLines(lines) } }) },
    }),
  }
}

const ofLines = (item: string): object => ({
  type: 'string',
  description: `One \`${item}\` (see the schemas) as JSON on each line.`,
})

const location = { description: 'Where it is', required: true, schema: { type: 'string', format: 'uri' } }
const link = {
  description: 'The next page, `rel="next"` (RFC 8288); absent on the last.',
  schema: { type: 'string' },
}

/** One answer for each status, with the codes it may have. */
function refusals(codes: readonly ProblemCode[]): Record<string, object> {
  const byStatus = Map.groupBy(new Set(codes), (code) => statusOf[code])
  return Object.fromEntries(
    [...byStatus].map(([status, some]) => {
      const schema = {
        allOf: [
          { $ref: '#/components/schemas/Problem' },
          { type: 'object', properties: { code: { type: 'string', enum: some } }, required: ['code'] },
        ],
      }
      const description = some.map((code) => `\`${code}\`: ${meanings[code]}`).join('\n\n')
      const headers = headersOf(status, some)
      const content = { 'application/problem+json': { schema } }
      return [String(status), { description, ...(Object.keys(headers).length > 0 && { headers }), content }]
    }),
  )
}

function headersOf(status: number, codes: readonly ProblemCode[]): object {
  const challenged = status === 401 || codes.includes('insufficient_scope')
  const waits = status === 429 || status === 503
  const mayWait = codes.includes('factor_too_new') || codes.includes('password_too_new')
  return {
    ...(challenged && { 'WWW-Authenticate': { ...challenge, required: status === 401 } }),
    ...((waits || mayWait) && { 'Retry-After': { ...retryAfter, required: waits } }),
  }
}

const retryAfter = { description: 'Seconds', schema: { type: 'integer', minimum: 1 } }
const challenge = {
  description:
    'RFC 6750; with `error="insufficient_user_authentication"` also `acr_values` and `max_age` (RFC 9470), to be sent with the next authorization request. `max_age="0"`: a fresh sign-in, whatever there is.',
  schema: { type: 'string' },
}

function componentSchemas(): object {
  const registry = z.registry<{ id: string }>()
  for (const [id, schema] of Object.entries(schemas)) registry.add(schema, { id })
  const made = z.toJSONSchema(registry, { uri: (id) => `#/components/schemas/${id}`, override: plainer })
  return Object.fromEntries(Object.entries(made.schemas).map(([id, schema]) => [id, bare(schema)]))
}

const jsonSchema = (schema: z.ZodType, io: 'input' | 'output'): object =>
  bare(z.toJSONSchema(schema, { target: 'draft-2020-12', io, override: plainer }))

/** Removes patterns that a format implies, and the bounds of every integer. */
function plainer({ jsonSchema: made }: { readonly jsonSchema: z.core.JSONSchema.BaseSchema }): void {
  if (made.format === 'date-time') delete made.pattern
  if (made.maximum === Number.MAX_SAFE_INTEGER) delete made.maximum
  if (made.minimum === Number.MIN_SAFE_INTEGER) delete made.minimum
}

/** The document itself names the JSON Schema dialect. */
const bare = (made: object): object =>
  Object.fromEntries(Object.entries(made).filter(([key]) => !key.startsWith('$') && !key.startsWith('~')))
