/** Time is an argument: these rooms never read the wall clock. */
import { expect } from 'chai'
import { readdirSync, readFileSync } from 'node:fs'

const WALL_CLOCK = /\bDate\.now\(|new Date\(\)/

describe('The wall clock', () => {
  for (const room of ['core', 'crypto', 'accounts', 'service', 'oidc', 'mail'])
    it(`is not read in src/${room}`, () => {
      const names = readdirSync(`src/${room}`, { recursive: true, encoding: 'utf8' })
      const files = names.filter((name) => name.endsWith('.ts'))
      expect(files).to.not.be.empty
      const reading = files.filter((name) => WALL_CLOCK.test(readFileSync(`src/${room}/${name}`, 'utf8')))
      expect(reading).to.deep.equal([])
    })
})
