/** When an email or another effect that failed is tried again, and when it fails for good. */
import { expect } from 'chai'
import { createEffects, type EffectPorts, type EntryOf } from '../../src/accounts/effects.ts'
import { Permanent, retrying } from '../../src/accounts/retry.ts'
import type { Account } from '../../src/core/account.ts'
import type { EffectOutcome, OutboxEntry } from '../../src/core/effect.ts'
import { MailRefused, StoreUnavailable } from '../../src/errors.ts'
import type { Person } from '../../src/ports.ts'
import { anna, byLink, changePassword, NOW, resetAnna, sendPasswordLink } from '../core/accountFixture.ts'

/** The entry of this kind after so many failed attempts. */
function entryOf<K extends OutboxEntry['is']>({ outbox }: Account, kind: K, tries: number): EntryOf<K> {
  const entry = outbox.find((item): item is EntryOf<K> => item.is === kind)
  if (!entry) throw new Error(`no ${kind}`)
  return { ...entry, tries }
}

/** Seconds to the next attempt; the outcome if there is none. */
const waitOf = (result: EffectOutcome['result']) => (result.is === 'again' ? result.at - NOW : result.is)

const reset = resetAnna.account
const changed = anna.does(sendPasswordLink('P1'), changePassword(byLink('link of P1'))).account

describe('An effect that failed', () => {
  const attempt = async (tries: number, error: Error): Promise<EffectOutcome['result']> =>
    retrying(() => {})(async () => Promise.reject(error))(reset, entryOf(reset, 'reset-mail', tries), NOW)

  it('is tried again after 5 seconds, and after twice the time at each later failure', async () => {
    const waits = [0, 1, 2, 3, 4, 5, 6].map(async (tries) => waitOf(await attempt(tries, new Error('deferred'))))
    expect(await Promise.all(waits)).to.deep.equal([5, 10, 20, 40, 80, 160, 320])
  })

  it('waits ten minutes at most, however often it failed', async () => {
    const waits = [7, 8, 30, 2000].map(async (tries) => waitOf(await attempt(tries, new Error('deferred'))))
    expect(await Promise.all(waits)).to.deep.equal([600, 600, 600, 600])
  })

  it('is not tried again if no attempt can succeed', async () => {
    expect(await attempt(0, new Permanent('account is gone'))).to.deep.equal({ is: 'failed', error: 'account is gone' })
  })

  it('gives a reason without the text of the error, which may contain an address', async () => {
    const secret = 'ana@example.com is unknown'
    const reasons = [
      [Object.assign(new Error(secret), { responseCode: 451 }), 'mail server answered 451'],
      [Object.assign(new Error(secret), { code: 'ECONNREFUSED' }), 'ECONNREFUSED'],
      [new StoreUnavailable(secret), 'StoreUnavailable'],
      [new TypeError(secret), 'TypeError'],
    ] as const
    for (const [error, reason] of reasons) expect(await attempt(0, error)).to.include({ is: 'again', error: reason })
  })
})

describe('Retries by kind of effect', () => {
  const person: Person = {
    id: 'anna',
    email: 'anna@example.com',
    name: 'Anna',
    locale: null,
    roles: [],
    groups: [],
    status: 'active',
    createdAt: 0,
    secondFactorSince: null,
  }
  /** Each call outside fails with this error. */
  function effectsWith(error: Error) {
    const fails = async () => {
      throw error
    }
    const ports: EffectPorts = {
      audit: { append: fails },
      directory: { find: async () => person, enrolled: fails, setPassword: fails },
      notifyFactor: fails,
      post: { reset: fails, invitation: fails, password: fails, notice: fails },
      proofsOf: () => ({ both: false, because: [], passwordFrom: null }),
      openLink: () => 'https://id.example.com/link',
      openPassword: () => 'hash',
      purge: async () => ({ clients: [], incomplete: true }),
      onError: () => {},
    }
    return createEffects(ports)
  }
  const down = effectsWith(new Error('down'))
  const mail = async (tries: number, effects = down) =>
    waitOf(await effects['reset-mail'](reset, entryOf(reset, 'reset-mail', tries), NOW))
  const notice = async (tries: number) => waitOf(await down.notice(changed, entryOf(changed, 'notice', tries), NOW))
  const password = async (tries: number) =>
    waitOf(await down['set-password'](changed, entryOf(changed, 'set-password', tries), NOW))

  it('a mailed link is retried until it expires', async () => {
    expect([await mail(0), await mail(20), await mail(500)]).to.deep.equal([5, 600, 600])
    const entry = entryOf(reset, 'reset-mail', 0)
    expect(waitOf(await down['reset-mail'](reset, entry, entry.expiresAt))).to.equal('failed')
  })

  it('an email that the mail server refused is not retried', async () => {
    expect(await mail(0, effectsWith(new MailRefused('no such mailbox')))).to.equal('failed')
  })

  it('a notice is tried 21 times', async () => {
    expect([await notice(0), await notice(19), await notice(20)]).to.deep.equal([5, 600, 'failed'])
  })

  it('a new password waits ten seconds at most: until it is stored, no password works', async () => {
    expect([await password(0), await password(1), await password(9)]).to.deep.equal([5, 10, 10])
  })
})
