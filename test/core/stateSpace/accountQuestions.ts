import { isLinkMail } from '../../../src/core/outbox.ts'
import { by, NOW } from '../accountFixture.ts'
import { type Ask, type Facts, other, type WorldFacts } from './facts.ts'
import { formOfNewest, type World } from './world.ts'

/** New resets and opened links. */
export function askAboutResets(ask: Ask, { account }: World, facts: WorldFacts): void {
  const { epoch } = account
  const { links, passwordLinks, foreign, person, roles, newest, older } = facts
  const begun = (id: string): object => ({
    id,
    reason: 'lost phone',
    link: { digest: `link of ${id}`, sealed: `sealed link of ${id}` },
    ended: { sessions: 1, grants: 1, clients: [{ clientId: 'sample', backchannelLogout: 'queued' }] },
    by,
  })
  const next = { ...begun(`reset at ${epoch}`), ...person }
  const seen: Facts = [['', undefined]]
  if (newest) seen.push(['newest reset seen', newest.id], ['no reset seen', null])
  else seen.push(['no reset seen', null], ['another reset seen', 'another'])
  ask('start-reset', next, { seen })
  ask('start-reset', next, { roles: roles.slice(1) })
  ask('start-reset', next, {
    status: [
      ['account pending', 'pending'],
      ['account disabled', 'disabled'],
    ],
  })
  for (const [word, reset] of [
    ['requested again', newest],
    ['older one requested again', older],
  ] as const)
    if (reset) ask('start-reset', { ...begun(reset.id), ...person }, { again: [[word, undefined]] })

  ask('open-link', { by }, { digest: [...links, ...passwordLinks, ...foreign.slice(0, 1)] })
}

/** Passwords, addresses and invitations. */
export function askAboutAccounts(ask: Ask, { account }: World, facts: WorldFacts): void {
  const { epoch } = account
  const { right, over, since, links, passwordLinks, elsewhere } = facts
  const passwordLink = `password link at ${account.outboxCount}`
  const statuses = ['active', 'pending', 'disabled'].map((item): Facts[number] => [`account ${item}`, item])
  const sent = { id: passwordLink, link: { digest: passwordLink, sealed: `sealed ${passwordLink}` }, by }
  ask('send-password-link', sent, { status: statuses })

  const renewed = {
    mailedTo: 'new@example.com',
    sealedPassword: 'sealed password',
    form: other('form', account.password?.form),
    by,
  }
  const strangers: Facts = [...elsewhere(links), ['foreign link', 'foreign', true]]
  const byPasswordLink: Facts = [...passwordLinks, ...strangers].map(([words, digest, old = false]) => [
    words,
    { is: 'link', digest },
    old,
  ])
  const byBegun: Facts = since.map(([words, at, old = false]) => [
    `a sign-in ${words}`,
    { is: 'sign-in', epoch, since: at },
    old,
  ])
  const bySignIn: Facts = [...right, ...over].map(([words, at, old = false]) => [
    words || 'a sign-in',
    { is: 'sign-in', epoch: at },
    old,
  ])
  ask('change-password', renewed, { right: [...byPasswordLink, ...bySignIn, ...byBegun] })
  ask('change-password', renewed, { right: [['after a restore', { is: 'restore' }]] })
  if (account.password?.form) {
    const again: Facts = [['form sent again', undefined]]
    const rights = [...byPasswordLink.slice(0, 1), ...bySignIn.slice(0, 2)].map(([words, item]): Facts[number] => [
      words,
      item,
    ])
    ask('change-password', { ...renewed, form: account.password.form }, { again, right: rights })
  }
  ask('change-email', { from: 'old@example.com', by })
  ask('note-change', { type: 'account.changed', reason: null, by })

  const invitation = `invitation at ${account.outboxCount}`
  ask('invite', { id: invitation, link: { digest: invitation, sealed: `sealed ${invitation}` }, by })
}

/** Exchanged, repeated and revoked links. */
export function askAboutLinks(ask: Ask, { account }: World, facts: WorldFacts): void {
  const { epoch } = account
  const { right, over, since, links, passwordLinks, foreign, disabled, newest, older } = facts
  const ids: Facts = [newest, older].flatMap((item, n): Facts =>
    item ? [[n === 0 ? 'newest' : 'older', item.id]] : [],
  )
  const unknown: Facts = [...ids, ['unknown', 'unknown']]
  const digest = `link at ${account.outboxCount}`
  const successor = { link: { digest, sealed: `sealed ${digest}` }, by }
  ask('renew-link', successor, { digest: [...links, ...passwordLinks, ...foreign.slice(0, 1)] })
  const requestedIn = formOfNewest(account)
  const sendForms: Facts = [['', `form at ${account.outboxCount}`]]
  if (requestedIn !== null) sendForms.push(['form sent again', requestedIn])
  const waiting = { ...successor, status: 'active' }
  ask('send-again', waiting, { epoch: right, form: sendForms })
  ask('send-again', waiting, { epoch: over, form: sendForms })
  ask('send-again', { ...waiting, epoch }, { since, form: sendForms })
  ask('send-again', { ...waiting, epoch }, { status: disabled, form: sendForms })
  ask('resend', { link: { digest, sealed: `sealed ${digest}` }, by }, { resetId: unknown })
  ask(
    'revoke',
    { by },
    {
      resetId: unknown,
      freeze: [
        ['', false],
        ['and freeze', true],
      ],
    },
  )
}

/** Ends of sessions, imports and outcomes of effects. */
export function askAboutRecords(ask: Ask, { account, now }: World, facts: WorldFacts): void {
  const { set, active } = facts
  const reasons = ['asked', 'password-changed', 'disabled'].map((item): Facts[number] => [item, item])
  ask('end-sessions', { by }, { because: reasons })
  ask('end-sign-ins', { by })
  const ended: Facts = [
    ['', { factor: false, codes: false }],
    ['of another factor', { factor: true, codes: true }],
    ['of other codes', { factor: false, codes: true }],
  ]
  for (const [words, parts] of ended) {
    const restored = { id: `restore at ${account.epoch}`, roles: [], by, ...(parts as object) }
    ask('restore', restored, { words: [[words, undefined]] })
  }
  if (account.restored)
    ask(
      'restore',
      { id: account.restored, roles: [], by, factor: true, codes: true },
      { again: [['again', undefined]] },
    )
  ask('delete-account', { by })
  ask(
    'adopt',
    {
      // A first import raises no epoch, so the epoch alone names no import.
      ...set(`import ${account.outboxCount}`),
      weakness: null,
      enrolledAt: now,
      lastStep: 0,
      by,
    },
    {
      mode: [
        ['', 'new'],
        ['refreshing', 'refresh'],
        ['replacing the factor', 'replace'],
      ],
      isSame: active
        ? [
            ['', false],
            ['of the same secret', true],
          ]
        : [['', false]],
    },
  )

  const results = (result: object): object[] =>
    account.outbox.flatMap((outbox) => (isLinkMail(outbox) ? [{ id: outbox.id, result }] : []))
  const emails: Facts = [
    ['email accepted', results({ is: 'done' })],
    ['email to be retried', results({ is: 'again', at: NOW, error: 'busy' })],
    ['email refused', results({ is: 'failed', error: 'no such mailbox' })],
  ]
  const stranger: Facts = [['no longer in the outbox', [{ id: 'gone', result: { is: 'done' } }]]]
  ask('record-effects', {}, { results: results({}).length > 0 ? [...emails, ...stranger] : stranger })
}
