/** What a host's page says with its sign-in is kept, and a page that answers by itself ends in no loop. */
import { expect } from 'chai'
import { interactionPolicy } from 'oidc-provider'
import { clock, signInRequest } from '../support/host.ts'
import { client, type HostWithPages, type PageOptions, signsIn, startHostWithPages } from './hostPages.ts'

const { base, Check, Prompt } = interactionPolicy

describe('The login result of a host', () => {
  let host: HostWithPages
  const start = async (options: PageOptions): Promise<HostWithPages> => (host = await startHostWithPages(options))
  afterEach(() => host.close())

  it('keeps consent and prompts of the host through our pages', async () => {
    const policy = base()
    policy.add(
      new Prompt(
        { name: 'terms', requestable: true },
        new Check('terms_missing', 'terms', 'interaction_required', ({ oidc }) => !oidc.result?.['terms']),
      ),
      1,
    )
    await start({
      configuration: { clients: [client('shop')], interactions: { policy } },
      async answer({ rekey, provider }) {
        const grant = new provider.Grant({ accountId: 'ana', clientId: 'shop' })
        grant.addOIDCScope('openid email')
        const login = await rekey.loginResult('ana', { authenticatedAt: clock.now(), proven: null })
        return { ...login, terms: { accepted: true }, consent: { grantId: await grant.save() } }
      },
    })
    const page = await host.enter(host.visitor(), { client_id: 'shop', scope: 'openid email' })
    expect([new URL(page.location!).searchParams.has('code'), host.prompts]).to.deep.equal([true, ['login']])
  })

  it('says how the person was authenticated elsewhere', async () => {
    await start({ answer: signsIn({ amr: ['fed'] }) })
    const { claims } = await host.redeem(await host.enter(host.visitor()))
    expect(claims['amr']).to.deep.equal(['fed', 'otp', 'mfa'])
  })

  it('ends with the browser where it says so', async () => {
    await start({ answer: signsIn({ remember: false }) })
    const page = await host.enter(host.visitor())
    const session = page.headers.getSetCookie().find((cookie) => cookie.startsWith('_session='))
    expect(session).to.match(/^_session=[\w-]{10,};/)
    expect(session).to.not.match(/expires|max-age/i)
  })

  it('with an old password asks the host again, and says so the second time', async () => {
    await start({ enrolled: false, answer: signsIn({ authenticatedAt: clock.now() - 900 }) })
    const page = await host.visitor().go(signInRequest())
    expect([page.status, page.h1]).to.deep.equal([403, 'This sign-in was not accepted'])
    expect(host.prompts).to.deep.equal(['login', 'login'])
    expect(page.text).to.contain('password_too_old')
  })

  it('without a stamp is refused with a reported error, and the doctor says what is missing', async () => {
    const errors: string[] = []
    await start({
      options: { onError: (error, doing) => void errors.push(`${doing}: ${(error as Error).message}`) },
      answer: async () => ({ login: { accountId: 'ana' } }),
    })
    const page = await host.visitor().go(signInRequest())
    expect(page.status).to.equal(500)
    expect(errors).to.deep.equal([
      'answering GET for the provider: a sign-in without a second-factor stamp: finish it with loginResult()',
    ])
    const found = (await host.rekey.doctor()).filter(({ id }) => id === 'sign-in')
    expect(found.map(({ severity, found: what }) => `${severity} ${what}`)).to.deep.equal([
      'warn a sign-in finished without rekey.loginResult() and was refused',
    ])
  })

  it('with an old password is enough where no set-up is due', async () => {
    await start({ answer: signsIn({ authenticatedAt: clock.now() - 20 }) })
    const page = await host.enter(host.visitor())
    expect(host.prompts).to.deep.equal(['login'])
    expect(new URL(page.location!).searchParams.has('code')).to.equal(true)
  })
})

describe('The policy of a host', () => {
  let host: HostWithPages | undefined
  afterEach(() => host?.close())

  it('is not changed, and may be used twice', async () => {
    const policy = base()
    const before = policy.map(({ name, checks }) => [name, checks.map(({ reason }) => reason)])
    host = await startHostWithPages({ configuration: { interactions: { policy } } })
    const wrapped = host.rekey.configuration({ interactions: { policy } }).interactions!.policy!
    expect(policy.map(({ name, checks }) => [name, checks.map(({ reason }) => reason)])).to.deep.equal(before)
    const names = wrapped.map(({ name }) => name)
    expect(names.filter((name) => name === 'two_factor')).to.have.length(1)
    expect(names.indexOf('two_factor')).to.equal(names.indexOf('login') + 1)
  })

  it('that is ours already is taken as it is', async () => {
    host = await startHostWithPages()
    const policy = host.rekey.policy()
    expect(host.rekey.configuration({ interactions: { policy } }).interactions!.policy).to.equal(policy)
  })
})

describe('A host that leaves the library’s development pages on', () => {
  it('signs people in on its own page and ours', async () => {
    const host = await startHostWithPages({ configuration: { features: {} } })
    try {
      const page = await host.enter(host.visitor())
      expect(new URL(page.location!).searchParams.has('code')).to.equal(true)
    } finally {
      await host.close()
    }
  })
})

describe('A grant that host code makes', () => {
  it('ends with a reset', async () => {
    const host = await startHostWithPages()
    try {
      const grant = await host.rekey.newGrant({ accountId: 'ana', clientId: 'app' })
      grant.addOIDCScope('openid')
      const id = await grant.save()
      expect(await host.provider.Grant.find(id)).to.not.equal(undefined)
      await host.rekey.reset({ accountId: 'ana', by: null })
      expect(await host.provider.Grant.find(id)).to.equal(undefined)
      const unknown = await host.rekey.newGrant({ accountId: 'nobody', clientId: 'app' }).catch((e: unknown) => e)
      expect(unknown).to.include({ name: 'UnknownAccount' })
    } finally {
      await host.close()
    }
  })
})
