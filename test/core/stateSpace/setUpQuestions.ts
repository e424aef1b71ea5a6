import { sealsOf } from '../../../src/core/keyRotation.ts'
import { PENDING_SECONDS } from '../../../src/core/rules.ts'
import { by } from '../accountFixture.ts'
import { type Ask, type Facts, other, type WorldFacts } from './facts.ts'
import type { World } from './world.ts'

/** Set-ups, replacements, backup codes of a set-up. */
export function askAboutSetUps(ask: Ask, { account, now, kept }: World, facts: WorldFacts): void {
  const { epoch } = account
  const {
    active,
    codes,
    right,
    over,
    since,
    fresh,
    set,
    links,
    passwordLinks,
    elsewhere,
    foreign,
    person,
    roles,
    disabled,
  } = facts
  const newBrowser = set(other('browser', active?.binding, codes?.binding))
  const enrolSteps: Facts = [
    ['wrong code', null],
    ['', fresh],
  ]
  const chosenNone = { sealedPassword: null, mailedTo: 'new@example.com', ...person, by }
  const atSignIn = { flow: 'sign-in', link: null, password: true, ...chosenNone }
  const atLink = { flow: 'link', password: false, ...chosenNone }
  ask(
    'enrol',
    { ...atSignIn, ...newBrowser },
    { flow: [['at the sign-in', 'sign-in']], epoch: right, step: enrolSteps },
  )
  ask('enrol', { ...atSignIn, ...newBrowser, step: fresh }, { flow: [['at the sign-in', 'sign-in']], epoch: over })
  ask('enrol', { ...atSignIn, ...newBrowser, step: fresh, epoch }, { flow: [['at the sign-in', 'sign-in']], since })
  ask('enrol', { ...atLink, ...newBrowser }, { link: [...links, ...foreign], epoch: right, step: enrolSteps })
  ask('enrol', { ...atLink, ...newBrowser, step: fresh }, { link: links, epoch: over })
  ask('enrol', { ...atLink, ...newBrowser, step: fresh, epoch }, { link: elsewhere(passwordLinks) })
  const chosen: Facts = [['with a new password', 'sealed password of the browser']]
  ask('enrol', { ...atLink, ...newBrowser, step: fresh, epoch }, { link: links, sealedPassword: chosen })
  ask('enrol', { ...atSignIn, ...newBrowser, step: fresh, epoch }, { sealedPassword: chosen })
  ask('enrol', { ...atSignIn, ...newBrowser, step: fresh, epoch }, { status: disabled })
  ask('enrol', { ...atLink, ...newBrowser, step: fresh, epoch }, { link: links, status: disabled })
  // Both proofs in one browser.
  const here: Facts = [...links, ...foreign].map(([words, digest]) => [`${words} opened here`, digest])
  const given: Facts = [
    ['without the password', false],
    ['with the password', true],
  ]
  const both = { ...newBrowser, step: fresh, epoch }
  ask('enrol', { ...atSignIn, ...both }, { flow: [['at the sign-in', 'sign-in']], link: here, roles })
  ask('enrol', { ...atLink, ...both }, { link: links, password: given, roles })
  if (active?.binding) {
    const winner = set(active.binding)
    // The browser that set it up still has the epoch from before.
    const theirs: Facts = [...right, ['old epoch', kept.epoch]]
    const used: Facts = links.map(([words, digest]) => [words, digest])
    const again = { who: [['sent again by the same browser', undefined]] as Facts, step: enrolSteps, epoch: theirs }
    ask('enrol', { ...atSignIn, ...winner }, { flow: [['at the sign-in', 'sign-in']], ...again })
    ask('enrol', { ...atLink, ...winner }, { link: used, ...again })
  }

  const asks = { ...newBrowser, provenAt: now, by }
  ask('replace', asks, { epoch: right, step: enrolSteps })
  ask('replace', { ...asks, step: fresh }, { epoch: over })
  ask('replace', { ...asks, step: fresh, epoch }, { since })
  ask('replace', { ...asks, step: fresh, epoch }, { provenAt: [['proof too old', now - PENDING_SECONDS, true]] })
  if (active?.binding) {
    const again: Facts = [['sent again by the same browser', undefined]]
    const theirs: Facts = [...right, ['old epoch', kept.epoch]]
    ask('replace', { ...asks, ...set(active.binding) }, { again, step: enrolSteps, epoch: theirs })
  }

  const browser = other('browser', active?.binding, codes?.binding)
  const shown: Facts = codes?.binding ? [['the browser that was shown them', codes.binding]] : []
  ask('save-codes', {}, { epoch: right, binding: [['any browser', undefined], ...shown, ['another browser', browser]] })
  ask('save-codes', {}, { epoch: over })
  ask('save-codes', { epoch }, { since })
  const seals = new Map(sealsOf(account).map(({ sealed }) => [sealed, `${sealed} re-encrypted`]))
  ask(
    'reseal',
    {},
    {
      seals: [
        ['', seals],
        ['of something else', new Map([['sealed', 're-encrypted']])],
      ],
    },
  )
  const fill = { sealedCodes: `new codes at ${account.outboxCount}`, by }
  ask('renew-codes', fill, { epoch: right, binding: [['another browser', browser], ...shown] })
  ask('renew-codes', { ...fill, binding: browser }, { epoch: over })
  ask('renew-codes', { ...fill, binding: browser, epoch }, { since })
}
