import { expect } from 'chai'
import { CODES_SHOWN_SECONDS, defaultRules, PENDING_SECONDS } from '../../src/core/rules.ts'

describe('The numbers that nothing else here depends on', () => {
  it('are what the pages promise: half an hour to set up, a quarter to save the codes', () => {
    expect(PENDING_SECONDS).to.equal(30 * 60)
    expect(CODES_SHOWN_SECONDS).to.equal(15 * 60)
  })

  it('keep to what NIST SP 800-63B-4 allows: links of a day, a hundred wrong codes', () => {
    expect(defaultRules.linkLifetimeSeconds).to.be.at.most(24 * 60 * 60)
    expect(defaultRules.lockAfter).to.be.at.most(100)
  })
})
