/** The day of mounting: what a host's people are signed in with goes on, and everything of before ends with the first reset. */
import { expect } from 'chai'
import { foreignAdapters, type ForeignAdapter } from './adapters/foreign.ts'
import { answerAt, type OldHost, SECRET, startOldHost, type Tokens } from './upgradedHost.ts'
import type { Visitor } from '../support/client.ts'

for (const [name, open] of Object.entries(foreignAdapters))
  describe(`Mounting over an adapter ${name}`, () => {
    let foreign: ForeignAdapter
    let host: OldHost
    let visitor: Visitor
    let tokens: Tokens

    beforeEach(async () => {
      foreign = await open()
      host = await startOldHost(foreign)
      visitor = host.visitor()
      tokens = await host.redeem(await host.enter(visitor, { prompt: 'consent' }))
    })
    afterEach(async () => {
      await host.close()
      await foreign.close()
    })

    const refresh = (): ReturnType<OldHost['token']> =>
      host.token({ grant_type: 'refresh_token', refresh_token: tokens.refresh_token })

    async function expectAlive(): Promise<void> {
      expect(await host.userinfo(tokens.access_token)).to.equal(200)
      const { status, body } = await refresh()
      expect([status, body.error]).to.deep.equal([200, undefined])
      tokens = { ...body, refresh_token: body.refresh_token ?? tokens.refresh_token }
      expect(await host.userinfo(tokens.access_token)).to.equal(200)
    }

    async function expectDead(): Promise<void> {
      expect(await host.userinfo(tokens.access_token)).to.equal(401)
      expect((await refresh()).body.error).to.equal('invalid_grant')
      expect(answerAt(await host.enter(visitor, { prompt: 'none' }))).to.equal('login_required')
    }

    it('an adopted authenticator: one code, no password; tokens live until the first reset', async () => {
      const { rekey } = await host.upgrade({}, (mounted) => mounted.adopt([{ id: 'ana', secret: SECRET }]))
      await rekey.idle()
      host.prompts.length = 0
      await expectAlive()
      const silent = await host.enter(visitor, { prompt: 'none' })
      expect(answerAt(silent)).to.equal('interaction_required')
      const page = await host.enter(visitor)
      expect(page.h1).to.equal('Enter your code')
      const back = await host.prove(page)
      expect(answerAt(back)).to.equal('code')
      expect(host.prompts).to.deep.equal([])
      await expectAlive()
      const fresh = await host.redeem(back)

      expect((await rekey.reset({ accountId: 'ana', by: null })).is).to.equal('reset')
      await expectDead()
      expect(await host.userinfo(fresh.access_token)).to.equal(401)
    })

    it('a session that was never used since ends with the first reset too', async () => {
      const { rekey } = await host.upgrade({}, (mounted) => mounted.adopt([{ id: 'ana', secret: SECRET }]))
      await rekey.reset({ accountId: 'ana', by: null })
      await expectDead()
    })

    it('without an import tokens live until the first set-up, which asks for the password', async () => {
      await host.upgrade({ existingFactors: 'none' })
      await expectAlive()
      host.prompts.length = 0
      const page = await host.enter(visitor, { max_age: '0' })
      expect([page.h1, host.prompts]).to.deep.equal(['Protect your account', ['login']])
      await expectAlive()
    })

    it('with `existing: end` everything of before ends at once', async () => {
      await host.upgrade({ existing: 'end' }, (mounted) => mounted.adopt([{ id: 'ana', secret: SECRET }]))
      await expectDead()
    })
  })
