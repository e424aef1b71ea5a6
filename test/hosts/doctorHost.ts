/** Hosts for the doctor: a healthy mount without a server, and what differs in it. */
import { cpSync, existsSync, mkdirSync } from 'node:fs'
import { expect } from 'chai'
import { type Configuration, Provider } from 'oidc-provider'
import { createRekey, type Directory, type Finding, MountRefused, type Person, type Rekey } from 'oidc-rekey'
import type { RekeyOptions } from 'oidc-rekey'
import { memoryStore } from '../../src/store/memory.ts'
import { clock, redirectUri } from '../support/host.ts'

export const issuer = 'https://id.acme.example'
export const keys = [{ id: 'k1', key: new Uint8Array(32).fill(7) }]

export const person = (id: string): Person => ({
  id,
  email: `${id}@example.com`,
  name: id,
  locale: null,
  roles: [],
  groups: [],
  status: 'active',
  createdAt: 0,
  secondFactorSince: null,
})

const people = ['ana', 'ben'].map(person)
export const directory: Directory = {
  find: async (id) => people.find((item) => item.id === id) ?? null,
  authenticate: async () => null,
  enrolled: async () => undefined,
  list: async ({ limit }) => people.slice(0, limit),
}

export const configuration: Configuration = {
  clients: [{ client_id: 'app', client_secret: 'secret', redirect_uris: [redirectUri] }],
  cookies: { keys: ['a key of thirty-two characters or more'] },
}

/** What differs from a healthy host. */
export interface Broken {
  readonly options?: Partial<RekeyOptions>
  readonly configuration?: Configuration
  /** Default: as the README says. */
  readonly provider?: (rekey: Rekey, wanted: Configuration) => Provider | Promise<Provider>
}

export const withDirectory = (change: Partial<Record<keyof Directory, unknown>>): Broken => ({
  options: { directory: { ...directory, ...change } as Directory },
})
export const listing = (...listed: Person[]): Broken =>
  withDirectory({
    list: async ({ limit }: { limit: number }) => listed.slice(0, limit),
    find: async (id: string) => listed.find((item) => item.id === id) ?? null,
  })

export const mounted = (rekey: Rekey, wanted: Configuration): Provider =>
  new Provider(issuer, rekey.configuration(wanted))

export async function openMount(broken: Broken = {}) {
  const rekey = await createRekey({
    issuer,
    directory,
    keys,
    store: memoryStore({ clock }),
    mail: { send: async () => undefined },
    existingFactors: 'none',
    ...broken.options,
  })
  const provider = await (broken.provider ?? mounted)(rekey, { ...configuration, ...broken.configuration })
  return { rekey, provider }
}

/** What attach reports, whether it refuses or not. */
export async function attachedFindings(rekey: Rekey, provider: Provider): Promise<readonly Finding[]> {
  try {
    return await rekey.attach(provider)
  } catch (error) {
    expect(error).to.be.instanceOf(MountRefused)
    return (error as MountRefused).findings
  }
}

export async function findingsOf(broken: Broken = {}): Promise<readonly Finding[]> {
  const { rekey, provider } = await openMount(broken)
  const findings = await attachedFindings(rekey, provider)
  await rekey.close()
  return findings
}

/** Each once, without what only informs. */
export const faults = (findings: readonly Finding[]): string[] => [
  ...new Set(findings.filter(({ severity }) => severity !== 'info').map(({ severity, id }) => `${severity} ${id}`)),
]

/** Another installation of oidc-provider, as npm makes it below a dependency. */
export async function secondCopy(): Promise<typeof Provider> {
  const folder = new URL('../../node_modules/.cache/second-copy/', import.meta.url)
  const copy = new URL('oidc-provider/', folder)
  mkdirSync(folder, { recursive: true })
  if (!existsSync(copy)) cpSync(new URL('../../node_modules/oidc-provider', import.meta.url), copy, { recursive: true })
  const library = (await import(new URL('lib/index.js', copy).href)) as { readonly Provider: typeof Provider }
  return library.Provider
}

/** The methods of an object of a class, so that some can be replaced. */
export function bound<T extends object>(given: T): T {
  const own = [given, Object.getPrototypeOf(given) as object].flatMap((item) => Object.getOwnPropertyNames(item))
  const methods = own.map((name) => [name, Reflect.get(given, name) as unknown] as const)
  return Object.fromEntries(
    methods.flatMap(([name, method]) => (typeof method === 'function' ? [[name, method.bind(given) as unknown]] : [])),
  ) as T
}
