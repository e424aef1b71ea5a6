import type { ServerFixture } from '../support/serverFixture.ts'
import type { Person } from '../support/people.ts'

/** A person with an authenticator, saved backup codes and one session. */
export async function enrolledPerson(fixture: ServerFixture): Promise<Person> {
  const person = await fixture.person()
  await fixture.enter(person)
  return person
}
