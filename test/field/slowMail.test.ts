/** A mail server that takes its time: one process sends an email until it gives up, and no other one meanwhile. */
import { expect } from 'chai'
import { createAccounts } from '../../src/accounts/accounts.ts'
import { leaseFor } from '../../src/accounts/dispatch.ts'
import type { Effects } from '../../src/accounts/effects.ts'
import { newAccount } from '../../src/core/newAccount.ts'
import { defaultRules } from '../../src/core/rules.ts'
import { smtpMailer } from '../../src/mail/smtp.ts'
import { memoryStore } from '../../src/store/memory.ts'
import { anna, NOW, startReset } from '../core/accountFixture.ts'

const mailer = (deadlineSeconds?: number) =>
  smtpMailer({ url: 'smtp://localhost', from: 'no-reply@example.com', ...(deadlineSeconds ? { deadlineSeconds } : {}) })

describe('A slow mail server', () => {
  for (const [what, given, lease] of [
    ['a mailer that does not say how long it takes', {}, 20],
    ['the mailer by default', mailer(), 20],
    ['the mailer with two minutes', mailer(120), 125],
    ['a mailer that is quick', { longestSeconds: 1 }, 20],
  ] as const)
    it(`leaves an email to the process that sends it: ${what}, ${lease} seconds`, async () => {
      expect(leaseFor(given)).to.equal(lease)
      const clock = { now: () => NOW }
      const { records } = memoryStore({ clock })
      await records.swap('anna', JSON.stringify(anna.account), 0)
      const forever = new Promise<never>(() => {})
      const accounts = createAccounts({
        records,
        directory: { find: async () => null },
        firstRecord: async (id) => newAccount(id, clock.now()),
        clock,
        rules: defaultRules,
        effects: () => new Proxy({}, { get: () => () => forever }) as Effects,
        onError: (error) => expect.fail(String(error)),
        lease: leaseFor(given),
      })
      await accounts.execute('anna', startReset('R1'))
      const dueAfter = (seconds: number) => records.due(clock.now() + seconds, 10, accounts.lease)
      expect(await dueAfter(lease - 1)).to.deep.equal([])
      expect(await dueAfter(lease)).to.deep.equal(['anna'])
      // The process that takes it over has as long.
      expect(await dueAfter(2 * lease - 1)).to.deep.equal([])
    })
})
