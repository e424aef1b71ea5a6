import { expect } from 'chai'
import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { readConfiguration } from '../../src/server/configuration/read.ts'
import { demoPassword, firstPartyClientSecret, readSecrets } from '../../src/server/secrets.ts'

describe('The secrets of development', () => {
  let root: string
  beforeEach(async () => void (root = await mkdtemp(join(tmpdir(), 'rekey-secrets-'))))
  afterEach(() => rm(root, { recursive: true }))
  const at = (name: string) => readConfiguration({ DATA_DIR: join(root, name) })

  it('are generated once and are the same at the next start', async () => {
    const first = await readSecrets(await at('data'))
    expect(await readSecrets(await at('data'))).to.deep.equal(first)
    expect(await readSecrets(await at('other'))).not.to.deep.equal(first)
  })

  it('can be read by their owner only', async () => {
    await readSecrets(await at('data'))
    await demoPassword(join(root, 'data'))
    const directory = join(root, 'data')
    const files = await readdir(directory)
    expect(files).to.have.members(['encryption-keys', 'cookie-keys', 'jwks.json', 'demo-password'])
    const modes = await Promise.all(
      [directory, ...files.map((file) => join(directory, file))].map((path) => stat(path)),
    )
    expect(modes.map(({ mode }) => (mode & 0o777).toString(8))).to.deep.equal(['700', '600', '600', '600', '600'])
  })

  it('are an RSA key first, which signs RS256, an EC key, 32 bytes to seal with, and 256 bits for cookies', async () => {
    const { encryption, cookies, jwks } = await readSecrets(await at('data'))
    expect(jwks.keys.map(({ kty, alg, use }) => [kty, alg, use])).to.deep.equal([
      ['RSA', 'RS256', 'sig'],
      ['EC', 'ES256', 'sig'],
    ])
    expect(Buffer.from(String(jwks.keys[0]?.n), 'base64url')).to.have.length(256)
    expect(encryption.map(({ key }) => key.byteLength)).to.deep.equal([32])
    expect(cookies[0]).to.match(/^[\w-]{43}$/)
  })

  it('are the same in processes that start at the same time', async () => {
    const program = `
      const { readConfiguration } = await import('${resolve('src/server/configuration/read.ts')}')
      const { readSecrets, demoPassword } = await import('${resolve('src/server/secrets.ts')}')
      const configuration = await readConfiguration(process.env)
      console.log(JSON.stringify([await readSecrets(configuration), await demoPassword(configuration.dataDirectory)]))`
    const environment = { ...process.env, DATA_DIR: join(root, 'data') }
    const run = () =>
      promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program], { env: environment })
    const said = await Promise.all([run(), run(), run(), run()])
    expect(new Set(said.map(({ stdout }) => stdout))).to.have.property('size', 1)
  })

  it('store the demo password exactly as it is typed', async () => {
    const password = await demoPassword(root)
    expect(await readFile(join(root, 'demo-password'), 'utf8')).to.equal(password)
    expect(password).to.match(/^[A-Za-z0-9]{22}$/)
  })

  it('give first-party clients secrets that survive a rotation and differ from each other', async () => {
    const secrets = await readSecrets(await at('data'))
    const rotated = { ...secrets, encryption: [{ id: 'new', key: new Uint8Array(32) }, ...secrets.encryption] }
    expect(firstPartyClientSecret(rotated, 'console')).to.equal(firstPartyClientSecret(secrets, 'console'))
    expect(firstPartyClientSecret(secrets, 'console')).not.to.equal(firstPartyClientSecret(secrets, 'sample'))
    expect(firstPartyClientSecret(secrets, 'console')).to.match(/^[\w-]{44}$/)
  })
})

describe('The secrets of production', () => {
  it('are only those of the configuration, and nothing is written', async () => {
    const root = await mkdtemp(join(tmpdir(), 'rekey-secrets-'))
    const made = await readSecrets(await readConfiguration({ DATA_DIR: join(root, 'development') }))
    const rings = (key: number) =>
      `k${key}:${Buffer.from(Array.from({ length: 32 }, (_, n) => (n === 0 ? key : n))).toString('base64url')}`
    const [newer, older] = ['n', 'o'].map((letter) => letter + 'abcdefghijklmnopqrstuvwxyz012345')
    const configuration = await readConfiguration({
      NODE_ENV: 'production',
      DATA_DIR: join(root, 'production'),
      SMTP_URL: 'smtp://localhost',
      MAIL_FROM: 'a@example.com',
      ENCRYPTION_KEYS: `${rings(2)},${rings(1)}`,
      COOKIE_KEYS: `${newer},${older}`,
      JWKS: JSON.stringify(made.jwks),
    })
    const { encryption, cookies, jwks } = await readSecrets(configuration)
    expect(encryption.map(({ id, key }) => [id, key[0]])).to.deep.equal([
      ['k2', 2],
      ['k1', 1],
    ])
    expect(cookies).to.deep.equal([newer, older])
    expect(jwks).to.deep.equal(made.jwks)
    expect(await readdir(root)).to.deep.equal(['development'])
    await rm(root, { recursive: true })
  })
})
