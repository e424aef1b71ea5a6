import { expect } from 'chai'
import type { ServerFixture } from '../support/serverFixture.ts'
import type { Acting } from '../support/managementCalls.ts'
import type { Answer } from '../support/relyingParties.ts'
import type { Person } from '../support/people.ts'
import type { Extra } from '../support/client.ts'
import { storedAccount } from '../support/storedAccount.ts'

type Target = Pick<Person, 'id'>

export const patch = (acting: Acting, { id }: Target, body: unknown, headers: Extra = {}): Promise<Answer> =>
  acting.call('PATCH', `/users/${id}`, body, headers)

export const patchWithCode = async (acting: Acting, target: Target, body: object): Promise<Answer> =>
  patch(acting, target, { ...body, code: await acting.person.code() })

/** The directory's row and the account's epoch are the same after the work as before. */
export async function expectUnchanged(
  fixture: ServerFixture,
  { id }: Person,
  work: () => Promise<void>,
): Promise<void> {
  const before = await fixture.host.directory.find(id)
  const epoch = (await storedAccount(fixture.host, id))?.epoch
  await work()
  expect(await fixture.host.directory.find(id)).to.deep.equal(before)
  expect((await storedAccount(fixture.host, id))?.epoch).to.equal(epoch)
}
