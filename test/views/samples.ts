/** Every page in every state, with external text in each placeholder. */
import { accountSamples } from './samples/account.ts'
import { actSamples } from './samples/acts.ts'
import { auditSamples } from './samples/audit.ts'
import { authenticatorsSamples } from './samples/authenticators.ts'
import { demoSamples } from './samples/demo.ts'
import { enrolmentSamples } from './samples/enrolment.ts'
import { linksSamples } from './samples/links.ts'
import { signInSamples } from './samples/signIn.ts'
import type { Samples, Text } from './samples/shared.ts'
import { userSamples } from './samples/user.ts'
import { usersSamples } from './samples/users.ts'

/** @param text maps every external string: unchanged for pictures, hostile to test escaping */
export async function samples(text: Text = (plain) => plain): Promise<Samples> {
  return {
    ...signInSamples(text),
    ...(await enrolmentSamples(text)),
    ...linksSamples(text),
    ...usersSamples(text),
    ...userSamples(text),
    ...actSamples(text),
    ...auditSamples(text),
    ...accountSamples(text),
    ...authenticatorsSamples(text),
    ...demoSamples(text),
  }
}
