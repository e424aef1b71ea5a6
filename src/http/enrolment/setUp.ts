/** The set-up page and its data, shared by the sign-in and the mailed link. */
import { z } from 'zod'
import { otpauthUri, secondsAway } from '../../crypto/totp.ts'
import type { SetUp } from '../../service/sealed.ts'
import type { Services } from '../context.ts'
import type { Submitted } from '../formTokens.ts'
import type { Pages } from '../pages/locals.ts'
import { qrSvg } from '../pages/qr.ts'

/** The set-up as it is sealed for its browser. */
export const setUpSchema = z.object({
  authenticatorId: z.string(),
  secret: z.string(),
  codes: z.array(z.string()).readonly(),
})

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
