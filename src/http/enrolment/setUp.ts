/** The set-up page and its data, shared by the sign-in and the mailed link. */
import { z } from 'zod'
import { otpauthUri, secondsAway } from '../../crypto/totp.ts'
import type { SetUp } from '../../service/sealed.ts'
import type { Services } from '../context.ts'
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
  'qrSvg' | 'secret' | 'otpauthUri' | 'account' | 'issuerName' | 'step' | 'clockAway'
> & {
  /** The code as it was typed. */
  readonly typed: unknown
}

export async function setUpPage(
  services: Services,
  setUp: SetUp,
  email: string,
  given: Given,
): Promise<Pages['set-up']> {
  const uri = otpauthUri({ issuer: services.issuerName, account: email, secret: setUp.secret })
  const { typed, ...rest } = given
  return {
    ...rest,
    clockAway: rest.error === 'incorrect' ? secondsAway(setUp.secret, typed, services.clock.now()) : null,
    qrSvg: await qrSvg(uri, 'QR code'),
    secret: setUp.secret,
    otpauthUri: uri,
    account: email,
    issuerName: services.issuerName,
    step: { now: 1, of: 2 },
  }
}
