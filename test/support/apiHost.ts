/** The management API on a host in memory, with its own rules and the people, relying parties and sign-ins of the attacks. */
import { randomBytes } from 'node:crypto'
import { hashPassword } from '../../src/crypto/passwords.ts'
import type { Configuration } from 'oidc-provider'
import type { Directory, RekeyOptions } from '../../src/index.ts'
import { createDirectory } from '../../src/server/directory.ts'
import { memoryStore } from '../../src/store/memory.ts'
import type { Store } from '../../src/store/store.ts'
import type { ServiceUnderTest } from './serverFixture.ts'
import { createManagementCalls } from './managementCalls.ts'
import { clients, createRelyingParties } from './relyingParties.ts'
import { createPeople } from './people.ts'
import { createSignIns } from './signIns.ts'
import { createVisitor } from './client.ts'
import { clock, startHost } from './host.ts'
import { isSecret } from './secrets.ts'

export type ApiHost = Awaited<ReturnType<typeof openApiHost>>

const password = `Pa55-${randomBytes(12).toString('hex')}`
let hashed: Promise<string> | undefined

export interface ApiHostOptions
  extends
    Pick<RekeyOptions, 'rules' | 'required' | 'onError' | 'clock' | 'outgoing'>,
    Partial<Pick<RekeyOptions, 'mail'>> {
  /** Default: in memory. */
  readonly store?: Store
  /** Limits the directory that the API sees; people are created in the whole directory. */
  readonly directory?: (whole: Required<Omit<Directory, 'signedOut' | 'foreignFactor'>>) => Directory
  /** What the host sets besides. Default: nothing. */
  readonly configure?: (usual: Configuration) => Configuration
}

export async function openApiHost({
  directory: shown = (whole) => whole,
  store = memoryStore({ clock }),
  configure = (usual) => usual,
  ...options
}: ApiHostOptions = {}) {
  const directory = createDirectory({ profiles: store.profiles, clock })
  const host = await startHost({
    store,
    options: { ...options, directory: shown(directory) },
    configuration: configure({
      clients: clients.map((client) => ({
        response_types: client.redirect_uris.length > 0 ? ['code' as const] : [],
        ...client,
      })),
      scopes: ['openid', 'offline_access'],
      features: { devInteractions: { enabled: false }, clientCredentials: { enabled: true } },
    }),
  })
  isSecret('password', password)
  const service: ServiceUnderTest = {
    server: clock,
    issuer: host.issuer,
    host: { rekey: host.rekey, directory, store, clock },
    password,
    passwordHash: await (hashed ??= hashPassword(password)),
    visitor: () => createVisitor(host.issuer),
    mailed: async (email) => host.letters.filter(({ to }) => to === email).toReversed(),
    async advance() {
      throw new Error('time is nobody’s to move here: two codes are all that a person has')
    },
    async eventually(check) {
      await host.rekey.idle()
      return check()
    },
  }
  const people = createPeople(service)
  const relyingParties = createRelyingParties(service)
  const signIns = createSignIns(service, relyingParties)
  const services = createManagementCalls(service, people, relyingParties, signIns)
  return {
    ...service,
    provider: host.provider,
    ...people,
    ...relyingParties,
    ...signIns,
    ...services,
    close: () => host.close(),
  }
}
