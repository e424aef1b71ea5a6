/** Every page in every state, with external text in each placeholder. */
import { accountSamples } from './samples/account.ts'
import { consoleSamples } from './samples/console.ts'
import { enrolmentSamples } from './samples/enrolment.ts'
import { linksSamples } from './samples/links.ts'
import { signInSamples } from './samples/signIn.ts'
import type { Samples, Text } from './samples/shared.ts'

/** @param text maps every external string: unchanged for pictures, hostile to test escaping */
export async function samples(text: Text = (plain) => plain): Promise<Samples> {
  return {
    ...signInSamples(text),
    ...(await enrolmentSamples(text)),
    ...linksSamples(text),
    ...consoleSamples(text),
    ...accountSamples(text),
  }
}
