/** Reads configurations from YAML texts in a temporary directory. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Environment } from '../../src/server/configuration/environment.ts'
import { ConfigurationError, readConfiguration } from '../../src/server/configuration/read.ts'
import { readSecrets } from '../../src/server/secrets.ts'

export function configurationFixture() {
  let directory: string
  before(async () => void (directory = await mkdtemp(join(tmpdir(), 'rekey-configuration-'))))
  after(() => rm(directory, { recursive: true }))

  async function read(yaml: string, environment: Environment = {}) {
    const path = join(directory, 'test.yaml')
    await writeFile(path, yaml)
    return readConfiguration({ CONFIG: path, ...environment })
  }

  async function faultsOf(yaml: string, environment: Environment = {}): Promise<readonly string[]> {
    try {
      await read(yaml, environment)
    } catch (error) {
      if (error instanceof ConfigurationError) return error.faults
      throw error
    }
    throw new Error('it was accepted')
  }

  /** All values that production requires. */
  async function production(): Promise<Environment> {
    const { encryption, cookies, jwks } = await readSecrets(await read('', { DATA_DIR: join(directory, 'keys') }))
    return {
      NODE_ENV: 'production',
      ISSUER: 'https://id.example.com',
      SMTP_URL: 'smtp://localhost:25',
      MAIL_FROM: 'Example <no-reply@example.com>',
      ENCRYPTION_KEYS: encryption.map(({ id, key }) => `${id}:${Buffer.from(key).toString('base64url')}`).join(','),
      COOKIE_KEYS: cookies.join(','),
      JWKS: JSON.stringify(jwks),
    }
  }

  return { read, faultsOf, production }
}
