/** What a host in JavaScript gives wrongly is refused by a sentence that names it. */
import { expect } from 'chai'
import { type Configuration, interactionPolicy } from 'oidc-provider'
import type { Rekey } from 'oidc-rekey'
import { clock } from '../support/host.ts'
import { configuration, openMount } from './doctorHost.ts'
import { openMapAdapter } from './adapters/map.ts'

describe('Wrong arguments of a host', () => {
  let rekey: Rekey
  beforeEach(async () => {
    const mount = await openMount()
    rekey = mount.rekey
    await rekey.attach(mount.provider)
  })
  afterEach(() => rekey.close())

  const facts = { authenticatedAt: clock.now() }
  const request = { headers: {} }
  const calls: Readonly<Record<string, readonly [readonly unknown[], string]>> = {
    'no account': [[undefined, facts], 'accountId: '],
    'an account object': [[{ id: 'ana' }, facts], 'accountId: '],
    'no facts': [['ana'], 'facts: '],
    'facts of null': [['ana', null], 'facts: '],
    'no time': [['ana', {}], 'authenticatedAt: '],
    'a request in place of { req, res }': [['ana', facts, request, { setHeader: () => undefined }], 'browser: '],
    'a browser without a response': [['ana', facts, { req: request }], 'browser: '],
  }
  for (const [what, [given, name]] of Object.entries(calls))
    it(`loginResult with ${what}: a TypeError that begins with ${name.trim()}`, async () => {
      const call = rekey.loginResult as (...all: readonly unknown[]) => Promise<unknown>
      const error: unknown = await call(...given).catch((reason: unknown) => reason)
      expect(error).to.be.instanceOf(TypeError)
      expect((error as TypeError).message.slice(0, name.length)).to.equal(name)
    })

  const withoutLogin = interactionPolicy.base()
  withoutLogin.remove('login')
  const configurations: Readonly<Record<string, readonly [() => Promise<Configuration>, string]>> = {
    'an adapter that is an object': [
      async () => ({ adapter: new ((await openMapAdapter()).adapter as new (name: string) => never)('Session') }),
      'adapter must be a class or a function (name) => adapter',
    ],
    'a policy without login': [
      async () => ({ interactions: { policy: withoutLogin } }),
      'interactions.policy has no prompt login: start from interactionPolicy.base()',
    ],
    'a client with an id of ours': [
      async () => ({ clients: [{ ...configuration.clients![0]!, client_id: 'account' }] }),
      'clients: "account" is the id of an application of oidc-rekey: rename yours, set clientIds, or leave ours out with apps: []',
    ],
  }
  for (const [what, [given, message]] of Object.entries(configurations))
    it(`configuration with ${what}: a TypeError with the remedy`, async () => {
      const host = await given()
      expect(() => rekey.configuration({ ...configuration, ...host })).to.throw(TypeError, message)
    })
})
