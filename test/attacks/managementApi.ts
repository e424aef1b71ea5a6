import { expect } from 'chai'
import type { ServerFixture } from '../support/serverFixture.ts'
import type { Answer } from '../support/relyingParties.ts'
import type { Person } from '../support/people.ts'

export const outcome = ({ status, body }: Answer): unknown[] => [status, body.code]
export const resets = (id: string): string => `/users/${id}/two-factor/resets`

/** The person's factor is active, and no reset was started. */
export async function expectIntact(fixture: ServerFixture, person: Person): Promise<void> {
  const { state, audit } = await fixture.count(person)
  expect([state, audit('two_factor.reset.started')]).to.deep.equal(['active', 0])
}
