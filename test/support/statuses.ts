/**
 * How each answer that the document of the management API names comes about: here what is common to many calls, in statusesOfCalls.ts
 * what is particular to one. Every scenario makes its own people.
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
  /** Its path with ids in it; `x` for those that are not given. */
  at(ids?: { readonly id?: string; readonly rid?: string }): string
}

export const operations = Object.entries(calls).map(([name, call]): Operation => {
  const [method = '', path = ''] = name.split(' ')
  return { ...call, name, method, at: (ids = {}) => path.replaceAll(/\{(\w+)\}/g, (_, key: 'id') => ids[key] ?? 'x') }
})

const send = (operation: Operation, acting: Acting, ids: object = {}, body?: unknown, headers = {}) =>
  acting.call(operation.method, operation.at(ids), body, headers)
const always = (): boolean => true
const changes = ({ method }: Operation): boolean => method !== 'GET'
const actsOnSomebody = (operation: Operation): boolean => changes(operation) && operation.name.includes('{id}')
const hasBody = ({ body }: Operation): boolean => body !== undefined

interface Common {
  /** Where it may come. */
  readonly at: (operation: Operation) => boolean
  readonly scenario: (operation: Operation, host: ApiHost, admin: Acting) => Promise<Answer>
}

/** Problems that come about in the same way wherever they may come. */
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
    scenario: (operation, _, admin) => send(operation, admin, {}, undefined, { 'sec-fetch-site': 'cross-site' }),
  },
  user_not_found: {
    at: ({ name }) => name.includes('{id}'),
    scenario: (operation, _, admin) => send(operation, admin),
  },
  reset_not_found: {
    at: ({ name }) => name.includes('{rid}'),
    scenario: async (operation, host, admin) => send(operation, admin, { id: (await host.person()).id }),
  },
  self_reset: {
    at: actsOnSomebody,
    async scenario(operation, host) {
      const admin = await resetAdmin(host)
      return send(operation, await host.acting(admin.person), admin)
    },
  },
  forbidden_target: {
    at: actsOnSomebody,
    async scenario(operation, host) {
      const helpdesk = await host.acting(await host.person({ roles: ['helpdesk'] }))
      return send(operation, helpdesk, await resetAdmin(host))
    },
  },
  invalid_request: {
    at: ({ body, query }) => Boolean(body ?? query),
    scenario: async (operation, host, admin) =>
      operation.query
        ? admin.call('GET', `${operation.at()}?limit=201`)
        : send(operation, admin, await someReset(host), '{'),
  },
  body_too_large: {
    at: hasBody,
    scenario: async (operation, host, admin) =>
      send(operation, admin, await someReset(host), { code: '0'.repeat(40_000) }),
  },
  unsupported_media_type: {
    at: hasBody,
    scenario: async (operation, host, admin) =>
      send(operation, admin, await someReset(host), { code: '' }, { 'content-type': 'text/plain' }),
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
  throw new Error(`nobody knows how ${operation.name} comes to ${what}`)
}
