/** Times that a host passes: a wrong one is refused with its name. */
import { expect } from 'chai'
import type { Context } from 'koa'
import { requireToken } from '../../src/http/requireToken.ts'
import { checkedFacts } from '../../src/oidc/hostTimes.ts'
import type { Principal } from '../../src/oidc/bearer.ts'
import { clock, startHost } from '../support/host.ts'

const now = 1_800_000_000
const day = 86_400

describe('The times of a host’s sign-in', () => {
  const refused: Readonly<Record<string, number>> = {
    milliseconds: now * 1000,
    'a fraction': now + 0.5,
    'more than a day ago': now - day - 1,
    'more than a day ahead': now + day + 1,
    'no number': NaN,
    'no end': Infinity,
    'the beginning of time': 0,
    text: '1800000000' as unknown as number,
    nothing: undefined as unknown as number,
  }
  const attempts = {
    authenticatedAt: (at: number) => checkedFacts({ authenticatedAt: at, proven: null }, now),
    'proven.at': (at: number) => checkedFacts({ authenticatedAt: now, proven: { proof: 'otp', at } }, now),
  }
  for (const [name, attempt] of Object.entries(attempts)) {
    for (const [what, at] of Object.entries(refused))
      it(`are refused as ${name} when they are ${what}`, () => {
        const why = what === 'milliseconds' ? 'seconds, not milliseconds' : 'must be whole seconds'
        expect(() => attempt(at)).to.throw(TypeError, `${name}: ${why}`)
      })

    it(`are accepted as ${name} within a day of the clock, and count as now when they are ahead of it`, () => {
      const taken = [now - day, now - 1, now, now + 1, now + day].map((at) => {
        const { authenticatedAt, proven } = attempt(at)
        return name === 'proven.at' ? proven?.at : authenticatedAt
      })
      expect(taken).to.deep.equal([now - day, now - 1, now, now, now])
    })
  }

  it('are checked by loginResult', async () => {
    const host = await startHost()
    try {
      const error = await host.rekey
        .loginResult('ben', { authenticatedAt: Date.now(), proven: null })
        .catch((thrown: unknown) => thrown)
      expect(error).to.be.instanceOf(TypeError)
      expect(String(error)).to.include('authenticatedAt: seconds, not milliseconds')
      const result = await host.rekey.loginResult('ben', { authenticatedAt: clock.now() + 3600, proven: null })
      expect(result.login?.ts).to.be.within(clock.now() - 5, clock.now())
    } finally {
      await host.close()
    }
  })
})

describe('A guard for a host’s own API', () => {
  const outcome = async (secondFactorAt: number, maxAgeSeconds?: number): Promise<number> => {
    const ctx = {
      status: 200,
      body: null,
      set: () => undefined,
      get: () => 'Bearer token',
      req: { headers: { authorization: 'Bearer token' } },
    }
    const principal = { scopes: new Set(['read']), acr: '2fa', secondFactorAt } as unknown as Principal
    const verify = async () => ({ is: 'person', principal }) as const
    const services = {
      bearer: { verify, verifyAgain: verify, algorithms: () => [] },
      issuer: 'https://id.example',
      clock: { now: () => now },
      twoFactorAcr: '2fa',
      isTwoFactorAcr: (acr: string | null) => acr === '2fa',
    }
    const required = {
      resource: 'https://api.example',
      scope: 'read',
      ...(maxAgeSeconds !== undefined && { maxAgeSeconds }),
    }
    const found = await requireToken(services, [ctx as unknown as Context], required)
    return found ? 200 : ctx.status
  }

  it('refuses a second factor in the future, which would never become too old', async () => {
    const at = [now - 61, now - 60, now, now + 1, now * 1000]
    expect(await Promise.all(at.map((item) => outcome(item, 60)))).to.deep.equal([401, 200, 200, 401, 401])
    expect(await Promise.all(at.map((item) => outcome(item)))).to.deep.equal([200, 200, 200, 401, 401])
  })
})
