/** The states of an account by name, each with the commands that lead to it: the rows of everyState.txt. */
import { decide } from '../../src/core/decide.ts'
import { isLinkMail } from '../../src/core/outbox.ts'
import { isUnfinished } from '../../src/core/questions.ts'
import {
  adopt,
  type Ask,
  byLink,
  changeEmail,
  changePassword,
  deleteAccount,
  endSessions,
  endSignIns,
  enrol,
  enrolByLink,
  NOW,
  invite,
  openLink,
  proveCode,
  renewCodes,
  replaceBy,
  resend,
  revoke,
  saveCodes,
  sendAgain,
  sendPasswordLink,
  dispatch,
  spendProof,
  startReset,
  STEP,
  stepUp,
  useBackupCode,
} from './accountFixture.ts'
import { addPasskey, copied, enrolPasskey, provePasskey, remove, signAct } from './passkeyFixture.ts'
import { INVITATION_RENEWAL_SECONDS, MAILBOX_REST_SECONDS, PASSWORD_BY_EMAIL_SECONDS } from '../../src/core/rules.ts'
import { lostWorld, missingWorld, moved, newWorld, smallRules, type World } from './stateSpace.ts'
import { renewalDeadline } from './stateSpace/world.ts'

/** The world after these commands, in order; a number is a wait in seconds. Only emails stay in the outbox. */
function after(world: World, ...events: (Ask | number)[]): World {
  const recordEffects = dispatch((outbox) =>
    isLinkMail(outbox) && outbox.is !== 'password-mail' ? undefined : { is: 'done' },
  )
  return events.reduce((before: World, event) => {
    if (typeof event === 'number') return { ...before, now: before.now + event }
    return [event, recordEffects].reduce((item, ask) => {
      const command = ask(item.account)
      const decision = decide(item.account, command, item.now, smallRules)
      const next = decision.is === 'repeated' ? undefined : decision.account
      return next ? moved(item, command, next) : item
    }, before)
  }, world)
}

/** A name for the most important properties of a state. laws.test.ts checks that every name has a row. */
export function nameOf({ account: { factor, attempts, resets, links }, now }: World): string {
  switch (factor.is) {
    case 'none': {
      const invited = links.find(({ state }) => state.is === 'live')
      if (!invited) return 'never enrolled'
      const isOld = renewalDeadline(invited).some((at) => now >= at)
      return `invited${isOld ? ', expired long ago' : now >= invited.expiresAt ? ', expired' : ''}`
    }
    case 'lost':
      return factor.missing ? 'record missing' : 'record lost'
    case 'deleted':
      return 'deleted'
    case 'reset': {
      const [reset] = resets
      const strict = factor.afterWrongCodes ? ', after wrong codes' : factor.profile === 'standard' ? '' : ', strict'
      if (!reset || !isUnfinished(reset))
        return `${factor.frozen ? 'frozen' : `revoked${enrolmentContextOf(now, factor.signInUntil)}`}${strict}`
      const expired = now >= reset.expiresAt
      return `link ${reset.state.is}${expired ? ', expired' : ''}${enrolmentContextOf(now, factor.signInUntil)}${strict}`
    }
    case 'active': {
      const { savedAt, used } = factor.backupCodes
      const codes = `${savedAt === null ? ', codes unsaved' : ''}${used.length > 0 ? ', backup code used' : ''}`
      return `active${codes}${attemptsOf(attempts.failures, attempts.pausedUntil, now)}`
    }
  }
}

const enrolmentContextOf = (now: number, until: number): string => (now < until ? '' : ', sign-in closed')

function attemptsOf(failures: number, pausedUntil: number | null, now: number): string {
  if (failures >= smallRules.lockAfter) return ', locked'
  if (pausedUntil !== null) return now < pausedUntil ? ', paused' : ', pause over'
  return failures > 0 ? ', one wrong code' : ''
}

const wrong = proveCode(null)
const unsaved = after(newWorld, enrol())
const saved = after(unsaved, saveCodes())
const guessing: (Ask | number)[][] = [[], [wrong], [wrong, wrong], [wrong, wrong, 30], [wrong, wrong, 30, wrong]]
const reset = after(saved, startReset('R1'))
const opened = after(reset, openLink('link of R1'))
const strict = after(saved, startReset('R1', { roles: ['admin'] }))
const guessed = after(saved, wrong, startReset('R1'))
const withPasskey = after(saved, addPasskey('phone'))
const passkeyAlone = after(newWorld, enrolPasskey('phone'), saveCodes())
const invited = after(newWorld, invite('I1'))
const shut = smallRules.signInLifetimeSeconds

/** One state for every name. */
export const named: readonly World[] = [
  newWorld,
  lostWorld,
  missingWorld,
  invited,
  after(invited, smallRules.invitationLifetimeSeconds),
  after(invited, smallRules.invitationLifetimeSeconds + INVITATION_RENEWAL_SECONDS),
  after(saved, deleteAccount()),
  ...[saved, unsaved, after(saved, useBackupCode(0)), after(unsaved, useBackupCode(0))].flatMap((world) =>
    guessing.map((events) => after(world, ...events)),
  ),
  ...[reset, strict, guessed].flatMap((begun) => [
    ...[begun, after(begun, openLink('link of R1'))].flatMap((world) => [
      world,
      after(world, smallRules.linkLifetimeSeconds),
      after(world, shut),
    ]),
    after(begun, revoke('R1')),
    after(begun, revoke('R1'), shut),
    after(begun, revoke('R1', { freeze: true })),
  ]),
]

/** States with the same name that differ in their answers. */
const special: Readonly<Record<string, World>> = {
  'active, proven by a code': after(saved, proveCode(STEP + 1)),
  'active, proven by a second backup code': after(saved, useBackupCode(3), useBackupCode(7, { form: 'form b' })),
  'active, after sessions were ended': after(saved, 60, endSignIns()),
  'link sent, after sessions were ended': after(reset, 60, endSignIns()),
  'active, after an act': after(saved, stepUp(STEP + 1)),
  'active, after an act with the proof of a sign-in': after(saved, 60, spendProof(NOW + 60)),
  'active, with a passkey beside the app': withPasskey,
  'active, with a passkey beside the app, locked': after(withPasskey, wrong, wrong, 30, wrong),
  'active, with as many passkeys as allowed': after(withPasskey, addPasskey('laptop')),
  'active, with passkeys alone, the codes saved': after(passkeyAlone, addPasskey('laptop')),
  'active, with a passkey alone, the codes unsaved': after(newWorld, enrolPasskey('phone')),
  'active, proven by a passkey': after(withPasskey, provePasskey('phone')),
  'active, after an act signed by a passkey': after(withPasskey, signAct('phone')),
  'active, with a suspect passkey': after(withPasskey, copied('phone')),
  'active, its passkey removed': after(withPasskey, remove('phone')),
  'active, the app removed': after(withPasskey, remove('authenticator of browser')),
  'active, an app added to a passkey': after(passkeyAlone, replaceBy('laptop'), saveCodes()),
  'link sent, after passkeys': after(withPasskey, startReset('R1')),
  'active, its codes renewed in another browser': after(saved, renewCodes('laptop')),
  'active, its authenticator replaced': after(saved, replaceBy('laptop'), saveCodes()),
  'active, its sign-ins ended': after(unsaved, endSessions()),
  'active, imported': after(newWorld, adopt()),
  'active, imported and used': after(newWorld, adopt(), proveCode(STEP + 1)),
  'active, imported over another': after(saved, adopt('replace')),
  'active, set up by the link': after(reset, enrolByLink('link of R1')),
  'active, set up by the link a day ago': after(reset, enrolByLink('link of R1'), MAILBOX_REST_SECONDS),
  'active, set up at the sign-in': after(reset, enrol({ binding: 'new browser' })),
  'invited again': after(invited, invite('I2')),
  'active, set up by an invitation': after(invited, enrolByLink('link of I1')),
  'active, password forgotten': after(saved, sendPasswordLink('P1')),
  'active, password changed by the link': after(saved, sendPasswordLink('P1'), changePassword(byLink('link of P1'))),
  'active, after a notice of a wrong code in an unknown browser': after(
    saved,
    proveCode(null, { knownBrowser: false }),
  ),
  'active, password changed by the link a day ago': after(
    saved,
    sendPasswordLink('P1'),
    changePassword(byLink('link of P1')),
    PASSWORD_BY_EMAIL_SECONDS,
  ),
  'link sent, password changed by a link before': after(
    saved,
    sendPasswordLink('P1'),
    changePassword(byLink('link of P1')),
    startReset('R1'),
  ),
  'active, disabled meanwhile': after(saved, sendPasswordLink('P1'), endSessions('disabled')),
  'link sent, password forgotten before': after(saved, sendPasswordLink('P1'), startReset('R1')),
  'link sent, email address changed': after(reset, changeEmail()),
  'email accepted': after(
    reset,
    dispatch(() => ({ is: 'done' })),
  ),
  'email refused': after(
    reset,
    dispatch(() => ({ is: 'failed', error: 'no such mailbox' })),
  ),
  'email sent again': after(opened, resend('R1')),
  'email sent again at the sign-in, strict': after(strict, openLink('link of R1'), sendAgain('form')),
  'active, set up with both proofs': after(strict, enrol({ link: 'link of R1', binding: 'new browser' })),
  'reset a second time': after(opened, startReset('R2')),
  'reset a second time, after a set-up': after(reset, enrol(), startReset('R2')),
}

export const states: ReadonlyMap<string, World> = new Map([
  ...named.map((world) => [nameOf(world), world] as const),
  ...Object.entries(special),
])
