/** The clients: our own, and what the host's are allowed. */
import { firstPartyClientId } from '../oidc/firstPartyClients.ts'
import { type Check, type Facts, messageOf, type Trouble } from './check.ts'

/** A set-up takes time: an application must be installed first. Seconds. */
const SHORTEST_INTERACTION = 1800

export const clients: Check<Facts> = {
  severity: 'fatal',
  mend: 'See docs/mounting.md, which says what the console and the account page need of your configuration',
  async run(facts) {
    const own = await Promise.all(
      facts.attachment.openApps().map((app) => troublesOfOwn(facts, firstPartyClientId(facts.clientIds, app))),
    )
    const theirs = await Promise.all([refused(facts), unreachable(facts)])
    return [...own.flat(), ...closedApps(facts), ...flows(facts), ...lifetimes(facts), ...theirs.flat()]
  },
}

async function troublesOfOwn({ provider, attachment }: Facts, id: string): Promise<Trouble[]> {
  const { ofHost } = attachment.storage()
  if (await ofHost?.('Client').find(id))
    return [
      {
        found: `your adapter has a client ${JSON.stringify(id)}, which is an id of oidc-rekey`,
        mend: 'Give ours other ids: clientIds: { console, account }',
      },
    ]
  try {
    await provider.Client.find(id)
    return []
  } catch (error) {
    const { error_description: detail } = error as { readonly error_description?: string }
    return [{ found: `your configuration refuses our client ${JSON.stringify(id)}: ${detail ?? messageOf(error)}` }]
  }
}

const closedApps = ({ apps, attachment }: Facts): Trouble[] =>
  apps.length > 0 && attachment.openApps().length === 0
    ? [
        {
          severity: 'warn',
          found: 'the console and the account page are closed: your configuration leaves them no way to sign in',
          mend: 'Allow the response type code and one of client_secret_basic, client_secret_post, none; or set apps: []',
        },
      ]
    : []

function flows({ attachment }: Facts): Trouble[] {
  const { clients: theirs = [], pkce } = attachment.configuration()
  const implicit = theirs.filter(({ response_types: types = [] }) =>
    types.some((type) => /\b(id_token|token)\b/.test(type)),
  )
  const isOff = (id: string): boolean =>
    pkce?.required?.({} as never, { clientId: id, clientAuthMethod: 'none' } as never) === false
  const withoutPkce = theirs.filter(
    ({ client_id: id, token_endpoint_auth_method: method }) => method === 'none' && hasNoPkce(() => isOff(id)),
  )
  return [
    ...implicit.map(({ client_id: id }) => risky(id, 'gets tokens in the address of a page (implicit flow)')),
    ...withoutPkce.map(({ client_id: id }) => risky(id, 'is public and needs no PKCE')),
  ]
}

/** The library constructs a client at its first request: it would refuse each of them, and the start says nothing. */
async function refused({ provider, attachment }: Facts): Promise<Trouble[]> {
  const { clients: theirs = [] } = attachment.configuration()
  const troubles = theirs.map(async (client): Promise<Trouble[]> => {
    try {
      await provider.Client.validate(client)
      return []
    } catch (error) {
      const { error_description: detail } = error as { readonly error_description?: string }
      const found = `the provider refuses the client ${JSON.stringify(client.client_id)} at every request: ${detail ?? messageOf(error)}`
      return [{ severity: 'warn', found, mend: 'Correct its metadata in clients' }]
    }
  })
  return (await Promise.all(troubles)).flat()
}

/** A function that needs more than a client's id is not judged. */
function hasNoPkce(judge: () => boolean): boolean {
  try {
    return judge()
  } catch {
    return false
  }
}

const risky = (id: string, what: string): Trouble => ({
  severity: 'warn',
  found: `the client ${JSON.stringify(id)} ${what}`,
  mend: 'Use the code flow with PKCE (RFC 9700)',
})

/** Hosts that are looked up at most: a start must not wait for DNS. Count. */
const MOST_HOSTS = 20

/** Addresses of clients that no request of the provider can reach. A host's own `fetch` decides by itself. */
async function unreachable({ attachment, isBarred }: Facts): Promise<Trouble[]> {
  const { clients: theirs = [], fetch: own } = attachment.configuration()
  if (own) return []
  const uris = theirs.flatMap((client) =>
    (['backchannel_logout_uri', 'jwks_uri', 'sector_identifier_uri'] as const).flatMap((key) => {
      const url = URL.parse(String(client[key]))
      return url ? [{ id: client.client_id, key, url }] : []
    }),
  )
  const byHost = new Map(uris.map((uri) => [uri.url.host, uri]))
  const troubles = await Promise.all(
    [...byHost.values()].slice(0, MOST_HOSTS).map(async ({ id, key, url }): Promise<Trouble[]> => {
      if (!(await isBarred(url.href))) return []
      const found = `the ${key} of the client ${JSON.stringify(id)} is in a private network: ${url.hostname}`
      return [{ severity: 'warn', found, mend: 'List the network under outgoing.allow' }]
    }),
  )
  return troubles.flat()
}

function lifetimes({ attachment }: Facts): Trouble[] {
  const given = attachment.configuration().ttl?.Interaction
  return typeof given === 'number' && given < SHORTEST_INTERACTION
    ? [
        {
          severity: 'warn',
          found: `ttl.Interaction is ${given} seconds, too short to set up an authenticator`,
          mend: `Set ttl: { Interaction: ${SHORTEST_INTERACTION} } or more`,
        },
      ]
    : []
}
