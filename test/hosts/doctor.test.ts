import { expect } from 'chai'
import { interactionPolicy, Provider } from 'oidc-provider'
import { version } from '../../src/doctor/library.ts'
import { memoryStore } from '../../src/store/memory.ts'
import type { Store } from '../../src/store/store.ts'
import { clock } from '../support/host.ts'
import {
  attachedFindings,
  bound,
  type Broken,
  configuration,
  directory,
  faults,
  findingsOf,
  issuer,
  keys,
  listing,
  mounted,
  openMount,
  person,
  secondCopy,
  withDirectory,
} from './doctorHost.ts'

const { base, Check, Prompt } = interactionPolicy

const withPolicy = (change: (policy: ReturnType<typeof base>) => void): Broken => ({
  provider(rekey, wanted) {
    const wrapped = rekey.configuration(wanted)
    change(wrapped.interactions?.policy as ReturnType<typeof base>)
    return new Provider(issuer, wrapped)
  },
})

const page = (url: () => string): Broken => ({ configuration: { interactions: { url: () => url() } } })

const SECRET = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP'
const enrolled = Array.from({ length: 120 }, (_, index) => ({ ...person(`a${index + 100}`), secondFactorSince: 1 }))
const crowded = withDirectory({
  list: async ({ limit }: { limit: number }) => enrolled.slice(0, limit),
  find: async (id: string) => enrolled.find((item) => item.id === id) ?? null,
})

const withStore = (change: (store: Store) => Partial<Store>): Broken => {
  const store = memoryStore({ clock })
  return { options: { store: { ...store, ...change(store) } } }
}
const at = (seconds: number): Broken =>
  withStore(() => ({ preflight: async () => ({ faults: [], warnings: [], now: clock.now() + seconds }) }))

/** A host that has this fault alone, by what it is. */
const broken: Readonly<Record<string, Readonly<Record<string, Broken>>>> = {
  'fatal two-copies': {
    'the provider is of another installation': {
      provider: async (rekey, wanted) => new (await secondCopy())(issuer, rekey.configuration(wanted)),
    },
  },
  'fatal not-wrapped': {
    'the configuration is the host’s own': {
      provider(rekey, wanted) {
        rekey.configuration(wanted)
        return new Provider(issuer, wanted)
      },
    },
    'the configuration is of another plugin': {
      provider: async (_rekey, wanted) => mounted((await openMount()).rekey, wanted),
    },
    'the issuer is another': {
      provider: (rekey, wanted) => new Provider('https://other.example', rekey.configuration(wanted)),
    },
    'the provider was used before': {
      provider(rekey, wanted) {
        const provider = mounted(rekey, wanted)
        void new provider.Session()
        return provider
      },
    },
  },
  'fatal policy': {
    'our prompt was removed': withPolicy((policy) => policy.remove('two_factor')),
    'the prompt of this name is the host’s': withPolicy((policy) => {
      policy.remove('two_factor')
      policy.add(new Prompt({ name: 'two_factor' }, new Check('own', 'own', () => false)), 1)
    }),
    'the host has a prompt of this name': {
      provider(rekey, wanted) {
        const policy = base()
        policy.add(new Prompt({ name: 'two_factor' }, new Check('own', 'own', () => false)))
        return mounted(rekey, { ...wanted, interactions: { policy } })
      },
    },
    'our prompt comes before the login': withPolicy((policy) => {
      const ours = policy.get('two_factor')!
      policy.remove('two_factor')
      policy.add(ours, 0)
    }),
    'the login prompt was removed': withPolicy((policy) => policy.remove('login')),
  },
  'fatal sign-in': {
    'nothing checks a password': withDirectory({ authenticate: undefined }),
    'its address fails': page(() => {
      throw new Error('no route')
    }),
    'its address is one of ours': page(() => '/two-factor/reset/x'),
    'it has no address': page(() => ''),
  },
  'fatal cookie-keys': {
    'there are none': { configuration: { cookies: {} } },
    'one is short': { configuration: { cookies: { keys: ['short'] } } },
  },
  'fatal directory': {
    'an unknown person is found': withDirectory({ find: async () => person('ana') }),
    'an unknown person is undefined': withDirectory({ find: async () => undefined }),
    'a time is in milliseconds': listing({ ...person('ana'), createdAt: Date.now() }),
    'a field is missing': listing({ ...person('ana'), email: undefined as unknown as string }),
    'the list has another order': listing(person('ben'), person('ana')),
    'the list ignores its limit': withDirectory({ list: async () => ['ana', 'ben'].map(person) }),
    'a person changes between two reads': withDirectory({
      find: ((count) => async (id: string) => (id === 'ana' ? { ...person('ana'), name: `Ana ${count++}` } : null))(0),
    }),
  },
  'fatal factors': {
    'there are people and no record, and nothing is said': { options: { existingFactors: null } },
    'people with a factor have no record': listing({ ...person('ana'), secondFactorSince: 1 }, person('ben')),
  },
  'warn factors': {
    'one of many has no record': {
      ...crowded,
      async provider(rekey, wanted) {
        await rekey.adopt(enrolled.slice(1).map(({ id }) => ({ id, secret: SECRET })))
        return mounted(rekey, wanted)
      },
    },
  },
  'fatal adapter-once': {
    'a code is taken by all': withStore(({ artefacts }) => ({
      artefacts: { ...bound(artefacts), take: async () => true },
    })),
  },
  'fatal index': {
    'a session is not listed for its account': withStore(({ artefacts }) => ({
      artefacts: { ...bound(artefacts), ofAccount: async () => [] },
    })),
  },
  'fatal store': {
    'its settings lose data': withStore(() => ({
      preflight: async () => ({ faults: ['it evicts records'], warnings: [], now: null }),
    })),
  },
  'warn store': {
    'its settings are risky': withStore(() => ({
      preflight: async () => ({ faults: [], warnings: ['it syncs once a second'], now: null }),
    })),
    'it is slow': withStore(() => ({ ping: () => new Promise((resolve) => void setTimeout(resolve, 60)) })),
  },
  'warn clock': { 'the store’s is five seconds ahead': at(5) },
  'fatal clock': { 'the store’s is half a minute behind': at(-30) },
  'fatal keys': {
    'two are the same': { options: { keys: [...keys, { id: 'k0', key: keys[0]!.key }] } },
  },
  'warn mail': {
    'the server takes no connection': {
      options: { mail: { send: async () => undefined, verify: async () => Promise.reject(new Error('535')) } },
    },
    'the sender is of another domain': {
      options: { mail: { send: async () => undefined, from: 'Acme <no-reply@mailer.example>' } },
    },
  },
  'fatal clients': {
    'the configuration refuses ours': { configuration: { clientDefaults: { backchannel_logout_uri: 'nowhere' } } },
  },
  'warn clients': {
    'there is no way to sign in to the console': {
      configuration: { clientAuthMethods: ['private_key_jwt'], clients: [] },
    },
    'one gets tokens in an address': {
      configuration: {
        clients: [
          {
            ...configuration.clients![0]!,
            grant_types: ['implicit'],
            response_types: ['id_token'],
          },
        ],
      },
    },
    'one has its logout address in a private network': {
      configuration: {
        clients: [{ ...configuration.clients![0]!, backchannel_logout_uri: 'https://10.20.30.40/logout' }],
      },
    },
    'one has its keys in a private network': {
      configuration: {
        clients: [{ ...configuration.clients![0]!, jwks_uri: 'https://[fd00::1]/jwks' }],
      },
    },
    'the provider refuses one at every request': {
      configuration: {
        clients: [...configuration.clients!, { client_id: 'odd', client_secret: 's', redirect_uris: [] }],
      },
    },
    'a public one needs no PKCE': {
      configuration: {
        clients: [{ ...configuration.clients![0]!, token_endpoint_auth_method: 'none' }],
        pkce: { required: () => false },
      },
    },
    'a sign-in is too short for a set-up': { configuration: { ttl: { Interaction: 600 } } },
  },
}

describe('The doctor finds in a host', () => {
  for (const [fault, hosts] of Object.entries(broken))
    for (const [what, host] of Object.entries(hosts))
      it(`${fault}: ${what}`, async () => {
        const findings = await findingsOf(host)
        expect(faults(findings), JSON.stringify(findings)).to.deep.equal([fault])
        for (const { id, found, mend, docs } of findings) {
          expect(found).to.match(/^\S[^\n]{10,}[^.\n]$/)
          expect(mend).to.match(/^[A-Z][^\n]{5,}[^.\n]$/)
          expect(docs).to.equal(`docs/doctor.md#${id}`)
        }
      })

  it('that the second attach of a provider changes nothing for the first', async () => {
    const { rekey, provider } = await openMount()
    expect(faults(await attachedFindings(rekey, provider))).to.deep.equal([])
    expect(faults(await attachedFindings(rekey, provider))).to.deep.equal(['fatal not-wrapped'])
    expect(faults(await rekey.doctor())).to.deep.equal([])
    await rekey.close()
  })

  it('that a key which sealed stored data is missing or another, after a rotation too', async () => {
    const store = memoryStore({ clock })
    const k2 = { id: 'k2', key: new Uint8Array(32).fill(2) }
    const withKeys = async (...ring: typeof keys) => faults(await findingsOf({ options: { store, keys: ring } }))
    expect(await withKeys(...keys)).to.deep.equal([])
    expect(await withKeys(k2)).to.deep.equal(['fatal keys'])
    expect(await withKeys({ id: 'k1', key: k2.key })).to.deep.equal(['fatal keys'])
    expect(await withKeys(k2, ...keys)).to.deep.equal([])
    expect(await withKeys(k2)).to.deep.equal([])
    expect(await withKeys(...keys)).to.deep.equal(['fatal keys'])
  })

  it('no lack of records once a factor was imported, or the directory gives those of elsewhere', async () => {
    const { rekey, provider } = await openMount({ options: { existingFactors: null } })
    await rekey.adopt([{ id: 'ana', secret: SECRET }])
    expect(faults(await attachedFindings(rekey, provider))).to.deep.equal([])
    await rekey.close()
    const withFactors = { ...directory, foreignFactor: async () => null }
    const findings = await findingsOf({ options: { existingFactors: null, directory: withFactors } })
    expect(faults(findings)).to.deep.equal([])
  })

  it('that a prompt of the host has our name, and that it is to be renamed', async () => {
    const policy = base()
    policy.add(new Prompt({ name: 'two_factor' }, new Check('own', 'own', () => false)), 0)
    const [finding] = await findingsOf({ configuration: { interactions: { policy } } })
    expect([finding?.id, finding?.mend]).to.deep.equal([
      'policy',
      'Give your own prompt two_factor another name: rename it before rekey.configuration()',
    ])
  })

  it('the settings and the clock of a store that is read once', async () => {
    let reads = 0
    const preflight = async () => ({ faults: [], warnings: [`read ${++reads} times`], now: clock.now() + 5 })
    const found = (await findingsOf(withStore(() => ({ preflight })))).map(({ found: text }) => text)
    expect(found.join()).to.match(/read 1 times.*differ by 5 seconds/)
    expect(reads).to.equal(1)
  })

  it('that find answers undefined, and what to return', async () => {
    const [finding] = await findingsOf(withDirectory({ find: async () => undefined }))
    expect(finding?.found).to.contain('answers undefined')
    expect(finding?.mend).to.contain('?? null')
  })

  it('that a sign-in page binds its sign-ins to no browser', async () => {
    const { rekey, provider } = await openMount()
    await rekey.attach(provider)
    await rekey.loginResult('ana', { authenticatedAt: clock.now(), proven: null })
    expect(faults(await rekey.doctor())).to.deep.equal(['warn sign-in'])
    await rekey.close()
  })

  it('a version of the library that is outside of the range, or newer than the tested one', () => {
    const of = (used: string) =>
      version.run({ version: used, range: '^9.0.0', tested: '9.13.3' }) as readonly { severity?: string }[]
    expect(of('9.0.0')).to.deep.equal([])
    expect(of('9.13.3')).to.deep.equal([])
    expect(of('9.13.4')[0]).to.include({ severity: 'warn' })
    expect(of('10.0.0')).to.have.length(1).and.not.have.nested.property('[0].severity')
    expect(of('8.8.1')).to.have.length(1).and.not.have.nested.property('[0].severity')
  })
})
