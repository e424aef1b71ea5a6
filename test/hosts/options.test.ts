/** What a stranger gets wrong at `createRekey` is said by name, all of it at once. */
import { expect } from 'chai'
import { createRekey, type OptionFault, OptionsRefused, type RekeyOptions } from 'oidc-rekey'
import { memoryStore } from '../../src/store/memory.ts'

const good = {
  issuer: 'https://id.example.com',
  store: memoryStore({ clock: { now: () => 0 } }),
  directory: { find: async () => null, enrolled: async () => undefined, list: async () => [] },
  mail: { send: async () => undefined },
  keys: [{ id: 'k1', key: new Uint8Array(32).fill(7) }],
} satisfies RekeyOptions

async function faultsOf(changes: Readonly<Record<string, unknown>>): Promise<readonly OptionFault[]> {
  try {
    await createRekey({ ...good, ...changes })
  } catch (error) {
    if (error instanceof OptionsRefused) return error.faults
    throw error
  }
  return []
}

const lines = async (changes: Readonly<Record<string, unknown>>): Promise<string[]> =>
  (await faultsOf(changes)).map(({ path, message }) => `${path}: ${message}`)

describe('Options of createRekey', () => {
  it('are taken when they are good, optional ones left out or undefined', async () => {
    expect(await lines({})).to.deep.equal([])
    expect(await lines({ brand: undefined, rules: { lockAfter: undefined }, audit: undefined })).to.deep.equal([])
    expect(await lines({ issuer: 'http://localhost:3000/oidc' })).to.deep.equal([])
    expect(await lines({ issuer: 'http://id.example.com', allowPlainHttp: true })).to.deep.equal([])
  })

  it('are refused by name when they are missing, every one at once', async () => {
    const none = Object.fromEntries(Object.keys(good).map((name) => [name, undefined]))
    expect(await lines(none)).to.have.members(Object.keys(good).map((name) => `${name}: is missing`))
  })

  it('are refused with a domain of passkeys that is none of the issuer', async () => {
    for (const rpId of ['id.example.com', 'example.com'])
      expect(await lines({ passkeys: { offer: undefined, rpId, rpName: 'Example' } }), rpId).to.deep.equal([])
    expect(await lines({ passkeys: { rpId: 'example.org' } })).to.deep.equal([
      'passkeys.rpId: must be the host name of the issuer or a domain above it',
    ])
    expect(await lines({ issuer: 'http://127.0.0.1:3000', passkeys: { rpId: '127.0.0.1' } })).to.deep.equal([
      'passkeys.rpId: browsers make no passkeys at this issuer',
    ])
    expect(await faultsOf({ passkeys: { rpid: 'example.com' } })).to.deep.equal([
      { path: 'passkeys.rpid', message: 'unknown name', nearest: 'passkeys.rpId' },
    ])
  })

  it('have the nearest known name for an unknown one, nested ones too', async () => {
    const unknown = {
      onEror: () => undefined,
      brand: { nane: 'Acme', name: 'Acme' },
      rules: { lockafter: 5 },
      acr: { two: '' },
    }
    const faults = (await faultsOf(unknown)).filter(({ message }) => message === 'unknown name')
    expect(faults.map(({ path, nearest }) => [path, nearest])).to.have.deep.members([
      ['onEror', 'onError'],
      ['brand.nane', 'brand.name'],
      ['rules.lockafter', 'rules.lockAfter'],
      ['acr.two', 'acr.twoFactor'],
    ])
  })

  for (const [what, changes, fault] of [
    [
      'an http issuer off loopback',
      { issuer: 'http://id.example.com' },
      'issuer: must be https (or set allowPlainHttp: true)',
    ],
    [
      'an issuer with a slash at the end',
      { issuer: 'https://id.example.com/' },
      'issuer: no query, no fragment, no slash at the end',
    ],
    ['an issuer that is no URL', { issuer: 'id.example.com' }, 'issuer: must be a URL'],
    ['a number for an issuer', { issuer: 5 }, 'issuer: must be text'],
    ['a key of zeros', { keys: [{ id: 'k1', key: new Uint8Array(32) }] }, 'keys: number 1: the key is all zeros'],
    ['a key of zeros as text', { keys: `k1:${'A'.repeat(43)}` }, 'keys: number 1: the key is all zeros'],
    ['a short key', { keys: 'k1:c2hvcnQ' }, 'keys: number 1: the key must be 32 bytes'],
    ['no key', { keys: [] }, 'keys: at least one'],
    ['two keys of one id', { keys: [...good.keys, ...good.keys] }, 'keys: two keys have the same id'],
    ['a key without an id', { keys: 'c2hvcnQ' }, 'keys: number 1: the key must be 32 bytes'],
    ['a directory without find', { directory: { ...good.directory, find: undefined } }, 'directory.find: is missing'],
    [
      'a directory without enrolled',
      { directory: { ...good.directory, enrolled: 5 } },
      'directory.enrolled: is missing',
    ],
    ['a directory without list', { directory: { ...good.directory, list: undefined } }, 'directory.list: is missing'],
    ['a mailer without send', { mail: {} }, 'mail.send: is missing'],
    ['a store that was not awaited', { store: Promise.resolve(good.store) }, 'store.journal: is missing'],
    ['an empty brand', { brand: { name: ' ' } }, 'brand.name: must not be empty'],
    ['a number for a name', { brand: { name: 5 } }, 'brand.name: must be text'],
    ['text for a function', { onError: 'log' }, 'onError: must be a function'],
    ['a rule out of its range', { rules: { lockAfter: 1000 } }, 'rules.lockAfter: must be a whole number'],
    ['languages without texts', { languages: ['tlh'] }, 'languages: there are words for'],
    ['an unknown app', { apps: ['shop'] }, 'apps.0: must be admin or account'],
    ['an unknown scope', { managementScopes: { app: ['root'] } }, 'managementScopes.app.0: must be users:read'],
    ['an unknown requirement', { required: 'never' }, 'required: must be always or when_requested'],
  ] as const)
    it(`refuse ${what}`, async () => {
      const found = await lines(changes)
      expect(
        found.some((line) => line.startsWith(fault)),
        found.join('\n'),
      ).to.equal(true)
    })

  it('contain no key in their faults', async () => {
    const key = Buffer.from('a very secret text').toString('base64url')
    for (const keys of [`k1:${key}`, [{ id: 'k1', key }], `k 1:${key}`]) {
      const found = (await lines({ keys })).join('\n')
      expect(found).to.match(/^keys: /)
      expect(found).not.to.contain(key)
    }
  })

  it('take keys as text, newest first', async () => {
    const text = ['k2', 'k1'].map((id, n) => `${id}:${Buffer.alloc(32, n + 1).toString('base64url')}`).join(', ')
    expect(await lines({ keys: text })).to.deep.equal([])
  })
})
