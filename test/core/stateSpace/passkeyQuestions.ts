import type { NewPasskey } from '../../../src/core/authenticatorCommand.ts'
import type { Passkey } from '../../../src/core/authenticators.ts'
import { OWN_CHANGE_SECONDS } from '../../../src/core/rules.ts'
import { by } from '../accountFixture.ts'
import { type Ask, type Facts, other, type WorldFacts } from './facts.ts'
import type { World } from './world.ts'

const RP_ID = 'id.example.com'

/** Of a passkey that is not in the record. */
const gone = { id: 'gone', signCount: 0, backupEligible: false, backedUp: false }

const verified = ({ id, signCount, ...flags }: typeof gone, rise = 1): object => ({
  is: 'verified',
  authenticatorId: id,
  signCount: signCount + rise,
  backupEligible: flags.backupEligible,
  backedUp: flags.backedUp,
})
const wrong = { is: 'refused', why: 'signature' }

/** A passkey that was created for this account, its counter at 1. */
function created({ account }: World, id: string, more: object = {}): object {
  const { passkeyNumber: number = 0, userHandle = 'handle' } = account
  const made: Omit<NewPasskey, 'assertion'> = {
    sealed: `key of ${id}`,
    credential: `credential of ${id}`,
    rpId: RP_ID,
    algorithm: -7,
    transports: ['internal'],
    discoverable: true,
    name: 'Safari on iPhone',
    userHandle,
    number,
  }
  return { ...made, assertion: verified({ ...gone, id }), ...more }
}

/** The passkeys of the record, or one that is not in it. */
const ownOr = (passkeys: readonly Passkey[]): [words: string, passkey: typeof gone][] =>
  passkeys.length === 0
    ? [['of none', gone]]
    : passkeys.slice(0, 2).map((item, n) => [n === 0 ? 'first passkey' : 'second passkey', item])

/** Proofs by passkeys. */
export function askForPasskeys(ask: Ask, { account }: World, { passkeys, over, since }: WorldFacts): void {
  const { epoch, passkeyNumber: number = 0 } = account
  const owned = ownOr(passkeys)
  const [first] = passkeys
  const right: Facts = owned.map(([words, item]) => [words, verified(item)])
  const others: Facts = first
    ? [
        ['counter that did not rise', verified(first, 0)],
        ['passkey of before', verified(gone)],
        ['wrong', wrong],
      ]
    : []
  const form = other('form', ...passkeys.map(({ lastForm }) => lastForm))
  const proof = { form, number, knownBrowser: true, by }
  ask('prove-passkey', { ...proof, epoch }, { assertion: [...right, ...others] })
  if (!first) return
  ask(
    'prove-passkey',
    { ...proof, epoch, knownBrowser: false },
    { assertion: [['wrong in an unknown browser', wrong]] },
  )
  ask('prove-passkey', { ...proof, assertion: verified(first) }, { epoch: over })
  ask('prove-passkey', { ...proof, assertion: verified(first), epoch }, { since })
  const older: Facts = [['older number', number - 1]]
  ask('prove-passkey', { ...proof, epoch, assertion: verified(first) }, { number: older })
  for (const { lastForm, ...item } of passkeys)
    if (lastForm !== null)
      ask(
        'prove-passkey',
        { ...proof, epoch, form: lastForm, assertion: verified(item) },
        { number: [['form sent again', number - 1]] },
      )
}

/** Acts on others by passkeys. */
export function askForSignedActs(ask: Ask, { account, kept }: World, { passkeys, provenAt }: WorldFacts): void {
  const { epoch, passkeyNumber: number = 0, acts } = account
  const [first] = passkeys
  const act = { id: `act ${acts.length}`, does: 'reset', target: 'bob', what: 'lost phone' }
  const acting = { act, roles: [], knownBrowser: true, by }
  const signed = (item: typeof gone, more: object = {}): object => ({
    number,
    epoch,
    assertion: verified(item),
    ...more,
  })
  const right: Facts = ownOr(passkeys).map(([words, item]) => [words, signed(item)])
  ask('step-up', acting, { passkey: right })
  const helpdesk: Facts = [['whose role needs a passkey', ['helpdesk']]]
  const proof = { epoch, at: provenAt, by: 'passkey' }
  ask('step-up', { ...acting, step: kept.step + 1 }, { roles: helpdesk })
  ask('spend-proof', { act, by, proof: { ...proof, by: 'otp' } }, { roles: helpdesk })
  if (!first) return
  const others: Facts = [
    ['counter that did not rise', signed(first, { assertion: verified(first, 0) })],
    ['passkey of before', signed(gone)],
    ['wrong passkey', signed(first, { assertion: wrong })],
    ['older number', signed(first, { number: number - 1 })],
    ['passkey of an old epoch', signed(first, { epoch: kept.epoch }), true],
  ]
  ask('step-up', acting, { passkey: others })
  ask('step-up', { ...acting, passkey: signed(first) }, { roles: helpdesk })
  const [known] = acts
  if (known) {
    const { id, does, target, what } = known
    ask('step-up', { ...acting, passkey: signed(first) }, { act: [['act known', { id, does, target, what }]] })
  }
  ask('spend-proof', { act, by, proof }, { roles: [['by a passkey', []], ...helpdesk] })
  const weak: Facts = [['by a suspect passkey', { ...proof, by: 'suspect-passkey' }, true]]
  ask('spend-proof', { act, by, roles: [] }, { proof: weak })
}

/** Passkeys of one's own: set up, added, removed, named. */
export function askAboutPasskeys(ask: Ask, world: World, facts: WorldFacts): void {
  const { account, now } = world
  const { epoch, passkeyNumber: number = 0 } = account
  const { active, codes, passkeys, right, over, links, person, set } = facts
  const [first] = passkeys
  const id = `passkey at ${epoch}.${number}`
  const setUp = {
    ...ofPasskey(set(other('browser', active?.binding, codes?.binding))),
    authenticatorId: id,
    sealedPassword: null,
    mailedTo: null,
    ...person,
    by,
  }
  const atSignIn = { ...setUp, flow: 'sign-in', link: null, password: true, epoch }
  const made: Facts = [
    ['passkey', created(world, id)],
    ['wrong passkey', created(world, id, { assertion: wrong })],
    ['passkey with another number', created(world, id, { number: number + 1 })],
    ['passkey with another handle', created(world, id, { userHandle: 'another' })],
  ]
  // Without a handle, any is right.
  const isFree = account.userHandle === undefined
  ask('enrol', atSignIn, { passkey: made.slice(0, isFree ? 2 : 4) })
  ask(
    'enrol',
    { ...setUp, flow: 'link', password: false, epoch, passkey: created(world, id) },
    { link: links.map(([words, digest, stale = false]) => [`${words}, passkey`, digest, stale]) },
  )
  if (active?.binding && first) {
    const again = { ...atSignIn, ...ofPasskey(set(active.binding)), authenticatorId: first.id }
    const newer = { credential: `credential of ${id}`, assertion: verified(first) }
    const tabs: Facts = [
      ['passkey sent again', { ...created(world, id), ...first, number, assertion: verified(first) }],
      ['newer passkey of the same set-up', created(world, first.id, newer)],
      ['newer passkey, number of the set-up', created(world, first.id, { ...newer, number: number - 1 })],
      ['newer passkey, older number', created(world, first.id, { ...newer, number: number - 2 })],
      ['newer passkey, wrong', created(world, first.id, { ...newer, assertion: wrong })],
    ]
    ask('enrol', again, { passkey: tabs })
  }

  const change = { provenAt: now, provenBy: 'otp', roles: [], rpId: RP_ID, by }
  const synced = { assertion: { ...verified({ ...gone, id }), backupEligible: true, backedUp: true } }
  const adding = { ...change, authenticatorId: id }
  ask('add-authenticator', { ...adding, passkey: created(world, id) }, { epoch: right })
  ask('add-authenticator', { ...adding, passkey: created(world, id) }, { epoch: over })
  ask('remove-authenticator', { ...change, id: active?.authenticators[0].id ?? 'none' }, { epoch: right })
  ask('rename-authenticator', { id: first?.id ?? 'none', name: 'another name', by }, { epoch: right })
  // Before the first passkey, links and resets make no difference.
  if (!active || (isFree && account.links.length > 0)) return
  ask(
    'add-authenticator',
    { ...adding, epoch },
    { passkey: [['synced', created(world, id, synced)], ...made.slice(1, isFree ? 3 : 4)] },
  )
  const weak: Facts = [
    ['proven by a backup code', 'backup-code'],
    ['proven by a suspect passkey', 'suspect-passkey'],
    ['proven by a passkey', 'passkey'],
  ]
  ask('add-authenticator', { ...adding, epoch, passkey: created(world, id) }, { provenBy: weak })
  const tooOld: Facts = [['proof too old', now - OWN_CHANGE_SECONDS - 1, true]]
  ask('add-authenticator', { ...adding, epoch, passkey: created(world, id) }, { provenAt: tooOld })
  const helpdesk: Facts = [['of a role that needs a passkey', ['helpdesk']]]
  ask('add-authenticator', { ...adding, epoch, passkey: created(world, id) }, { roles: helpdesk })
  if (!first) return
  const known = { credential: first.credential }
  ask(
    'add-authenticator',
    { ...change, epoch, authenticatorId: first.id },
    { passkey: [['sent again', created(world, first.id, known)]] },
  )
  ask('add-authenticator', { ...adding, epoch }, { passkey: [['known credential', created(world, id, known)]] })
  askAboutRemovals(ask, world, { change, tooOld, weak, helpdesk, over })
  ask('rename-authenticator', { epoch, by, id: first.id }, { name: [['same name', first.name]] })
  ask('rename-authenticator', { by, id: first.id, name: 'another name' }, { epoch: over })
  const replacing = {
    ...set(other('browser', active.binding, codes?.binding)),
    provenAt: now,
    epoch,
    step: world.kept.step + 1,
    by,
  }
  ask('replace', replacing, { provenBy: [['proven by a passkey', 'passkey']] })
  ask('replace', { ...replacing, provenBy: 'otp' }, { roles: helpdesk })
}

/** A set-up without the secret of an app. */
const ofPasskey = ({ sealedSecret: _, ...set }: { sealedSecret?: string }): object => set

interface Removing {
  readonly change: object
  readonly tooOld: Facts
  readonly weak: Facts
  readonly helpdesk: Facts
  readonly over: Facts
}

function askAboutRemovals(ask: Ask, { account }: World, { change, tooOld, weak, helpdesk, over }: Removing): void {
  const { epoch, factor } = account
  const authenticators = factor.is === 'active' ? factor.authenticators : []
  const others: Facts = authenticators.slice(1).map(({ id }, n) => [n === 0 ? 'the second' : 'the third', id])
  const id = authenticators.at(-1)?.id
  ask('remove-authenticator', { ...change, epoch }, { id: [...others, ['unknown', 'unknown']] })
  ask('remove-authenticator', { ...change, id }, { epoch: over })
  ask('remove-authenticator', { ...change, epoch, id }, { provenAt: tooOld })
  ask('remove-authenticator', { ...change, epoch, id }, { provenBy: weak })
  ask('remove-authenticator', { ...change, epoch, id }, { roles: helpdesk })
  ask(
    'remove-authenticator',
    { ...change, epoch, id: authenticators[0]?.id },
    { rpId: [['where passkeys do not work', null]] },
  )
}
