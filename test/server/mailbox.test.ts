import { expect } from 'chai'
import { developmentMailbox } from '../../src/server/mailbox.ts'
import { memoryStore } from '../../src/store/memory.ts'

describe('The development mailbox', () => {
  const letter = { to: 'ana@example.com', subject: 'Hello', text: 'Hello Ana', html: '<p>Hello Ana</p>', locale: 'en' }

  it('shows emails newest first and each once, however often it was sent', async () => {
    let now = 100
    const clock = { now: () => now }
    const mailbox = developmentMailbox(memoryStore({ clock }).journal('mailbox'), clock)
    await mailbox.mailer.send({ ...letter, id: '1' })
    now = 200
    await mailbox.mailer.send({ ...letter, id: '2', subject: 'Again' })
    await mailbox.mailer.send({ ...letter, id: '1' })
    const { to, text, html } = letter
    expect(await mailbox.list(10)).to.deep.equal([
      { to, subject: 'Again', text, html, at: 200, id: '2' },
      { to, subject: 'Hello', text, html, at: 100, id: '1' },
    ])
    expect(await mailbox.list(1)).to.have.length(1)
    expect(await mailbox.list(9, to)).to.have.length(2)
    expect(await mailbox.list(9, 'ben@example.com')).to.have.length(0)
  })
})
