/** Errors of the package, as a host catches them. */
import { expect } from 'chai'
import * as errors from 'oidc-rekey'
import type * as Errors from '../../src/errors.ts'

const another = '../../src/errors.ts?copy'
const { Busy, MailRefused, RekeyError, StoreUnavailable, UnknownAccount } = errors

describe('Errors of the package', () => {
  it('have a code and a name, and are told apart', () => {
    const busy = new Busy()
    expect(busy).to.include({ code: 'busy', name: 'Busy' })
    expect(busy instanceof Error && busy instanceof RekeyError).to.equal(true)
    expect(busy instanceof StoreUnavailable).to.equal(false)
    for (const other of [
      new Error('busy'),
      { code: 'busy' },
      Object.assign(new Error(''), { code: 'busy' }),
      null,
      'busy',
    ])
      expect(other instanceof Busy || other instanceof RekeyError).to.equal(false)
  })

  it('of another copy of the package are recognised by their code', async () => {
    const copy = (await import(another)) as typeof Errors
    expect(copy.UnknownAccount).not.to.equal(UnknownAccount)
    const theirs = new copy.UnknownAccount('ana')
    expect(theirs instanceof UnknownAccount && theirs instanceof RekeyError).to.equal(true)
    expect(new UnknownAccount('ana') instanceof copy.UnknownAccount).to.equal(true)
    expect(theirs instanceof MailRefused).to.equal(false)
  })

  it('can be extended by a host, whose own class recognises its own only', () => {
    class Bounced extends MailRefused {}
    expect(new Bounced('') instanceof Bounced && new Bounced('') instanceof MailRefused).to.equal(true)
    expect(new MailRefused('') instanceof Bounced).to.equal(false)
  })
})
