/** The issuer and the rules that a host sets: a wrong one is refused with what is permitted. */
import { expect } from 'chai'
import { OptionsRefused } from '../../src/errors.ts'
import { completeOptions } from '../../src/options.ts'
import { memoryStore } from '../../src/store/memory.ts'
import { clock } from '../support/host.ts'

const required = {
  store: memoryStore({ clock }),
  directory: { find: async () => null, enrolled: async () => undefined, list: async () => [] },
  mail: { send: async () => undefined },
  keys: [{ id: 'k1', key: new Uint8Array(32).fill(7) }],
}

describe('The issuer of a host', () => {
  const complete = (issuer: string, allowPlainHttp?: boolean) =>
    completeOptions({
      issuer,
      ...required,
      ...(allowPlainHttp !== undefined && { allowPlainHttp }),
    })

  it('is https, or http on loopback', () => {
    for (const issuer of [
      'https://id.example.com',
      'http://localhost:3000',
      'http://127.0.0.1',
      'http://[::1]:3000/oidc',
    ])
      expect(complete(issuer).issuer).to.equal(issuer)
    for (const issuer of [
      'http://id.example.com',
      'http://id.localhost',
      'http://127.0.0.1.example.com',
      'http://0.0.0.0',
    ])
      for (const allowed of [undefined, false])
        expect(() => complete(issuer, allowed), issuer).to.throw(
          OptionsRefused,
          'issuer: must be https (or set allowPlainHttp: true)',
        )
  })

  it('may be http elsewhere only with the explicit option', () => {
    expect(complete('http://id.example.com', true).secure).to.equal(false)
    expect(() => complete('ftp://id.example.com', true)).to.throw(OptionsRefused, 'issuer: must be https')
  })
})

describe('The rules of a host', () => {
  it('are refused when they are invalid, with the permitted values', () => {
    const rules = { linksPerHour: 1000, lockAfter: 1_000_000, stepUpMaxAgeSeconds: Infinity }
    const options = { issuer: 'https://op.example', ...required, rules }
    expect(() => completeOptions(options))
      .to.throw(OptionsRefused)
      .with.property(
        'message',
        'rules.lockAfter: must be a whole number of attempts from 4 to 100, is 1000000\n' +
          'rules.linksPerHour: must be a whole number of links from 1 to 8, or null for no limit, is 1000\n' +
          'rules.stepUpMaxAgeSeconds: must be a whole number of seconds from 1 to 900, is Infinity',
      )
    expect(completeOptions({ ...options, rules: { linksPerHour: null, lockAfter: 50 } }).rules).to.include({
      linksPerHour: null,
      lockAfter: 50,
      freeAttempts: 5,
    })
  })
})
