/** Somebody disabled while they set up is told that, and not that a password was changed. */
import { expect } from 'chai'
import { type Arena, sharedArena } from '../support/arena.ts'
import { withForm } from '../support/client.ts'

describe('Whoever is disabled in the middle of a sign-in', () => {
  let arena: Arena
  before(async () => {
    arena = await sharedArena()
  })

  it('is told so at the set-up', async () => {
    const person = await arena.person()
    await arena.reset(person)
    const setUp = await arena.challenge(person)
    await arena.house.directory.setStatus(person.id, 'disabled')
    const sent = await arena.confirm(person, setUp)
    expect(sent.text).to.not.contain('was changed meanwhile')
    expect(sent.text).to.not.contain('Start again')
    expect(sent.text).to.contain('disabled')
  })

  it('is told so where a letter would be sent again', async () => {
    const person = await arena.person({ roles: ['admin'] })
    await arena.reset(person)
    const page = await arena.challenge(person)
    await arena.house.directory.setStatus(person.id, 'disabled')
    const sent = await page.visitor.submit(withForm(page, /again$/), {})
    expect(sent.text).to.not.contain('was changed meanwhile')
    expect(sent.text).to.contain('disabled')
  })
})
