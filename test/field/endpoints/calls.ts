/** Calls of programs, and their expected answers. */
import { expect } from 'chai'
import { clients, type Tokens } from '../../support/relyingParties.ts'
import type { Visitor } from '../../support/client.ts'
import type { Standalone } from '../standalone.ts'
import type { Row, Rows } from './row.ts'

export interface Expected {
  readonly status: number
  readonly error?: string
  /** Parts of the body, by name. */
  readonly has?: Readonly<Record<string, unknown>>
  /** Headers, by name. */
  readonly headers?: Readonly<Record<string, RegExp>>
}

type Fields = Readonly<Record<string, string | readonly string[] | undefined>>

export interface Call {
  /** Default: none. */
  readonly fields?: Fields | ((server: Standalone) => Promise<Fields>)
  /** Default: the client `app` with its secret in the header. null: none. */
  readonly authorization?: string | null
  readonly headers?: Readonly<Record<string, string>>
  /** Default: the fields as a form. */
  readonly body?: string
  readonly query?: string
  readonly expected: Expected
  /** What else holds afterwards. */
  readonly after?: (server: Standalone) => Promise<void>
}

export const basic = (id: string, secret: string): string => `Basic ${btoa(`${id}:${secret}`)}`
const secretOf = (id: string): string => clients.find(({ client_id }) => client_id === id)?.client_secret ?? ''
export const asClient = (id: string): string => basic(id, secretOf(id))

const outcomeOf = ({ status, error }: Expected): string => (error ? `${status} \`${error}\`` : `${status}`)

async function isExpected(answer: Response, { status, error, has, headers }: Expected): Promise<void> {
  const text = await answer.text()
  const body = (/\bjson\b/.test(answer.headers.get('content-type') ?? '') ? JSON.parse(text) : {}) as object
  expect([answer.status, (body as { error?: string }).error], text).to.deep.equal([status, error])
  if (has) expect(body, text).to.deep.include(has)
  for (const [name, pattern] of Object.entries(headers ?? {}))
    expect(answer.headers.get(name) ?? '', name).to.match(pattern)
}

async function send(server: Standalone, path: string, method: string, call: Call): Promise<void> {
  const { fields = {}, authorization = asClient('app'), headers, query = '' } = call
  const given = typeof fields === 'function' ? await fields(server) : fields
  const form = new URLSearchParams(
    Object.entries(given).flatMap(([name, value = []]) => [value].flat().map((item): [string, string] => [name, item])),
  )
  const answer = await fetch(`${server.issuer}${path}${query}`, {
    method,
    headers: {
      ...(authorization !== null && { authorization }),
      ...(method === 'POST' && { 'content-type': 'application/x-www-form-urlencoded' }),
      ...headers,
    },
    ...(method === 'POST' && { body: call.body ?? form.toString() }),
  })
  await isExpected(answer, call.expected)
  await call.after?.(server)
}

/** @param calls by method and parameter */
export const rowsOf = (path: string, calls: Readonly<Record<string, Call>>): Rows =>
  Object.fromEntries(
    Object.entries(calls).map(([name, call]) => {
      const method = name.split(' ')[0] ?? ''
      const row: Row = { outcome: outcomeOf(call.expected), check: (server) => send(server, path, method, call) }
      return [name, row]
    }),
  )

const visitors = new WeakMap<Standalone, Promise<Visitor>>()

/** A browser with a session. */
export function signedIn(server: Standalone): Promise<Visitor> {
  const known = visitors.get(server) ?? server.person().then(async (person) => (await server.enter(person)).visitor)
  visitors.set(server, known)
  return known
}

/** The fields that redeem a new code of `app`. */
export async function newCode(server: Standalone): Promise<Record<string, string>> {
  const request = server.ask('app')
  const code = server.codeAt(await (await signedIn(server)).get(request.path))
  const redirect_uri = 'http://127.0.0.1:9/callback'
  return { grant_type: 'authorization_code', code, redirect_uri, code_verifier: request.verifier }
}

/** Tokens of `app`. */
export async function newTokens(server: Standalone, parameters: Record<string, string> = {}): Promise<Tokens> {
  const request = server.ask('app', parameters)
  return server.tokens({ request, code: server.codeAt(await (await signedIn(server)).get(request.path)) })
}
