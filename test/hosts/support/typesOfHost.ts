/** A strict host in TypeScript that imports every entrance of the package, and the ways in which a compiler finds it. */
export const typesOfHost = `import { createRekey, type Directory, type RekeyOptions } from 'oidc-rekey'
import { openPostgres } from 'oidc-rekey/postgres'
import { openRedis } from 'oidc-rekey/redis'
import { smtpMailer } from 'oidc-rekey/smtp'
import { openSqlite } from 'oidc-rekey/sqlite'
import { type Configuration, Provider } from 'oidc-provider'

export const drivers = { openPostgres, openRedis, openSqlite, smtpMailer }
export async function mount(options: RekeyOptions, yours: Configuration): Promise<Provider> {
  const rekey = await createRekey(options)
  const provider = new Provider(options.issuer, rekey.configuration(yours))
  await rekey.attach(provider)
  return provider
}
export const empty: Directory = { find: async () => null, list: async () => [], enrolled: async () => undefined }
`

export const strict = {
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  skipLibCheck: false,
  noEmit: true,
  target: 'es2023',
  lib: ['es2023', 'dom'],
}

export const resolutions = {
  node16: { module: 'node16', moduleResolution: 'node16' },
  nodenext: { module: 'nodenext', moduleResolution: 'nodenext' },
  bundler: { module: 'esnext', moduleResolution: 'bundler' },
}
