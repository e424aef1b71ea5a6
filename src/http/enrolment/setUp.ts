/** The set-up page and its data, shared by the sign-in and the mailed link. */
import type { Context } from 'koa'
import { z } from 'zod'
import type { Account } from '../../core/account.ts'
import { otpauthUri, secondsAway } from '../../crypto/totp.ts'
import type { SetUp } from '../../service/sealed.ts'
import type { Services } from '../context.ts'
import type { Submitted } from '../formTokens.ts'
import type { Outcome } from '../../accounts/accounts.ts'
import type { Unaccepted } from '../../service/passkeys.ts'
import type { Unreadable } from '../../service/signIn.ts'
import { passkeyError, passkeyForm } from '../passkeyForms.ts'
import type { PasskeyForm } from '../pages/pageMetadata.ts'
import type { Pages } from '../pages/locals.ts'
import { qrSvg } from '../pages/qr.ts'

/** The set-up as it is sealed for its browser. */
export const setUpSchema = z.object({
  authenticatorId: z.string(),
  secret: z.string(),
  codes: z.array(z.string()).readonly(),
  userHandle: z.string().nullable().default(null),
})

interface PasskeyOffer {
  /** null: unknown here. */
  readonly account: Account | null
  readonly setUp: SetUp
  readonly email: string
  readonly action: string
  readonly until: number
  readonly error: PasskeyForm['error']
}

/** The form for a new passkey; null: none is offered. */
export function newPasskeyForm(
  services: Services,
  ctx: Context,
  { account, setUp: { userHandle }, email, until, ...form }: PasskeyOffer,
): PasskeyForm | null {
  if (!account || userHandle === null) return null
  return passkeyForm(services, ctx, {
    ...form,
    begun: services.passkeys.beginSetUp({ account, userHandle, email, until }),
  })
}

type Given = Omit<
  Pages['set-up'],
  'qrSvg' | 'secret' | 'otpauthUri' | 'account' | 'issuerName' | 'step' | 'clockAway' | 'ourTime'
> & {
  /** The submitted form; null: none was. */
  readonly submitted: Submitted['fields'] | null
}

export async function setUpPage(
  services: Services,
  setUp: SetUp,
  email: string,
  given: Given,
): Promise<Pages['set-up']> {
  const uri = otpauthUri({ issuer: services.issuerName, account: email, secret: setUp.secret })
  const { submitted, ...rest } = given
  const now = services.clock.now()
  const wrong = rest.error === 'incorrect' ? submitted : null
  const clockAway = wrong && secondsAway(setUp.secret, wrong['code'], now)
  // The first wrong code is often that of an older entry. Nothing else depends on `again`, which the browser supplies.
  const isClockNamed = wrong !== null && (clockAway !== null || wrong['again'] === 'yes')
  return {
    ...rest,
    clockAway,
    ourTime: isClockNamed ? now : null,
    qrSvg: await qrSvg(uri, 'QR code'),
    secret: setUp.secret,
    otpauthUri: uri,
    account: email,
    issuerName: services.issuerName,
    step: { now: 1, of: 2 },
  }
}

/** What was wrong with what the form sent, for its page. */
export interface SetUpFaults {
  readonly error?: Pages['set-up']['error']
  readonly passkey?: PasskeyForm['error']
}

type Confirmation = Outcome | Unreadable | Unaccepted

/** A wrong code or passkey shows the page again; every other refusal ends the set-up. */
export function confirmation(outcome: Confirmation): Outcome | { readonly is: 'wrong'; readonly faults: SetUpFaults } {
  if (outcome.is === 'unreadable') return { is: 'wrong', faults: { error: outcome.why } }
  if (outcome.is === 'unaccepted') return { is: 'wrong', faults: { passkey: passkeyError(outcome.why) } }
  const refused = outcome.is === 'refused' ? outcome.refusal.is : null
  if (refused === 'code-incorrect') return { is: 'wrong', faults: { error: 'incorrect' } }
  if (refused === 'passkey-incorrect') return { is: 'wrong', faults: { passkey: 'incorrect' } }
  if (refused === 'passkey-stale') return { is: 'wrong', faults: { passkey: 'stale' } }
  return outcome
}
