import { expect } from 'chai'
import type { Account, Active } from '../../src/core/account.ts'
import { type Passkey, totpOf } from '../../src/core/authenticators.ts'
import { readAccount, writeAccount } from '../../src/core/storedAccount.ts'
import { lostAccount, newAccount } from '../../src/core/newAccount.ts'
import { decide } from '../../src/core/decide.ts'
import { defaultRules } from '../../src/core/rules.ts'
import {
  anna,
  by,
  lost,
  newcomer,
  NOW,
  proveCode,
  renewCodes,
  resend,
  resetAnna,
  revoke,
  startReset,
  STEP,
  type Story,
  stepUp,
  useBackupCode,
} from './accountFixture.ts'
import { activeFactorOf } from './storyViews.ts'
import { begin, type Question, questionsTo } from './stateSpace.ts'

const read = (text: string) => readAccount('anna', text)
const eventful = anna
  .refused(proveCode(null))
  .does(stepUp(STEP + 1), useBackupCode(3))
  .does(renewCodes('laptop'))
const passkey: Passkey = {
  kind: 'passkey',
  id: 'passkey',
  sealed: 'credential id and public key',
  credential: 'digest',
  rpId: 'id.example.com',
  algorithm: -7,
  signCount: 4,
  suspectAt: null,
  transports: ['internal', 'hybrid'],
  backupEligible: false,
  backedUp: false,
  discoverable: null,
  name: 'Safari on iPhone',
  addedAt: NOW,
  lastUsedAt: null,
  lastForm: null,
}

function withPasskeys(story: Story, { alone = false } = {}): Story {
  const factor = activeFactorOf(story)
  const other: Passkey = { ...passkey, id: 'other', credential: 'other', suspectAt: NOW, lastUsedAt: NOW }
  const app = totpOf(factor)!
  const backupCodes = { ...factor.backupCodes, of: 'authenticator of an earlier day' }
  const authenticators: Active['authenticators'] = alone ? [passkey, other] : [app, passkey, other]
  const more = { userHandle: 'handle', passkeyNumber: 5 }
  return story.with({ ...story.account, ...more, factor: { ...factor, authenticators, backupCodes } })
}

const samples: Record<string, Story> = {
  'a new account': newcomer,
  'an enrolled person': eventful,
  'a person who was reset': resetAnna.does(resend('R1')),
  'a person with wrong codes': anna
    .under({ freeAttempts: 3 })
    .refused(...Array.from({ length: 5 }, () => proveCode(null))),
  'a restored account': eventful.does(() => ({
    is: 'restore',
    id: 'restore',
    factor: true,
    codes: true,
    roles: [],
    by,
  })),
  'a person with an app and passkeys': withPasskeys(eventful),
  'a person with passkeys alone': withPasskeys(eventful, { alone: true }),
  'a person with passkeys who was reset': withPasskeys(anna).does(startReset('R1')),
  'a frozen account': resetAnna.does(revoke('R1', { freeze: true })),
}

describe('A stored record', () => {
  for (const [name, { account }] of Object.entries(samples))
    it(`of ${name} is read as it was written`, () => {
      expect(read(writeAccount(account))).to.deep.equal({ is: 'account', account })
      expect(read(JSON.stringify(account)), 'format 1').to.deep.equal({ is: 'account', account })
    })

  it('is half as long as the document, before the first sign-in', () => {
    const { account } = anna
    expect(writeAccount(account).length * 1.5).to.be.below(JSON.stringify(account).length)
  })

  it('is damaged when it cannot be understood', () => {
    const { account } = anna
    const texts = ['', 'null', '7', '"x"', '[]', '{}', 'not JSON', JSON.stringify(account).slice(0, -1)]
    for (const text of texts) expect(read(text), text).to.deep.equal({ is: 'damaged' })
    const { fields } = JSON.parse(writeAccount(account)) as { fields: unknown[] }
    for (const other of [undefined, null, {}, [], fields.slice(1), [...fields, null]])
      expect(read(JSON.stringify({ format: 2, fields: other }))).to.deep.equal({ is: 'damaged' })
  })

  it('has the format of an older version until the first passkey, and a newer one ever after', () => {
    const formatOf = ({ account }: Story): number => (JSON.parse(writeAccount(account)) as { format: number }).format
    for (const [name, story] of Object.entries(samples))
      expect(formatOf(story), name).to.equal(name.includes('passkeys') ? 3 : 2)
  })

  it('of another person is damage', () => {
    expect(readAccount('bob', JSON.stringify(anna.account))).to.deep.equal({ is: 'damaged' })
  })

  it('of a newer format is neither read nor reported as damaged', () => {
    expect(read(JSON.stringify({ ...anna.account, format: 5 }))).to.deep.equal({ is: 'newer', format: 5 })
    expect(read(JSON.stringify({ format: 4 }))).to.deep.equal({ is: 'newer', format: 4 })
    expect(read(JSON.stringify({ ...anna.account, format: 0 }))).to.deep.equal({ is: 'damaged' })
  })

  it('never has the state lost: only the reader can find that', () => {
    expect(read(JSON.stringify(lost.account))).to.deep.equal({ is: 'damaged' })
  })

  /** Every way to remove one field or to replace its value by one of another kind. */
  function* damaged(value: unknown, path = 'record'): Generator<[where: string, value: unknown]> {
    if (typeof value !== 'object' || value === null) return
    for (const [key, inner] of Object.entries(value)) {
      const at = `${path}.${key}`
      for (const other of [undefined, null, 'x', -1, 1.5, {}, ...(Array.isArray(inner) ? [] : [[]])])
        yield [`${at} = ${JSON.stringify(other)}`, { ...value, [key]: other }]
      // The content of a list is not checked when the record is read.
      if (!Array.isArray(inner))
        for (const [where, other] of damaged(inner, at)) yield [where, { ...value, [key]: other }]
    }
  }

  /** Every way to remove one place of the text, or to replace its value. */
  function* misplaced(text: string): Generator<[where: string, value: unknown]> {
    const { fields } = JSON.parse(text) as { fields: unknown[] }
    const others = function* (list: readonly unknown[]): Generator<[number, unknown[]]> {
      for (const [index, inner] of list.entries()) {
        yield [index, list.toSpliced(index, 1)]
        for (const other of [null, 'x', -1, 1.5, true, {}, ...(Array.isArray(inner) ? [] : [[]])])
          yield [index, list.with(index, other)]
      }
    }
    for (const [index, other] of others(fields)) yield [`place ${index} = ${JSON.stringify(other[index])}`, other]
    const factor = fields[4]
    if (!Array.isArray(factor)) return
    for (const [index, other] of others(factor)) yield [`factor, place ${index}`, fields.with(4, other)]
    const list: unknown = factor[0]
    const listed: unknown[] = Array.isArray(list) ? list : []
    for (const [n, authenticator] of listed.entries())
      for (const [index, other] of others(authenticator as unknown[]))
        yield [
          `authenticator ${n}, place ${index} = ${JSON.stringify(other[index])}`,
          fields.with(4, factor.with(0, listed.with(n, other))),
        ]
  }
  function damagedTexts(account: Account): [where: string, value: unknown][] {
    const text = writeAccount(account)
    const stored = JSON.parse(text) as object
    const others = [...misplaced(text)].map(([where, fields]): [string, unknown] => [where, { ...stored, fields }])
    // Format 1 never had a passkey.
    return account.userHandle === undefined ? [...damaged(account), ...others] : others
  }

  for (const [name, { account, now }] of Object.entries(samples))
    it(`of ${name}, damaged in any one field, is reported as damaged or allows nothing that was refused`, () => {
      const questions = questionsTo({ ...begin(account), now })
      const succeeds = (item: Account, { command }: Question): boolean =>
        decide(item, command, now, defaultRules).is !== 'refused'
      for (const [where, value] of damagedTexts(account)) {
        const reading = read(JSON.stringify(value))
        // Null means here that nothing pauses: another record, but a valid one.
        const isUnpaused = /^record\.attempts\.(known\.)?pausedUntil = null$/.test(where)
        // Another passkey, whose credential, mark or flag is another, but a valid one.
        const isOther = /^authenticator \d, place (2 = "x"|6 = null|8 = true)$/.test(where)
        if (reading.is === 'account' && !isUnpaused && !isOther)
          for (const question of questions)
            if (!succeeds(account, question)) expect(succeeds(reading.account, question), where).to.equal(false)
      }
    })
})

describe('The record of an account', () => {
  it('begins empty, at the epoch of what has no stamp, with ids of effects that are new', () => {
    expect(newAccount('anna', NOW)).to.deep.equal({
      format: 1,
      id: 'anna',
      epoch: 0,
      endedAt: 0,
      factor: { is: 'none' },
      attempts: { failures: 0, pausedUntil: null },
      resets: [],
      links: [],
      acts: [],
      outbox: [],
      outboxCount: NOW,
    })
    expect(lostAccount('anna')).to.deep.equal({ ...newAccount('anna', 0), factor: { is: 'lost' } })
  })

  it('stays under 28 KB with every cap reached and the longest seals, ids and reasons', () => {
    const id = 22
    const digest = 43
    const long = (letters: number, name: string | number): string => String(name).padEnd(letters, '.')
    const someone = {
      actor: long(id, 'admin'),
      requestId: long(id, 'request'),
      address: '2001:db8:1234::/48',
      device: { browser: 'Samsung Internet', system: 'ChromeOS' },
    }
    const clients = Array.from(
      { length: 30 },
      (_, n) => ({ clientId: long(36, n), backchannelLogout: 'delivered', lastError: 'private-address' }) as const,
    )
    const sealed = { authenticatorId: long(id, 'a'), sealedSecret: long(90, 'key.'), sealedCodes: long(780, 'key.') }
    const under = { linksPerHour: null, actsPerHour: null }
    let story: Story = anna.with({ ...anna.account, id: long(id, 'anna') }).under(under)
    for (let n = 0; n < 12; n++)
      story = story
        .does(({ epoch }) => ({
          is: 'start-reset',
          id: long(id, n),
          reason: long(500, 'because '),
          status: 'active',
          roles: [],
          link: { digest: long(digest, n), sealed: long(160, 'key.') },
          seen: undefined,
          ended: { sessions: 1000 + epoch, grants: 1000, clients },
          by: someone,
        }))
        .dispatched()
    story = story.does(({ epoch }) => ({
      ...sealed,
      is: 'enrol',
      status: 'active',
      flow: 'link',
      link: story.account.links[0]?.digest ?? null,
      epoch,
      binding: long(digest, 'binding'),
      password: false,
      roles: [],
      sealedPassword: null,
      step: STEP,
      by: someone,
    }))
    for (let n = 0; n < 22; n++)
      story = story.does(() => ({
        is: 'step-up',
        act: { id: long(id, n), does: 'change', target: long(id, n), what: long(digest, n) },
        roles: [],
        step: STEP + 1 + n,
        knownBrowser: true,
        by: someone,
      }))
    story = story.dispatched()
    for (let n = 0; n < 29; n++)
      story = story.later(3600).refused(({ epoch }) => ({
        is: 'prove-code',
        epoch,
        step: null,
        form: long(digest, 'form'),
        knownBrowser: false,
        by: someone,
      }))
    story = story.does(() => ({ is: 'end-sessions', because: 'password-changed', by: someone }))
    const { resets, links, acts, outbox }: Account = story.account
    expect([resets, links, acts, outbox].map(({ length }) => length)).to.deep.equal([10, 8, 20, 32])
    expect(JSON.stringify(story.account).length).to.be.within(16_384, 28_672)
  })
})
