/** The management API for one acting person. */
import { expect } from 'chai'
import { mustBeDocumented } from './document.ts'
import type { Person } from './person.ts'
import type { TestServer } from './server.ts'

export interface Reset {
  readonly id: string
  readonly status: string
  readonly expires_at: string
  readonly opened_at: string | null
  readonly completed_via: string | null
  readonly ended: {
    readonly sessions: number
    readonly grants: number
    readonly backup_codes: number
    readonly clients: readonly { readonly client_id: string; readonly backchannel_logout: string }[]
  }
  readonly mail: { readonly status: string; readonly attempts: number; readonly last_error: string | null }
}

export interface Called {
  readonly status: number
  readonly headers: Headers
  readonly body: unknown
  /** The body as text. */
  readonly text: string
}

export interface Management {
  call(method: string, path: string, body?: object): Promise<Called>
  /** Resets a person with the acting person's own code. */
  reset(person: Person): Promise<Reset>
  /** The newest reset of a person. */
  get(person: Person): Promise<Reset>
  resend(person: Person, reset: Reset): Promise<Reset>
  revoke(person: Person, reset: Reset, body?: { freeze: boolean }): Promise<void>
}

export function managementOf(server: TestServer, actor: Person, token: string): Management {
  const resource = `${server.issuer}/management/v1`
  async function call(method: string, path: string, body?: object): Promise<Called> {
    const answer = await fetch(`${resource}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
    })
    const text = await answer.text()
    await mustBeDocumented(resource, method, path, { status: answer.status, headers: answer.headers, text })
    const json: unknown = text === '' ? null : JSON.parse(text)
    return { status: answer.status, headers: answer.headers, body: json, text }
  }
  async function must(status: number, method: string, path: string, body?: object): Promise<unknown> {
    const answer = await call(method, path, body)
    expect(answer.status, answer.text).to.equal(status)
    return answer.body
  }
  const resetsOf = ({ id }: Person): string => `/users/${id}/two-factor/resets`
  return {
    call,
    async reset(person) {
      return (await must(201, 'POST', resetsOf(person), { code: await actor.code() })) as Reset
    },
    async get(person) {
      const { items } = (await must(200, 'GET', resetsOf(person))) as { items: Reset[] }
      return items[0]!
    },
    async resend(person, { id }) {
      return (await must(202, 'POST', `${resetsOf(person)}/${id}/mail`)) as Reset
    },
    async revoke(person, { id }, body) {
      await must(204, 'DELETE', `${resetsOf(person)}/${id}`, body)
    },
  }
}
