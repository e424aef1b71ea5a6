import { expect } from 'chai'
import { readFile } from 'node:fs/promises'
import { CODES_SHOWN_SECONDS, defaultRules, PENDING_SECONDS, ruleFaults, ruleRanges } from '../../src/core/rules.ts'

describe('Constants that no other test depends on', () => {
  it('match the pages: half an hour for a set-up, a quarter to save the codes', () => {
    expect(PENDING_SECONDS).to.equal(30 * 60)
    expect(CODES_SHOWN_SECONDS).to.equal(15 * 60)
  })

  it('respect NIST SP 800-63B-4: links of a day, a hundred wrong codes', () => {
    expect(defaultRules.linkLifetimeSeconds).to.be.at.most(24 * 60 * 60)
    expect(defaultRules.lockAfter).to.be.at.most(100)
  })
})

describe('Rules that a host may set', () => {
  const names = Object.keys(ruleRanges) as (keyof typeof ruleRanges)[]

  it('are valid by default, at both ends of their ranges, and unlimited where allowed', () => {
    expect(ruleFaults(defaultRules)).to.deep.equal([])
    for (const name of names) {
      const { least, most, orNone } = ruleRanges[name]
      // The upper bounds of other rules are raised first.
      const room = {
        ...defaultRules,
        lockAfter: 100,
        longestPauseSeconds: 86_400,
        freeAttempts: 3,
        firstPauseSeconds: 1,
        passwordFirstPauseSeconds: 1,
        passwordLongestPauseSeconds: 86_400,
      }
      const ends = name === 'freeAttempts' ? [least, most - 1] : [least, most]
      for (const value of [...ends, ...(orNone ? [null] : [])])
        expect(ruleFaults({ ...room, [name]: value }), `${name} ${value}`).to.deep.equal([])
    }
  })

  it('are refused outside their range, with name, range and value', () => {
    for (const name of names) {
      const { least, most, orNone } = ruleRanges[name]
      const values = [least - 1, most + 1, least + 0.5, Infinity, NaN, undefined, true, {}, ...(orNone ? [] : [null])]
      for (const value of values) {
        const [fault, ...more] = ruleFaults({ ...defaultRules, [name]: value })
        expect(more).to.deep.equal([])
        expect(fault).to.match(new RegExp(`^${name}: must be a whole number of \\w+ from ${least} to ${most}\\b`))
        expect(fault).to.match(/, is \S/)
      }
    }
    expect(ruleFaults({ ...defaultRules, linksPerHour: 99, freeAttempts: '5' })).to.deep.equal([
      'freeAttempts: must be a whole number of attempts from 3 to 100, is "5"',
      'linksPerHour: must be a whole number of links from 1 to 8, or null for no limit, is 99',
    ])
  })

  it('are refused if they contradict each other or are unknown', () => {
    expect(ruleFaults({ ...defaultRules, freeAttempts: 10, lockAfter: 10 })).to.deep.equal([
      'freeAttempts: must be less than lockAfter, is 10',
    ])
    expect(ruleFaults({ ...defaultRules, firstPauseSeconds: 60, longestPauseSeconds: 59 })).to.deep.equal([
      'firstPauseSeconds: must not be longer than longestPauseSeconds, is 60',
    ])
    for (const name of ['lockafter', 'constructor', '__proto__'])
      expect(ruleFaults({ ...defaultRules, ...JSON.parse(`{"${name}": 3}`) }).join()).to.include(`${name}: is no rule`)
  })

  it('may be words: the profile and the strict roles', () => {
    for (const good of [{ profile: 'strict' }, { strictRoles: [] }, { strictRoles: ['helpdesk'] }])
      expect(ruleFaults({ ...defaultRules, ...good })).to.deep.equal([])
    for (const [name, value, wanted] of [
      ['profile', 'lax', 'standard or strict, is "lax"'],
      ['profile', undefined, 'standard or strict, is undefined'],
      ['strictRoles', 'admin', 'a list of admin and helpdesk, is "admin"'],
      ['strictRoles', ['admin', 'root'], 'a list of admin and helpdesk, is admin,root'],
    ] as const)
      expect(ruleFaults({ ...defaultRules, [name]: value })).to.deep.equal([`${name}: must be ${wanted}`])
  })

  it('are documented with their range and default', async () => {
    const source = await readFile('src/core/rules.ts', 'utf8')
    for (const name of names) {
      const { least, most } = ruleRanges[name]
      const [, described = ''] = new RegExp(`/\\*\\* (.*) \\*/\n  readonly ${name}:`).exec(source) ?? []
      expect(described, name).to.match(new RegExp(` ${least}–${most}, .*default ${defaultRules[name]}\\b`))
    }
  })

  it('are documented with the same range in the production example', async () => {
    const example = await readFile('config/production.example.yaml', 'utf8')
    const keys = {
      linkLifetimeSeconds: 'link_lifetime_seconds',
      signInLifetimeSeconds: 'sign_in_lifetime_seconds',
      freeAttempts: 'free',
      firstPauseSeconds: 'first_pause_seconds',
      longestPauseSeconds: 'longest_pause_seconds',
      lockAfter: 'lock_after',
      passwordFreeAttempts: 'free',
      passwordFirstPauseSeconds: 'first_pause_seconds',
      passwordLongestPauseSeconds: 'longest_pause_seconds',
      passwordsPerAccount: 'per_account_per_hour',
      passwordsPerNetwork: 'per_network_per_hour',
      passwordLinksPerNetwork: 'from_network_per_hour',
      passwordLinksPerBrowser: 'from_browser_per_hour',
      mailsPerHour: 'mails_per_hour',
      linksPerHour: 'links_per_hour',
      actsPerHour: 'acts_per_hour',
      invitationLifetimeSeconds: 'lifetime_seconds',
      passwordLinkLifetimeSeconds: 'password_links.lifetime_seconds',
      stepUpMaxAgeSeconds: 'max_age_seconds',
      stepUpMinFactorAgeSeconds: 'min_factor_age_seconds',
    } satisfies Record<keyof typeof ruleRanges, string>
    for (const name of names) {
      const [key = '', group = ''] = keys[name].split('.').toReversed()
      const [, comment = ''] =
        new RegExp(`((?:  # .*\n)+)  ${key}:`).exec(example.slice(example.indexOf(`\n${group}`))) ?? []
      expect(comment, name).to.include(` ${ruleRanges[name].least}–${ruleRanges[name].most}`)
    }
  })
})
