/** The sign-in page of a host states who signed in and when; facts from before a reset are refused after it. */
import { expect } from 'chai'
import type { Facts } from '../../src/index.ts'
import { Authenticator } from '../support/authenticator.ts'
import { createVisitor, setupKeyIn, type Visitor } from '../support/client.ts'
import { clock, type Host, signInRequest, startHost } from '../support/host.ts'

type HostFacts = Omit<Facts, 'accountId' | 'epoch'>

describe('The sign-in page of a host', () => {
  let host: Host
  let facts: HostFacts
  /** Seconds that the clock is behind. */
  let ago: number

  beforeEach(async () => {
    ago = 600
    host = await startHost({
      options: { required: 'when_requested', clock: { now: () => clock.now() - ago } },
      configuration: { interactions: { url: (_ctx, { uid }) => `/own/${uid}` } },
      async pages(ctx, next, { provider, rekey }) {
        if (!ctx.path.startsWith('/own/')) return next()
        if (ctx.query['go'] === undefined) return void (ctx.body = '<h1>Own page</h1>')
        const result = await rekey.loginResult('ben', facts, ctx)
        return ctx.redirect(await provider.interactionResult(ctx.req, ctx.res, result))
      },
    })
    await host.rekey.adopt([{ id: 'ben', secret: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP' }])
    await setUpAfterReset()
  })
  afterEach(() => host.close())

  const now = (): number => clock.now() - ago
  const byBoth = (authenticatedAt: number, at = authenticatedAt): HostFacts => ({
    authenticatedAt,
    proven: { proof: 'otp', at },
  })

  async function setUpAfterReset(): Promise<void> {
    await host.rekey.reset({ accountId: 'ben', by: null })
    await host.rekey.idle()
    const link = /^http\S+(\/two-factor\/reset\/\S+)$/m.exec(host.letters.at(-1)?.text ?? '')?.[1] ?? ''
    const owner = createVisitor(host.issuer)
    const setUp = await owner.submit(await owner.get(link), {})
    const codes = await owner.submit(setUp, { code: new Authenticator(setupKeyIn(setUp.text)[0]!).next(now()) })
    expect((await owner.submit(codes, { saved: 'yes' })).h1).to.equal('You are all set')
  }

  /** The code or error at the callback, or else the heading of the page. */
  async function continueSignIn(visitor: Visitor, given: HostFacts): Promise<string> {
    facts = given
    const page = await visitor.go(signInRequest())
    expect(page.h1).to.equal('Own page')
    const next = await visitor.go(`${page.path}?go`)
    const back = next.location ? new URL(next.location).searchParams : null
    return back ? (back.get('error') ?? 'code') : (next.h1 ?? '')
  }

  it('signs in with facts of now', async () => {
    ago = 0
    expect(await continueSignIn(createVisitor(host.issuer), byBoth(now()))).to.equal('code')
  })

  it('cannot use facts from before a reset after the owner has set up again', async () => {
    ago = 500
    const kept = byBoth(now())
    ago = 400
    await setUpAfterReset()
    const ofReset = now()
    ago = 0
    const thief = createVisitor(host.issuer)
    const outcomes = []
    for (const given of [
      kept,
      { ...kept, proven: null },
      byBoth(ofReset),
      byBoth(now(), kept.authenticatedAt),
      byBoth(now(), ofReset),
    ])
      outcomes.push(await continueSignIn(thief, given))
    expect(outcomes).to.deep.equal(outcomes.map(() => 'Own page'))
    expect((await thief.get(signInRequest({ prompt: 'none' }))).location).to.contain('error=login_required')
    expect(await continueSignIn(thief, byBoth(ofReset + 1))).to.equal('code')
  })

  it('cannot use facts from before the end of all sessions, and the next sign-in works', async () => {
    ago = 500
    const kept = byBoth(now())
    await host.rekey.endSessions('ben', 'disabled', null)
    ago = 0
    const visitor = createVisitor(host.issuer)
    expect(await continueSignIn(visitor, kept)).to.equal('Own page')
    expect(await continueSignIn(visitor, byBoth(now()))).to.equal('code')
  })
})
