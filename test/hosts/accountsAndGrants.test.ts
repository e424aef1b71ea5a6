/** What a host's own `findAccount` and `loadExistingGrant` say counts. */
import { expect } from 'chai'
import type { Configuration } from 'oidc-provider'
import { signInRequest } from '../support/host.ts'
import { client, type HostWithPages, startHostWithPages } from './hostPages.ts'

const answerOf = (location: string | null): string | null => {
  const { searchParams } = new URL(location!)
  return searchParams.get('error') ?? (searchParams.has('code') ? 'code' : null)
}

describe('a host’s findAccount that answers undefined', () => {
  let host: HostWithPages
  let isBanned: boolean
  beforeEach(async () => {
    isBanned = false
    host = await startHostWithPages({
      configuration: {
        findAccount: (_ctx, id) =>
          isBanned ? undefined : { accountId: id, claims: () => ({ sub: id, nickname: 'A' }) },
      },
    })
  })
  afterEach(() => host.close())

  it('ends single sign-on, userinfo and refresh at once', async () => {
    const visitor = host.visitor()
    const tokens = await host.redeem(await host.enter(visitor, { scope: 'openid offline_access', prompt: 'consent' }))
    expect(tokens.refresh_token).to.be.a('string')
    expect(await host.userinfo(tokens.access_token)).to.equal(200)
    isBanned = true
    const silent = await host.enter(visitor, { prompt: 'none' })
    expect(answerOf(silent.location)).to.equal('login_required')
    expect(await host.userinfo(tokens.access_token)).to.equal(401)
    const refreshed = await host.token({ grant_type: 'refresh_token', refresh_token: tokens.refresh_token! })
    expect([refreshed.status, refreshed.body.error]).to.deep.equal([400, 'invalid_grant'])
  })

  it('refuses a sign-in that the page has accepted, with a page at the second time', async () => {
    isBanned = true
    const page = await host.visitor().go(signInRequest())
    expect([page.status, page.h1]).to.deep.equal([403, 'This sign-in was not accepted'])
    expect(host.prompts).to.deep.equal(['login', 'login'])
  })
})

describe('a host’s loadExistingGrant', () => {
  /** The recipe of the library's documentation for skipping consent, as hosts copy it. */
  const skipConsent: NonNullable<Configuration['loadExistingGrant']> = async ({ oidc }) => {
    const id = oidc.result?.consent?.grantId ?? oidc.session!.grantIdFor(oidc.client!.clientId)
    if (id) {
      const found = await oidc.provider.Grant.find(id)
      // As in the recipe, which expects that the grant is there.
      if (oidc.account && found!.exp! < oidc.session!.exp) await found!.save()
      return found
    }
    if (oidc.client!.clientId !== 'shop') return undefined
    const grant = new oidc.provider.Grant({ clientId: 'shop', accountId: oidc.session!.accountId! })
    grant.addOIDCScope('openid email')
    await grant.save()
    return grant
  }
  let host: HostWithPages
  beforeEach(async () => {
    host = await startHostWithPages({
      configuration: { clients: [client('shop'), client('mall')], loadExistingGrant: skipConsent },
    })
  })
  afterEach(() => host.close())

  it('is called, and its grant allows what it says', async () => {
    const visitor = host.visitor()
    const page = await host.enter(visitor, { client_id: 'shop', scope: 'openid email' })
    expect([answerOf(page.location), host.prompts]).to.deep.equal(['code', ['login']])
    const silent = await host.enter(visitor, { client_id: 'shop', scope: 'openid email', prompt: 'none' })
    expect(answerOf(silent.location)).to.equal('code')
    const more = await host.enter(visitor, { client_id: 'shop', scope: 'openid phone', prompt: 'none' })
    expect(answerOf(more.location)).to.equal('code')
  })

  it('makes grants that a reset ends', async () => {
    const page = await host.enter(host.visitor(), { client_id: 'shop' })
    const tokens = await host.redeem(page, 'shop')
    expect(await host.userinfo(tokens.access_token)).to.equal(200)
    await host.rekey.reset({ accountId: 'ana', by: null })
    expect(await host.userinfo(tokens.access_token)).to.equal(401)
  })

  it('makes another grant where the first was ended', async () => {
    const visitor = host.visitor()
    const first = await host.redeem(await host.enter(visitor, { client_id: 'shop' }), 'shop')
    const token = await host.provider.AccessToken.find(first.access_token)
    await (await host.provider.Grant.find(token!.grantId))!.destroy()
    expect(await host.userinfo(first.access_token)).to.equal(401)
    const again = await host.enter(visitor, { client_id: 'shop', prompt: 'none' })
    expect(answerOf(again.location)).to.equal('code')
  })

  it('decides about first-party clients too', async () => {
    const visitor = host.visitor()
    await host.enter(visitor, { client_id: 'shop' })
    for (const clientId of ['mall', 'app']) {
      const page = await host.enter(visitor, { client_id: clientId, prompt: 'none' })
      expect([clientId, answerOf(page.location)]).to.deep.equal([clientId, 'consent_required'])
    }
  })

  it('is not asked about the account page of the service', async () => {
    const page = await host.visitor().go('/account')
    expect(page.status).to.be.lessThan(400)
  })
})
