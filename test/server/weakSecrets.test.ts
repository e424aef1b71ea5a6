import { expect } from 'chai'
import { spawnSync } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ConfigurationError, readConfiguration } from '../../src/server/configuration/read.ts'
import { weakSecrets } from '../../src/server/configuration/weakSecrets.ts'
import { readSecrets } from '../../src/server/secrets.ts'

const nameOf = (path: readonly PropertyKey[]): string => path.map(String).join('.')
const faultsOf = (given: object): string[] => [...weakSecrets(given, nameOf)]
const ring = (bytes: Uint8Array): string => `k1:${Buffer.from(bytes).toString('base64url')}`
const various = (count: number): Uint8Array => Uint8Array.from({ length: 32 }, (_, n) => n % count)

describe('A secret of production', () => {
  let text: string
  before(async () => void (text = await readFile('config/production.example.yaml', 'utf8')))

  /** The first value of this key in the example file, commented out or not. */
  const printed = (key: string): string => new RegExp(`^ *#?${key}: (.*)$`, 'm').exec(text)?.[1] ?? ''
  const within = (list: string): string[] => list.replaceAll(/[[\]']/g, '').split(', ')

  it('is none of those printed in the example, at whichever key', () => {
    const urls = [...text.matchAll(/(?:rediss?|smtps?|postgres):\/\/[^\s]*:[^\s@]+@\S+/g)].map(([url]) => url)
    expect(urls).to.have.length.of.at.least(3)
    const [redisUrl, databaseUrl, smtpUrl] = [
      urls.find((url) => url.startsWith('redis')),
      urls.find((url) => url.startsWith('postgres')),
      urls.find((url) => url.startsWith('smtp')),
    ]
    const faults = faultsOf({
      keys: { encryption: within(printed('encryption')), cookies: within(printed('cookies')) },
      clients: [...text.matchAll(/^ *#?client_secret: (\S+)$/gm)].map(([, secret]) => ({ client_secret: secret })),
      redis: { url: redisUrl },
      database: { url: databaseUrl, schema: 'rekey' },
      mail: { smtp_url: smtpUrl },
    })
    const why = 'is printed in config/production.example.yaml: make one of your own'
    expect(faults).to.deep.equal([
      `keys.encryption: "2025a" ${why}`,
      `keys.cookies: number 1 ${why}`,
      `clients[0].client_secret: ${why}`,
      `redis.url: the password ${why}`,
      `database.url: the password ${why}`,
      `mail.smtp_url: the password ${why}`,
    ])
  })

  it('has enough different bytes, a string enough different characters', () => {
    const why = 'is too regular to be a secret: make a random one'
    const encryption = [various(1).fill(255), various(2), various(15), various(16)].map(ring)
    expect(faultsOf({ keys: { encryption } })).to.deep.equal(Array(3).fill(`keys.encryption: "k1" ${why}`))
    const cookies = ['x'.repeat(40), 'ab'.repeat(20), '1234567'.repeat(5), '0123456789abcdef'.repeat(2)]
    expect(faultsOf({ keys: { cookies } })).to.deep.equal([1, 2, 3].map((n) => `keys.cookies: number ${n} ${why}`))
    expect(faultsOf({ clients: [{ client_secret: 'x'.repeat(40) }, {}] })).to.have.length(1)
  })

  it('that was generated here is accepted', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'rekey-weak-'))
    const { encryption, cookies } = await readSecrets(await readConfiguration({ DATA_DIR: directory }))
    await rm(directory, { recursive: true })
    expect(faultsOf({ keys: { encryption: encryption.map(({ key }) => ring(key)), cookies } })).to.deep.equal([])
  })

  const weak = { ENCRYPTION_KEYS: ring(various(1)), COOKIE_KEYS: 'a-string-of-at-least-thirty-two-characters' }
  const isOfThese = (line: string): boolean => /is printed|too regular/.test(line)

  it('stops the start with one line per fault in production only', async () => {
    const error = await readConfiguration({ NODE_ENV: 'production', ...weak }).catch((thrown: unknown) => thrown)
    expect((error as ConfigurationError).faults.filter(isOfThese)).to.deep.equal([
      'ENCRYPTION_KEYS: "k1" is printed in config/production.example.yaml: make one of your own',
      'COOKIE_KEYS: number 1 is printed in config/production.example.yaml: make one of your own',
    ])
    const { keys } = await readConfiguration(weak)
    expect(keys.cookies).to.deep.equal([weak.COOKIE_KEYS])
  })

  it('makes the program exit with 1', () => {
    const env = { PATH: process.env['PATH'], NODE_ENV: 'production', ...weak }
    const { status, stderr, stdout } = spawnSync(process.execPath, ['src/cli.ts', 'config', 'check'], {
      env,
      encoding: 'utf8',
    })
    expect(status, stdout + stderr).to.equal(1)
    expect(`${stdout}${stderr}`.split('\n').filter(isOfThese)).to.have.length(2)
    expect(stdout + stderr).not.to.include('AAAAAAAA')
  })
})
