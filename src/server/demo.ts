/** The people and the relying parties of the demonstration, and the one client the house always has: its own console. */
import { hashPassword } from '../crypto/passwords.ts'
import type { Role } from '../ports.ts'
import type { Client, Configuration } from './configuration.ts'
import { managementScopes } from './configurationClients.ts'
import type { Accounts, NewAccount } from './directory.ts'
import { ownClientSecret, type Secrets } from './secrets.ts'

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

const person = (word: string, name: string, more: Partial<NewAccount> = {}): NewAccount => ({
  id: word,
  email: `${word}@example.com`,
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
  readonly email: string
  readonly is: Role | 'user' | 'pending' | 'disabled'
}

/** Whom the start page names, and what each is there to show. */
export const demoPeople: readonly DemoPerson[] = people.map(({ email, roles, status }) => ({
  email,
  is: status === 'pending' || status === 'disabled' ? status : (roles?.[0] ?? 'user'),
}))

/** Creates those who are missing; whoever exists stays as they are. How many were new. */
export async function createDemoAccounts(accounts: Accounts, password: string): Promise<number> {
  const missing = []
  for (const one of people) if (!(await accounts.findByEmail(one.email))) missing.push(one)
  if (missing.length === 0) return 0
  const passwordHash = await hashPassword(password)
  const made = []
  for (const one of missing) made.push(await accounts.create({ ...one, passwordHash }))
  return made.filter((one) => one !== 'exists').length
}

/** The clients of the file and, unless the file defines its own under the same id, the console and (in the demo) the sample. */
export function allClients(configuration: Configuration, secrets: Secrets): readonly Client[] {
  const own = [consoleClient(configuration), ...(configuration.demo ? [sampleClient(configuration)] : [])]
  const missing = own.filter(({ client_id }) => configuration.clients.every((client) => client.client_id !== client_id))
  const complete = missing.map((client) => ({ ...client, client_secret: ownClientSecret(secrets, client.client_id) }))
  return [...configuration.clients, ...complete]
}

const ours = {
  grant_types: ['authorization_code', 'refresh_token'],
  token_endpoint_auth_method: 'client_secret_basic',
  post_logout_redirect_uris: [],
  first_party: true,
  management_scopes: [...managementScopes],
  introspects: [],
} satisfies Partial<Client>

const consoleClient = ({ issuer, brand }: Configuration): Client => ({
  ...ours,
  client_id: 'console',
  client_name: `${brand.name} console`,
  redirect_uris: [`${issuer}/admin/callback`],
  post_logout_redirect_uris: [`${issuer}/admin`],
})

function sampleClient({ sampleOrigin: origin }: Configuration): Client {
  return {
    ...ours,
    client_id: 'sample',
    client_name: 'Sample application',
    redirect_uris: [`${origin}/callback`],
    post_logout_redirect_uris: [`${origin}/`],
    backchannel_logout_uri: `${origin}/backchannel-logout`,
    backchannel_logout_session_required: true,
  }
}
