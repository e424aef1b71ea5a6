import { expect } from 'chai'
import type { ServerFixture } from '../support/serverFixture.ts'
import type { Person } from '../support/people.ts'
import { type Page, type Visitor, withForm } from '../support/client.ts'

/** An administrator who was reset; that role takes both proofs by default. */
export async function resetAdmin(fixture: ServerFixture): Promise<{ person: Person; id: string; link: string }> {
  const person = await fixture.person({ roles: ['admin'] })
  return { person, ...(await fixture.reset(person)) }
}

/** The page that waits for the link: the password alone leads no further. */
export async function waiting(fixture: ServerFixture, person: Person, visitor?: Visitor): Promise<Page> {
  const page = await fixture.challenge(person, fixture.ask(), visitor)
  expect([page.status, page.h1]).to.deep.equal([200, 'Check your email'])
  return page
}

export const continueSignIn = (page: Page): Promise<Page> => page.visitor.submit(withForm(page, /check-email$/), {})
export const sendAgain = (page: Page): Promise<Page> => page.visitor.submit(withForm(page, /again$/), {})

export const openLink = async (fixture: ServerFixture, link: string, visitor = fixture.visitor()): Promise<Page> =>
  visitor.submit(await visitor.get(link), {})

export const stateOf = async (fixture: ServerFixture, person: Person): Promise<string> =>
  (await fixture.count(person)).state
