/**
 * A scenario for each documented answer of the management API: here those of many calls, in statusesOfCalls.ts those of one call. Every
 * scenario creates its own people.
 */
import { type Call, calls } from '../../src/http/api/calls.ts'
import type { ProblemCode } from '../../src/http/api/codes.ts'
import type { ApiHost } from './apiHost.ts'
import { adminOf, boundless, lax, open, resetAdmin, someReset, survivor } from './apiScenarios.ts'
import type { Acting } from './managementCalls.ts'
import type { Answer } from './relyingParties.ts'
import { particular } from './statusesOfCalls.ts'

export interface Operation extends Call {
  readonly name: string
  readonly method: string
  /** The path with these ids; `x` by default. */
  at(ids?: { readonly id?: string; readonly rid?: string }): string
}

export const operations = Object.entries(calls).map(([name, call]): Operation => {
  const [method = '', path = ''] = name.split(' ')
  return { ...call, name, method, at: (ids = {}) => path.replaceAll(/\{(\w+)\}/g, (_, key: 'id') => ids[key] ?? 'x') }
})

interface Request {
  readonly ids?: object
  readonly body?: unknown
  readonly headers?: Record<string, string>
}

const send = (operation: Operation, acting: Acting, { ids = {}, body, headers = {} }: Request = {}) =>
  acting.call(operation.method, operation.at(ids), body, headers)
const always = (): boolean => true
const changes = ({ method }: Operation): boolean => method !== 'GET'
const actsOnAccount = (operation: Operation): boolean => changes(operation) && operation.name.includes('{id}')
const hasBody = ({ body }: Operation): boolean => body !== undefined

interface Common {
  /** The calls that may answer it. */
  readonly at: (operation: Operation) => boolean
  readonly scenario: (operation: Operation, host: ApiHost, admin: Acting) => Promise<Answer>
}

/** Problems with one scenario for all calls. */
export const common: { readonly [C in ProblemCode]?: Common } = {
  invalid_token: { at: always, scenario: (operation, host) => host.call(operation.method, operation.at()) },
  insufficient_scope: {
    at: always,
    scenario: async (operation, host) => send(operation, await host.acting(await host.person())),
  },
  insufficient_user_authentication: {
    at: always,
    async scenario(operation) {
      const host = await open(lax)
      return send(operation, await host.acting(await host.person({ roles: ['admin'], enrolled: false })))
    },
  },
  store_unavailable: { at: always, scenario: async (operation) => send(operation, await survivor()) },
  origin_mismatch: {
    at: changes,
    scenario: (operation, _, admin) => send(operation, admin, { headers: { 'sec-fetch-site': 'cross-site' } }),
  },
  user_not_found: {
    at: ({ name }) => name.includes('{id}'),
    scenario: (operation, _, admin) => send(operation, admin),
  },
  reset_not_found: {
    at: ({ name }) => name.includes('{rid}'),
    scenario: async (operation, host, admin) => send(operation, admin, { ids: { id: (await host.person()).id } }),
  },
  self_reset: {
    at: actsOnAccount,
    async scenario(operation, host) {
      const admin = await resetAdmin(host)
      return send(operation, await host.acting(admin.person), { ids: admin })
    },
  },
  forbidden_target: {
    at: actsOnAccount,
    async scenario(operation, host) {
      const helpdesk = await host.acting(await host.person({ roles: ['helpdesk'] }))
      return send(operation, helpdesk, { ids: await resetAdmin(host) })
    },
  },
  invalid_request: {
    at: ({ body, query }) => Boolean(body ?? query),
    scenario: async (operation, host, admin) =>
      operation.query
        ? admin.call('GET', `${operation.at()}?limit=201`)
        : send(operation, admin, { ids: await someReset(host), body: '{' }),
  },
  body_too_large: {
    at: hasBody,
    scenario: async (operation, host, admin) =>
      send(operation, admin, { ids: await someReset(host), body: { code: '0'.repeat(40_000) } }),
  },
  unsupported_media_type: {
    at: hasBody,
    scenario: async (operation, host, admin) =>
      send(operation, admin, {
        ids: await someReset(host),
        body: { code: '' },
        headers: { 'content-type': 'text/plain' },
      }),
  },
}

/** Produces one of them. @param what a key of `particular`, or of `common` */
export async function produce(operation: Operation, what: string): Promise<Answer> {
  const host = await open(boundless)
  const admin = await adminOf(host)
  const own = particular[operation.name]?.[what]
  const shared = common[what as ProblemCode]
  if (own) return own(host, admin)
  if (shared) return shared.scenario(operation, host, admin)
  throw new Error(`no scenario for ${what} of ${operation.name}`)
}
