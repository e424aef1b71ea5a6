/** Requests in flight, and a store that does not answer, over any adapter: nothing that ended is restored, nothing is used twice. */
import { expect } from 'chai'
import { StoreUnavailable } from '../../src/errors.ts'
import { memoryStore } from '../../src/store/memory.ts'
import type { Artefacts } from '../../src/store/store.ts'
import { clock } from '../support/host.ts'
import { type AdapterFixture, openAdapterFixture, titleOf, withAndWithoutAdapter } from './adapters/fixture.ts'

type Method = (...args: readonly unknown[]) => unknown

for (const name of withAndWithoutAdapter)
  describe(`Over ${titleOf(name)}`, () => {
    let fixture: AdapterFixture
    /** Runs before each call of the store's artefacts. */
    let intercept: (method: string, kind: unknown) => Promise<void>
    before(async () => {
      intercept = async () => undefined
      const store = memoryStore({ clock })
      const artefacts: Artefacts = new Proxy(store.artefacts, {
        get(target, method, receiver) {
          const found: unknown = Reflect.get(target, method, receiver)
          if (typeof found !== 'function') return found
          return async (...args: unknown[]): Promise<unknown> => {
            await intercept(String(method), args[0])
            return (found as Method).apply(target, args)
          }
        },
      })
      fixture = await openAdapterFixture(name, { ...store, artefacts })
    })
    beforeEach(() => {
      intercept = async () => undefined
      fixture.errors.length = 0
    })
    after(() => fixture.close())

    it('a request in flight restores no session that ends meanwhile', async () => {
      const [admin, person] = [await fixture.admin(), await fixture.person()]
      const { visitor, ...tokens } = await fixture.tokensOf(person, 'spa')
      const [session] = (await admin.call('GET', `/users/${person.id}/sessions`)).body.items
      const reached = Promise.withResolvers<void>()
      const released = Promise.withResolvers<void>()
      intercept = async (method, kind) => {
        if (method !== 'put' || kind !== 'Session') return
        reached.resolve()
        await released.promise
      }
      const inFlight = visitor.get(fixture.ask('spa', { prompt: 'none' }).path)
      await reached.promise
      expect((await admin.call('DELETE', `/users/${person.id}/sessions/${session.id}`)).status).to.equal(204)
      released.resolve()
      await inFlight
      intercept = async () => undefined
      expect(await fixture.silently(visitor, fixture.ask('spa', { prompt: 'none' }))).to.equal('login_required')
      expect((await admin.call('GET', `/users/${person.id}/sessions`)).body.items).to.deep.equal([])
      expect((await fixture.refresh('spa', tokens.refresh_token)).body.error).to.equal('invalid_grant')
    })

    it('an outage of our store answers 503 and uses nothing up', async () => {
      const person = await fixture.person()
      const { visitor, ...tokens } = await fixture.tokensOf(person, 'spa')
      const request = fixture.ask('spa', { prompt: 'none' })
      const code = fixture.codeAt(await visitor.get(request.path))
      intercept = async () => {
        throw new StoreUnavailable('the cable is cut')
      }
      expect((await visitor.get(fixture.ask('spa', { prompt: 'none' }).path)).status).to.equal(503)
      expect((await fixture.exchange({ request, code })).status).to.equal(503)
      expect((await fixture.refresh('spa', tokens.refresh_token)).status).to.equal(503)
      expect((await fixture.userinfo(tokens.access_token)).status).to.equal(503)
      intercept = async () => undefined
      expect((await fixture.exchange({ request, code })).status).to.equal(200)
      expect((await fixture.refresh('spa', tokens.refresh_token)).status).to.equal(200)
      expect(await fixture.silently(visitor, fixture.ask('spa', { prompt: 'none' }))).to.equal('code')
    })
  })
