/** The people of the demonstration, and its relying party. */
import { hashPassword } from '../crypto/passwords.ts'
import type { Role } from '../ports.ts'
import type { Client } from './configuration/clients.ts'
import type { Configuration } from './configuration/configuration.ts'
import { managementScopes } from '../ports.ts'
import type { Accounts, NewAccount } from './directory.ts'
import { firstPartyClientSecret, type Secrets } from './secrets.ts'

const users = [
  'Ana Silva',
  'Ben Okafor',
  'Chloé Laurent',
  'Dmitri Ivanov',
  'Emma Schäfer',
  'Farid Haddad',
  'Greta Lindqvist',
  'Hiro Tanaka',
  'Isabel Moreno',
  'Jonas Weber',
  'Kavya Reddy',
  'Liam O’Connor',
]

const person = (id: string, name: string, more: Partial<NewAccount> = {}): NewAccount => ({
  id,
  email: `${id}@example.com`,
  name,
  ...more,
})
const staff = (role: Role): Partial<NewAccount> => ({ roles: [role] })

const people: readonly NewAccount[] = [
  person('admin', 'Ada Admin', staff('admin')),
  person('helpdesk', 'Henry Helpdesk', staff('helpdesk')),
  ...users.map((name, index) => person(`user${String(index + 1).padStart(2, '0')}`, name)),
  person('pending', 'Petra Pending', { status: 'pending' }),
  person('disabled', 'David Disabled', { status: 'disabled' }),
]

export interface DemoPerson {
  readonly id: string
  readonly name: string
  readonly email: string
  readonly is: Role | 'user' | 'pending' | 'disabled'
}

/** The people on the start page, with role or status. */
export const demoPeople: readonly DemoPerson[] = people.map(({ id = '', name, email, roles, status }) => ({
  id,
  name,
  email,
  is: status === 'pending' || status === 'disabled' ? status : (roles?.[0] ?? 'user'),
}))

/** Creates missing people and leaves existing ones unchanged. Returns the number of new ones. */
export async function createDemoAccounts(accounts: Accounts, password: string): Promise<number> {
  const missing = []
  for (const item of people) {
    const found = await accounts.findByEmail(item.email)
    if (!found) missing.push(item)
    // Data of an earlier version has the accents in its search keys.
    else if (/[^\x20-\x7E]/.test(found.name)) await accounts.renewKeys(found.id)
  }
  if (missing.length === 0) return 0
  const passwordHash = await hashPassword(password)
  const made = []
  for (const item of missing) made.push(await accounts.create({ ...item, passwordHash }))
  return made.filter((item) => item !== 'exists').length
}

/** The clients of the file; in the demo also the sample, unless the file has a client of that id. */
export function allClients(
  { clients, demo, sampleOrigin }: Pick<Configuration, 'clients' | 'demo' | 'sampleOrigin'>,
  secrets: Secrets,
): readonly Client[] {
  if (!demo || clients.some(({ client_id }) => client_id === SAMPLE)) return clients
  return [...clients, { ...sampleClient(sampleOrigin), client_secret: firstPartyClientSecret(secrets, SAMPLE) }]
}

const SAMPLE = 'sample'

function sampleClient(origin: string): Client {
  return {
    client_id: SAMPLE,
    grant_types: ['authorization_code', 'refresh_token'],
    token_endpoint_auth_method: 'client_secret_basic',
    first_party: true,
    management_scopes: [...managementScopes],
    introspects: [],
    origins: [],
    claims: [],
    client_name: 'Sample application',
    redirect_uris: [`${origin}/callback`],
    post_logout_redirect_uris: [`${origin}/`],
    backchannel_logout_uri: `${origin}/backchannel-logout`,
    backchannel_logout_session_required: true,
  }
}
