/** Clients that the provider would refuse at every request: each is constructed as the provider does, before a socket opens. */
import { importJWK } from 'jose'
import type { ClientMetadata, Provider } from 'oidc-provider'
import { draw } from '../crypto/random.ts'
import { createRekey } from '../index.ts'
import { memoryStore } from '../store/memory.ts'
import { metadataOf } from './clientList.ts'
import { type Client, clientKeys } from './configuration/clients.ts'
import type { Configuration } from './configuration/configuration.ts'
import { createProvider } from './provider.ts'
import { optionsOf } from './rekeyOptions.ts'
import { keySetOf, type Secrets } from './secrets.ts'

/** @param clients by their place in the file */
export async function refusedClients(
  clients: ReadonlyMap<number, Client>,
  configuration: Configuration,
): Promise<string[]> {
  const secrets = { ...unusedSecrets(), jwks: await keySetOf(configuration) }
  const provider = await createJudge({ ...configuration, clients: [], demo: false }, secrets)
  if (typeof provider === 'string') return [provider]
  const judged = [...clients].map(async ([index, client]) => {
    const refusal = (await refusalOf(provider, metadataOf(client))) ?? (await refusedKeys(client))
    return refusal === null ? [] : [lineOf(index, refusal)]
  })
  return (await Promise.all(judged)).flat()
}

/** They decide nothing about clients. */
const unusedSecrets = (): Omit<Secrets, 'jwks'> => ({
  encryption: [{ id: 'unused', key: draw(32) }],
  cookies: ['unused'],
})

/** A provider with all that the configuration says, and without a store; a fault where its keys allow none. */
async function createJudge(configuration: Configuration, secrets: Secrets): Promise<Provider | string> {
  const rekey = await createRekey({
    ...optionsOf(configuration),
    store: memoryStore(),
    directory: { find: async () => null, list: async () => [], enrolled: async () => undefined },
    mail: { send: async () => undefined },
    keys: secrets.encryption,
  })
  try {
    return createProvider(rekey, configuration, secrets)
  } catch (error) {
    return `keys.jwks: ${error instanceof Error ? error.message : String(error)}`
  }
}

/** The refusal begins with the key; null: accepted. */
async function refusalOf({ Client }: Provider, metadata: ClientMetadata): Promise<string | null> {
  try {
    await Client.validate(metadata)
    return null
  } catch (error) {
    const { error_description: description, cause, message } = error as Error & { readonly error_description?: string }
    // The reason why a key set is invalid is the cause, and names no value.
    return (cause instanceof Error ? cause.message : description) ?? message
  }
}

/** `clients[0].scope: must …`, as other faults of the file. */
function lineOf(index: number, refusal: string): string {
  const [, key = '', rest = ''] = /^([a-z_]+)\b(.*)$/.exec(refusal) ?? []
  if (!(key in clientKeys.shape)) return `clients[${index}]: ${refusal}`
  // Not a sentence about one key: "jwks and jwks_uri must not …", "jwks.keys[0].d must not …".
  if (!rest.startsWith(' ') || rest.startsWith(' and ')) return `clients[${index}].${key}: ${refusal}`
  return `clients[${index}].${key}:${rest}`
}

/** Algorithms of a client's assertion, by the kind of key. */
const verifiable: Readonly<Record<string, readonly string[]>> = {
  RSA: ['RS256', 'PS256'],
  'P-256': ['ES256'],
  Ed25519: ['EdDSA', 'Ed25519'],
}

/** The library looks for a key when it verifies: without one no assertion of this client is ever valid. */
async function refusedKeys(client: Client): Promise<string | null> {
  if (client.token_endpoint_auth_method !== 'private_key_jwt' || !client.jwks) return null
  const { token_endpoint_auth_signing_alg: wanted } = client
  const reasons = await Promise.all(
    client.jwks.keys.map(async ({ kty, crv, alg, use = 'sig', ...key }, index) => {
      const possible = verifiable[kty === 'RSA' ? 'RSA' : String(crv)] ?? []
      const fitting = possible.filter((name) => name === (alg ?? name) && name === (wanted ?? name))
      if (use !== 'sig' || fitting[0] === undefined) return 'unfit'
      return importJWK({ kty, crv, ...key } as Parameters<typeof importJWK>[0], fitting[0]).then(
        () => null,
        () => `jwks.keys[${index}] is no ${kty} key`,
      )
    }),
  )
  if (reasons.includes(null)) return null
  return (
    reasons.find((reason) => reason !== 'unfit') ??
    `jwks must hold a public key that verifies ${wanted ?? 'a signature'}`
  )
}
