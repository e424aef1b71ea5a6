import { newPasskeyAnswers } from '../support/passkeyPages.ts'
import type { Person } from '../support/people.ts'
import type { ServerFixture } from '../support/serverFixture.ts'
import { type Given, newPasskey, type SoftwarePasskey } from '../support/softwareAuthenticator.ts'

/**
 * A person whose only authenticator is a passkey.
 * @param flags what the authenticator says of itself
 */
export async function passkeyOwner(
  fixture: ServerFixture,
  flags: Partial<Given> = {},
): Promise<{ readonly person: Person; readonly passkey: SoftwarePasskey }> {
  const person = await fixture.person({ enrolled: false })
  const passkey = newPasskey()
  const page = await fixture.challenge(person)
  const codes = await page.visitor.submit(
    page,
    newPasskeyAnswers(page, fixture.issuer, passkey, {
      created: flags,
      tried: flags,
    }),
  )
  const done = await fixture.saveCodes(person, codes)
  if (done.h1 !== 'You are all set') throw new Error(`no passkey: “${done.h1}” (${done.status}) ${codes.alert ?? ''}`)
  return { person, passkey }
}
