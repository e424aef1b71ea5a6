/**
 * A reset by one process during a sign-in at another, after each read and write of the store: what was read is out of date. Once the reset is
 * acknowledged no code, token or session of the sign-in is valid. `npm run faults` also resets before each call.
 */
import { expect } from 'chai'
import { memoryStore } from '../../src/store/memory.ts'
import type { Store } from '../../src/store/store.ts'
import { Authenticator } from '../support/authenticator.ts'
import { createVisitor, type Visitor, wayOn } from '../support/client.ts'
import { ROUNDS } from '../support/faultFixture.ts'
import { clock, type Host, password, redirectUri, signInRequest, startHost, verifier } from '../support/host.ts'

const SECRET = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP'
/** The methods of records and artefacts that a sign-in calls. */
const CALLS = new Set<string | symbol>(['read', 'swap', 'get', 'find', 'put', 'add', 'replace', 'take', 'delete'])

interface Plan {
  readonly call: number
  readonly moment: 'before' | 'after'
}

describe('A reset in the middle of a sign-in at another process', () => {
  const real = memoryStore({ clock })
  let count = 0
  let plan: Plan | null = null
  let strike = async (): Promise<void> => undefined
  let here: Host
  let there: Host

  const at = async (moment: Plan['moment'], call: number): Promise<void> => {
    if (plan?.call !== call || plan.moment !== moment) return
    plan = null
    await strike()
  }
  const watched = <T extends object>(part: T): T =>
    new Proxy(part, {
      get(target, name) {
        const method: unknown = Reflect.get(target, name)
        if (typeof method !== 'function') return method
        const bound = method.bind(target) as (...given: unknown[]) => Promise<unknown>
        if (!CALLS.has(name)) return bound
        return async (...given: unknown[]) => {
          const call = (count += 1)
          await at('before', call)
          const answer = await bound(...given)
          await at('after', call)
          return answer
        }
      },
    })

  before(async () => {
    const store: Store = { ...real, records: watched(real.records), artefacts: watched(real.artefacts) }
    here = await startHost({ store })
    there = await startHost({ store: real })
  })
  after(async () => {
    await here.close()
    await there.close()
  })

  const basic = { authorization: `Basic ${btoa('app:app-secret')}` }
  const post = async (path: string, fields: Record<string, string>): Promise<Record<string, unknown>> => {
    const answer = await fetch(`${here.issuer}${path}`, {
      method: 'POST',
      headers: basic,
      body: new URLSearchParams(fields),
    })
    return (await answer.json()) as Record<string, unknown>
  }
  const redeem = (code: string) =>
    post('/token', { grant_type: 'authorization_code', code, redirect_uri: redirectUri, code_verifier: verifier })

  /** As far as the pages lead: the code, if there is one. */
  async function signIn(visitor: Visitor, id: string): Promise<string | null> {
    let page = await visitor.go(signInRequest())
    count = 0
    page = await visitor.submit(page, { email: `${id}@example.com`, password })
    if (page.h1 === 'Enter your code')
      page = await visitor.submit(page, { code: new Authenticator(SECRET).next(clock.now()) })
    if (page.h1 === 'Save your backup codes') page = await visitor.submit(page, { saved: 'yes' })
    const way = wayOn(page)
    const { location } = way === null ? page : await visitor.get(new URL(way, here.issuer).pathname)
    return location?.startsWith(redirectUri) ? new URL(location).searchParams.get('code') : null
  }

  async function run(id: string): Promise<string> {
    for (const host of [here, there])
      host.people.set(id, { ...host.people.get('ana')!, id, email: `${id}@example.com`, name: id })
    await there.rekey.adopt([{ id, secret: SECRET }])
    let isReset = false
    strike = async () => {
      const done = await there.rekey.reset({ accountId: id, by: null })
      expect(done.is).to.equal('reset')
      isReset = true
    }
    const visitor = createVisitor(here.issuer)
    const code = await signIn(visitor, id)
    const tokens = code === null ? {} : await redeem(code)
    const token = tokens['access_token'] as string | undefined
    const seen = token === undefined ? {} : await post('/token/introspection', { token })
    plan = null
    if (!isReset) return seen['active'] === true ? 'over' : 'refused'
    const again = token === undefined ? {} : await post('/token/introspection', { token })
    expect(again['active'] ?? false, `token, ${id}`).to.equal(false)
    if (code !== null && token === undefined)
      expect(await redeem(code), `code, ${id}`).to.include({ error: 'invalid_grant' })
    const { location } = await visitor.get(signInRequest({ prompt: 'none' }))
    expect(new URL(location!).searchParams.get('error'), `session, ${id}`).to.equal('login_required')
    return code === null ? 'no code' : token === undefined ? 'code' : 'token'
  }

  const moments = ['after', 'before'] as const
  for (const moment of moments.slice(0, ROUNDS > 1 ? 2 : 1))
    it(`ends it, ${moment} each call`, async () => {
      const seen: string[] = []
      for (let call = 1; seen.at(-1) !== 'over'; call++) {
        plan = { call, moment }
        seen.push(await run(`${moment}${call}`))
      }
      expect([...new Set(seen)]).to.deep.equal(['no code', 'code', 'token', 'over'])
    })
})
