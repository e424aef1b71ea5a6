/**
 * The world of one account: its record, the time, and what somebody may have kept from before. From here every question there is can
 * be put to the record, each with every kind of fact: right and old epochs, burnt and new steps, live and dead links.
 */
import { sealsOf } from '../../src/core/keyRotation.ts'
import { type Account, lostAccount, newAccount } from '../../src/core/account.ts'
import { type Link, purposeOf } from '../../src/core/link.ts'
import { isLinkMail } from '../../src/core/outbox.ts'
import { PASSWORD_BY_EMAIL_SECONDS, PENDING_SECONDS, type Rules } from '../../src/core/rules.ts'
import type { Command } from '../../src/core/command.ts'
import { by, NOW, STEP } from './accountFixture.ts'

export interface World {
  readonly account: Account
  readonly now: number
  readonly kept: Kept
}

/** What somebody may remember of earlier, whether or not the record does. */
export interface Kept {
  /** The one before the last rise. */
  readonly epoch: number
  /** The newest that was ever burnt, on any authenticator there was. */
  readonly step: number
  /** Resets and links that have led to a set-up. */
  readonly used: readonly string[]
}

export interface Question {
  readonly command: Command
  /** Its facts in words, '' when there is but one kind. */
  readonly facts: string
  /** It brings an epoch that is over, or a link that is dead or foreign. */
  readonly stale: boolean
}

/** Numbers so small that every one is reached: 1 wrong code free, the 2nd pauses, the 3rd locks. */
export const smallRules: Rules = {
  linkLifetimeSeconds: 900,
  signInLifetimeSeconds: 3600,
  freeAttempts: 1,
  firstPauseSeconds: 30,
  longestPauseSeconds: 60,
  lockAfter: 3,
  passwordFreeAttempts: 3,
  passwordFirstPauseSeconds: 30,
  passwordLongestPauseSeconds: 60,
  passwordsPerAccount: null,
  passwordsPerNetwork: null,
  passwordLinksPerNetwork: null,
  passwordLinksPerBrowser: null,
  mailsPerHour: null,
  linksPerHour: null,
  actsPerHour: null,
  stepUpMaxAgeSeconds: 60,
  stepUpMinFactorAgeSeconds: 0,
  profile: 'standard',
  strictRoles: ['admin'],
}

export const begin = (account: Account): World => ({
  account,
  now: NOW,
  kept: { epoch: account.epoch - 1, step: STEP, used: [] },
})
export const newWorld = begin(newAccount('anna', NOW))
export const lostWorld = begin(lostAccount('anna'))

/** The world after a command has made `next` of its record. */
export function moved({ account, now, kept }: World, command: Command, next: Account): World {
  const epoch = next.epoch === account.epoch ? kept.epoch : account.epoch
  const step = next.factor.is === 'active' ? Math.max(kept.step, next.factor.authenticators[0].lastStep) : kept.step
  const spends = command.is === 'enrol' && next !== account
  const used = spends ? [...kept.used, ...usedBy(account)] : kept.used
  return { account: next, now, kept: { epoch, step, used } }
}

/** What a set-up spends: the reset that demanded it, with all its links; or every invitation there was to it. */
export function usedBy({ factor, links }: Account): string[] {
  if (factor.is === 'none') return links.filter((link) => purposeOf(link) === 'invitation').map(({ digest }) => digest)
  if (factor.is !== 'reset') return []
  const { resetId } = factor
  return [resetId, ...links.filter((link) => link.resetId === resetId).map(({ digest }) => digest)]
}

/** From when a password that a mailed link has set counts beside the link of a reset. */
const passwordDeadline = ({ password }: Account): number[] =>
  password?.via === 'link' ? [password.at + PASSWORD_BY_EMAIL_SECONDS] : []

/** The times that something here waits for. */
const deadlines = ({ account }: World): number[] => [
  ...[account.attempts.pausedUntil, account.attempts.known?.pausedUntil ?? null].filter((at) => at !== null),
  ...(account.factor.is === 'reset' ? [account.factor.signInUntil] : []),
  ...account.links.flatMap(({ state, expiresAt }) => (state.is === 'live' ? [expiresAt] : [])),
  ...passwordDeadline(account),
]

/** The world at the very second of the next deadline; null: it waits for none. */
export function waited(world: World): World | null {
  const next = Math.min(...deadlines(world).filter((at) => at > world.now))
  return next === Infinity ? null : { ...world, now: next }
}

/** A name that none of these has. */
const other = (kind: string, ...taken: (string | null | undefined)[]): string =>
  ['a', 'b', 'c'].map((letter) => `${kind} ${letter}`).find((name) => !taken.includes(name)) ?? kind

/** The newest spent proof, as long as its age alone does not refuse it. */
const usedProofOf = ({ factor }: Account, now: number): number | null =>
  factor.is === 'active' &&
  factor.usedProofAt !== undefined &&
  now - factor.usedProofAt <= smallRules.stepUpMaxAgeSeconds
    ? factor.usedProofAt
    : null

/** How many resets and links are looked at, newest first: behind an active factor only the newest can show again. */
const depthOf = ({ factor }: Account): number => (factor.is === 'active' ? 1 : 2)

/** The form in which the newest link was asked for at a sign-in, while that may be sent again. */
const formOfNewest = ({ factor, links: [newest] }: Account): string | null =>
  (factor.is === 'reset' && newest?.form) || null

/** Links to a set-up, of whichever purpose. */
const isOfSetUp = (link: Link): boolean => purposeOf(link) !== 'password'

type Facts = [words: string, value: unknown, stale?: boolean][]

export function questionsTo({ account, kept, now }: World): Question[] {
  const questions: Question[] = []
  const { factor, epoch } = account
  const active = factor.is === 'active' ? factor : null
  const totp = active?.authenticators[0]
  const codes = active?.backupCodes

  /** Every combination of the facts given by name. */
  function ask(is: Command['is'], base: object, facts: Record<string, Facts> = {}): void {
    let all: { more: object; words: string[]; stale: boolean }[] = [{ more: {}, words: [], stale: false }]
    for (const [name, values] of Object.entries(facts))
      all = all.flatMap(({ more, words, stale }) =>
        values.map(([word, value, old = false]) => ({
          more: value === undefined ? more : { ...more, [name]: value },
          words: word === '' ? words : [...words, word],
          stale: stale || old,
        })),
      )
    for (const { more, words, stale } of all)
      questions.push({ command: { is, ...base, ...more } as Command, facts: words.join(', '), stale })
  }

  const right: Facts = [['', epoch]]
  const over: Facts = [
    ['old epoch', kept.epoch, true],
    ['epoch to come', epoch + 1, true],
  ]

  // The password was accepted before sessions were ended, or since; a sign-in in a live session brings no such time.
  const endedAt = account.signInsEnded?.epoch === epoch ? account.signInsEnded.at : null
  const since: Facts =
    endedAt === null
      ? []
      : [
          ['begun before sessions were ended', endedAt, true],
          ['begun since', endedAt + 1],
        ]

  const lastForm = totp?.lastForm ?? codes?.lastForm
  const forms: Facts = [['', other('form', lastForm)], ...(lastForm ? ([['form sent again', lastForm]] as Facts) : [])]
  const lastStep = totp?.lastStep ?? kept.step
  const fresh = kept.step + 1
  const steps: Facts = [
    ['wrong code', null],
    ['code older than the last', lastStep - 1],
    ['last code', lastStep],
    ['new code', fresh],
  ]
  const known = { knownBrowser: true, by }
  const elsewhereWrong: Facts = [['wrong code in an unknown browser', null]]
  ask('prove-code', known, { epoch: right, step: steps, form: forms })
  ask('prove-code', { ...known, knownBrowser: false }, { epoch: right, step: elsewhereWrong, form: forms.slice(0, 1) })
  const elsewhereRight: Facts = [['new code in an unknown browser', fresh]]
  ask('prove-code', { ...known, knownBrowser: false }, { epoch: right, step: elsewhereRight, form: forms.slice(0, 1) })
  ask('prove-code', known, { epoch: over, step: steps.slice(2), form: forms })
  ask('prove-code', { ...known, epoch }, { since, step: steps.slice(2), form: forms })

  const usedCodes = codes?.used ?? []
  const unused = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9].find((index) => !usedCodes.includes(index)) ?? null
  const indexes: Facts = [
    ['wrong code', null],
    ['new code', unused],
  ]
  if (usedCodes.length > 0) indexes.push(['last code', usedCodes.at(-1)])
  if (usedCodes.length > 1) indexes.push(['code used before the last', usedCodes.at(-2)])
  ask(
    'use-backup-code',
    { ...known, knownBrowser: false },
    { epoch: right, index: elsewhereWrong, form: forms.slice(0, 1) },
  )
  ask('use-backup-code', known, { epoch: right, index: indexes, form: forms })
  ask('use-backup-code', known, { epoch: over, index: indexes.slice(1), form: forms })
  ask('use-backup-code', { ...known, epoch }, { since, index: indexes.slice(1), form: forms })

  const [knownAct] = account.acts
  const act = { id: `act ${account.acts.length}`, does: 'reset', target: 'bob', what: 'lost phone' }
  const acts: Facts = [['', act]]
  if (knownAct) {
    const { id, does, target, what } = knownAct
    acts.push(['act known', { id, does, target, what }])
    acts.push(['act known for another target', { id, does, target: 'carol', what }])
    acts.push(['act known for another request', { id, does, target, what: 'told to' }])
    acts.push(['act known for another purpose', { id, does: 'change', target, what }])
    acts.push(['act known, of no purpose', { id, target, what }])
  }
  ask('step-up', known, { act: acts, step: steps })
  ask('step-up', { ...known, knownBrowser: false, act }, { step: elsewhereWrong })

  const usedAt = usedProofOf(account, now)
  const proof = {
    epoch,
    at: Math.max(now, (active?.enrolledAt ?? 0) + 1, (active?.usedProofAt ?? 0) + 1),
    byCode: true,
  }
  const proofs: Facts = [
    ['', proof],
    ['too old', { ...proof, at: now - smallRules.stepUpMaxAgeSeconds - 1 }, true],
    ['by a backup code', { ...proof, byCode: false }, true],
    ['of an old epoch', { ...proof, epoch: kept.epoch }, true],
    ['of an epoch to come', { ...proof, epoch: epoch + 1 }, true],
  ]
  if (usedAt !== null) proofs.push(['used', { ...proof, at: usedAt }, true])
  ask('spend-proof', { by, act }, { proof: proofs })
  ask('spend-proof', { by, proof }, { act: acts.slice(1) })

  const set = (binding: string): object => ({
    binding,
    authenticatorId: `authenticator of ${binding} at ${epoch}`,
    sealedSecret: `secret of ${binding} at ${epoch}`,
    sealedCodes: `codes of ${binding} at ${epoch}`,
  })
  const somebody = set(other('browser', active?.binding, codes?.binding))
  const enrolSteps: Facts = [
    ['wrong code', null],
    ['', fresh],
  ]
  const links: Facts = account.links
    .filter(isOfSetUp)
    .slice(0, depthOf(account))
    .map(({ digest, state }, n) => [n === 0 ? 'newest link' : 'older link', digest, state.is !== 'live'])
  const passwordLinks: Facts = account.links
    .filter((link) => !isOfSetUp(link))
    .slice(0, 1)
    .map(({ digest, state }) => ['password link', digest, state.is !== 'live'])
  const elsewhere = (facts: Facts): Facts => facts.slice(0, 1).map(([words, digest]) => [words, digest, true])
  const foreign: Facts = [
    ['foreign link', 'foreign', true],
    ['no link', null, true],
  ]
  const nobody = { status: 'active', roles: [] }
  const chosenNone = { sealedPassword: null, mailedTo: 'new@example.com', ...nobody, by }
  const atSignIn = { flow: 'sign-in', link: null, password: true, ...chosenNone }
  const atLink = { flow: 'link', password: false, ...chosenNone }
  const roles: Facts = [
    ['', []],
    ['of an administrator', ['admin']],
  ]
  ask('enrol', { ...atSignIn, ...somebody }, { flow: [['sign-in door', 'sign-in']], epoch: right, step: enrolSteps })
  ask('enrol', { ...atSignIn, ...somebody, step: fresh }, { flow: [['sign-in door', 'sign-in']], epoch: over })
  ask('enrol', { ...atSignIn, ...somebody, step: fresh, epoch }, { flow: [['sign-in door', 'sign-in']], since })
  ask('enrol', { ...atLink, ...somebody }, { link: [...links, ...foreign], epoch: right, step: enrolSteps })
  ask('enrol', { ...atLink, ...somebody, step: fresh }, { link: links, epoch: over })
  ask('enrol', { ...atLink, ...somebody, step: fresh, epoch }, { link: elsewhere(passwordLinks) })
  const chosen: Facts = [['with a new password', 'sealed password of the browser']]
  ask('enrol', { ...atLink, ...somebody, step: fresh, epoch }, { link: links, sealedPassword: chosen })
  ask('enrol', { ...atSignIn, ...somebody, step: fresh, epoch }, { sealedPassword: chosen })
  const disabled: Facts = [['account disabled', 'disabled', true]]
  ask('enrol', { ...atSignIn, ...somebody, step: fresh, epoch }, { status: disabled })
  ask('enrol', { ...atLink, ...somebody, step: fresh, epoch }, { link: links, status: disabled })
  // Both proofs: a link opened where the password was given, and the password where the link was opened.
  const here: Facts = [...links, ...foreign].map(([words, digest]) => [`${words} opened here`, digest])
  const given: Facts = [
    ['without the password', false],
    ['with the password', true],
  ]
  const both = { ...somebody, step: fresh, epoch }
  ask('enrol', { ...atSignIn, ...both }, { flow: [['sign-in door', 'sign-in']], link: here, roles })
  ask('enrol', { ...atLink, ...both }, { link: links, password: given, roles })
  if (active?.binding) {
    const winner = set(active.binding)
    // Old here is what the winner had, until their own set-up raised the epoch and spent the link.
    const theirs: Facts = [...right, ['old epoch', kept.epoch]]
    const used: Facts = links.map(([words, digest]) => [words, digest])
    const again = { who: [['sent again by who set it up', undefined]] as Facts, step: enrolSteps, epoch: theirs }
    ask('enrol', { ...atSignIn, ...winner }, { flow: [['sign-in door', 'sign-in']], ...again })
    ask('enrol', { ...atLink, ...winner }, { link: used, ...again })
  }

  const asks = { ...somebody, provenAt: now, by }
  ask('replace', asks, { epoch: right, step: enrolSteps })
  ask('replace', { ...asks, step: fresh }, { epoch: over })
  ask('replace', { ...asks, step: fresh, epoch }, { since })
  ask('replace', { ...asks, step: fresh, epoch }, { provenAt: [['proof too old', now - PENDING_SECONDS, true]] })
  if (active?.binding) {
    const again: Facts = [['sent again by who set it up', undefined]]
    const theirs: Facts = [...right, ['old epoch', kept.epoch]]
    ask('replace', { ...asks, ...set(active.binding) }, { again, step: enrolSteps, epoch: theirs })
  }

  const browser = other('browser', active?.binding, codes?.binding)
  const shown: Facts = codes?.binding ? [['who was shown them', codes.binding]] : []
  ask('save-codes', {}, { epoch: right, binding: [['whoever', undefined], ...shown, ['another browser', browser]] })
  ask('save-codes', {}, { epoch: over })
  ask('save-codes', { epoch }, { since })
  const seals = new Map(sealsOf(account).map(({ sealed }) => [sealed, `${sealed} anew`]))
  ask(
    'reseal',
    {},
    {
      seals: [
        ['', seals],
        ['of something else', new Map([['sealed', 'anew']])],
      ],
    },
  )
  const fill = { sealedCodes: `new codes at ${account.outboxCount}`, by }
  ask('renew-codes', fill, { epoch: right, binding: [['another browser', browser], ...shown] })
  ask('renew-codes', { ...fill, binding: browser }, { epoch: over })
  ask('renew-codes', { ...fill, binding: browser, epoch }, { since })

  const [newest, older] = account.resets.slice(0, depthOf(account))
  const begun = (id: string): object => ({
    id,
    reason: 'lost phone',
    link: { digest: `link of ${id}`, sealed: `sealed link of ${id}` },
    ended: { sessions: 1, grants: 1, clients: [{ clientId: 'sample', backchannelLogout: 'queued' }] },
    by,
  })
  const next = { ...begun(`reset at ${epoch}`), ...nobody }
  const seen: Facts = [['', undefined]]
  if (newest) seen.push(['newest one seen', newest.id], ['none seen', null])
  else seen.push(['none seen', null], ['another one seen', 'another'])
  ask('start-reset', next, { seen })
  ask('start-reset', next, { roles: roles.slice(1) })
  ask('start-reset', next, {
    status: [
      ['account pending', 'pending'],
      ['account disabled', 'disabled'],
    ],
  })
  for (const [word, reset] of [
    ['asked for again', newest],
    ['older one asked for again', older],
  ] as const)
    if (reset) ask('start-reset', { ...begun(reset.id), ...nobody }, { again: [[word, undefined]] })

  ask('open-link', { by }, { digest: [...links, ...passwordLinks, ...foreign.slice(0, 1)] })

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

  const reasons = ['asked', 'password-changed', 'disabled'].map((item): Facts[number] => [item, item])
  ask('end-sessions', { by }, { because: reasons })
  ask('end-sign-ins', { by })
  ask(
    'adopt',
    { ...set('import'), by },
    {
      replace: [
        ['', false],
        ['in place of what is there', true],
      ],
    },
  )

  const results = (result: object): object[] =>
    account.outbox.flatMap((outbox) => (isLinkMail(outbox) ? [{ id: outbox.id, result }] : []))
  const letter: Facts = [
    ['letter accepted', results({ is: 'done' })],
    ['letter to be tried again', results({ is: 'again', at: NOW, error: 'busy' })],
    ['letter refused', results({ is: 'failed', error: 'no such mailbox' })],
  ]
  const stranger: Facts = [['what is no longer in the outbox', [{ id: 'gone', result: { is: 'done' } }]]]
  ask('record-effects', {}, { results: results({}).length > 0 ? [...letter, ...stranger] : stranger })
  return questions
}

/**
 * What of a world can make a difference to an answer: worlds that agree in it are one state. Names, ids and numbers go, relations
 * stay: a time is past or to come, an epoch is the one before or another, a form or holder is the same or not.
 */
export function stateOf({ account, now, kept }: World): string {
  const { factor, attempts, resets, links, outbox, password: changed } = account
  const ahead = (at: number): string => (now < at ? '+' : '-')
  const locked = attempts.failures >= smallRules.lockAfter
  const paused = attempts.pausedUntil === null || locked ? '' : ahead(attempts.pausedUntil)
  const { known = attempts } = attempts
  const pausedHere = known.pausedUntil === null || locked ? '' : ahead(known.pausedUntil)
  const here = locked ? 0 : known.failures
  const isEnded = account.signInsEnded?.epoch === account.epoch
  const parts: unknown[] = [
    isEnded ? 'sign-ins ended' : '',
    factor.is,
    attempts.failures,
    here,
    pausedHere,
    attempts.warned,
    paused,
    Math.min(account.acts.length, 1),
  ]
  if (factor.is === 'reset')
    parts.push(
      factor.frozen,
      ahead(factor.signInUntil),
      factor.profile,
      factor.afterWrongCodes,
      formOfNewest(account) === null,
    )
  if (factor.is === 'active') {
    const { binding, backupCodes: codes } = factor
    const [totp] = factor.authenticators
    parts.push(
      totp.lastForm === null ? '' : 'F',
      codes.lastForm === null ? '' : 'f',
      Math.min(codes.used.length, 2),
      codes.savedAt === null ? 'unsaved' : 'saved',
      usedProofOf(account, now) === null ? '' : 'proof spent',
      binding === null ? '' : 'held',
      codes.binding === null ? '' : codes.binding === binding ? 'by the same' : 'by another',
      binding !== null && factor.epoch === account.epoch ? 'as raised' : '',
    )
  }
  const used = (name: string): string => (kept.used.includes(name) ? 'used' : '')
  for (const { id, state, mail } of resets.slice(0, depthOf(account)))
    parts.push(state.is === 'sent' || state.is === 'opened' ? `${state.is} ${mail.status}` : 'finished', used(id))
  const [password] = links.filter((link) => !isOfSetUp(link))
  if (password) parts.push('password', password.state.is, password.state.is === 'live' ? ahead(password.expiresAt) : '')
  if (changed) parts.push(changed.form === null ? 'changed elsewhere' : 'changed', changed.epoch === account.epoch)
  parts.push(...passwordDeadline(account).map(ahead))
  for (const { digest, state, expiresAt, resetId, purpose } of links.filter(isOfSetUp).slice(0, depthOf(account))) {
    const live = state.is === 'live' ? ahead(expiresAt) : ''
    parts.push(state.is, live, resetId === resets[0]?.id ? 0 : (purpose ?? 1), used(digest))
  }
  parts.push(outbox.filter(({ is }) => is === 'reset-mail' || is === 'invitation-mail').length)
  return parts.join('|')
}
