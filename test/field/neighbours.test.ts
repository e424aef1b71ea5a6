/** Two installations on one database, and users of a database with too few rights: each is named at the start. */
import { expect } from 'chai'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { draw } from '../../src/crypto/random.ts'
import { keyRingTrouble } from '../../src/doctor/keyRing.ts'
import { StoreUnfit } from '../../src/errors.ts'
import { readConfiguration } from '../../src/server/configuration/read.ts'
import { openService } from '../../src/server/commands/openService.ts'
import { noteIssuer } from '../../src/server/issuerOfStore.ts'
import { serve } from '../../src/server/serve.ts'
import { memoryStore } from '../../src/store/memory.ts'
import { openPostgres } from '../../src/store/postgres.ts'
import { tableGrants } from '../../src/store/postgres/grants.ts'
import { openRedis } from '../../src/store/redis.ts'
import { refusal } from '../../src/testing/storeContract/fixture.ts'
import { read } from '../docs/pages.ts'
import { grantsSql, redisRules, withLeastGrants, withLeastPermissions } from '../store/leastRights.ts'
import { clock, postgresStage } from '../store/postgresFixture.ts'
import { redisFixture } from '../store/redisFixture.ts'
import { freePorts } from '../support/server.ts'

const ring = (...ids: string[]): string => ids.map((id) => `${id}:${keys[id]}`).join()
const keys: Record<string, string> = Object.fromEntries(
  ['k1', 'k2', 'theirs'].map((id) => [id, draw(32).toString('base64url')]),
)

describe('Another installation on the same database', () => {
  const redis = redisFixture()
  const postgres = postgresStage()
  let directory = ''
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'rekey-neighbours-'))
  })
  after(() => rm(directory, { recursive: true, force: true }))

  /** Starts the server and stops it again. */
  async function starts(environment: Record<string, string>, file: object = {}): Promise<void> {
    const [port = 0, samplePort = 0] = await freePorts(2)
    const path = join(directory, 'configuration.yaml')
    await writeFile(path, JSON.stringify({ demo: true, log_level: 'silent', ...file }))
    const configuration = await readConfiguration({
      CONFIG: path,
      DATA_DIR: join(directory, 'data'),
      PORT: String(port),
      SAMPLE_PORT: String(samplePort),
      ...environment,
    })
    await (await serve(configuration, () => undefined)).stop()
  }

  const databases: Readonly<Record<string, () => Record<string, string>>> = {
    SQLite: () => ({}),
    Redis: () => ({ REDIS_URL: redis.server.url }),
    PostgreSQL: () => ({ DATABASE_URL: postgres.server.url }),
  }
  for (const [name, at] of Object.entries(databases))
    it(`is refused in ${name}, and a key may be rotated`, async () => {
      const own = at()
      await starts({ ...own, ENCRYPTION_KEYS: ring('k1') })
      const refused = await refusal(starts({ ...own, ENCRYPTION_KEYS: ring('theirs') }))
      expect(refused).to.be.instanceOf(StoreUnfit)
      expect(refused.message).to.match(/keys lacks "k1".*another installation.*redis\.prefix or a database\.schema/)
      await starts({ ...own, ENCRYPTION_KEYS: ring('k2', 'k1') })
      await starts({ ...own, ENCRYPTION_KEYS: ring('k2') })
      expect((await refusal(starts({ ...own, ENCRYPTION_KEYS: ring('k1') }))).message).to.match(/keys lacks "k2"/)
    })

  it('writes nothing there: neither people of its demonstration nor audit lines', async () => {
    const own = { REDIS_URL: redis.server.url, ENCRYPTION_KEYS: ring('k1') }
    await starts({ ...own }, { demo: false })
    const before = await redis.ask<string[]>('KEYS', '*')
    await refusal(starts({ ...own, ENCRYPTION_KEYS: ring('theirs') }))
    expect((await redis.ask<string[]>('KEYS', '*')).toSorted()).to.deep.equal(before.toSorted())
  })

  it('is refused to the commands too', async () => {
    const url = { REDIS_URL: redis.server.url, DATA_DIR: join(directory, 'data') }
    await starts({ ...url, ENCRYPTION_KEYS: ring('k1') })
    const configuration = await readConfiguration({ ...url, ENCRYPTION_KEYS: ring('theirs'), LOG_LEVEL: 'silent' })
    expect(await refusal(openService(configuration))).to.be.instanceOf(StoreUnfit)
  })

  it('works with a prefix of its own', async () => {
    const url = { REDIS_URL: redis.server.url }
    await starts({ ...url, ENCRYPTION_KEYS: ring('k1') })
    await starts({ ...url, ENCRYPTION_KEYS: ring('theirs') }, { redis: { prefix: 'second:' } })
    const prefixes = (await redis.ask<string[]>('KEYS', '*')).map((key) => key.split(':')[0])
    expect(new Set(prefixes)).to.deep.equal(new Set(['rekey', 'second']))
  })

  it('that starts at the same moment finds the store taken', async () => {
    const { artefacts } = memoryStore({ clock })
    const rings = ['k1', 'k2', 'theirs'].map((id) => [{ id, key: Buffer.from(keys[id] ?? '', 'base64url') }])
    const troubles = await Promise.all(rings.map((each) => keyRingTrouble(artefacts, each)))
    expect(troubles.filter((trouble) => trouble === null)).to.have.length(1)
  })

  it('with the same keys and another issuer is reported, once for each change', async () => {
    const store = memoryStore({ clock })
    const lines: string[] = []
    const note = (issuer: string) => noteIssuer(store, { issuer }, (line) => lines.push(line))
    for (const issuer of ['https://id.example', 'https://id.example']) await note(issuer)
    expect(lines).to.deep.equal([])
    for (const issuer of ['https://id.staging.example', 'https://id.staging.example', 'https://id.example'])
      await note(issuer)
    expect(lines).to.have.length(2)
    expect(lines[0]).to.match(
      /for the issuer https:\/\/id\.example before, now it is https:\/\/id\.staging\.example.*redis\.prefix/,
    )
  })

  it('has no prefix that is no prefix, or a pattern', async () => {
    for (const prefix of ['', 'rekey', ':', '{a}:', 'a*:', 'a b:', `${'x'.repeat(64)}:`]) {
      const path = join(directory, 'prefix.yaml')
      await writeFile(path, JSON.stringify({ redis: { prefix } }))
      expect((await refusal(readConfiguration({ CONFIG: path }))).message, prefix).to.match(/^redis\.prefix: must be/)
    }
  })
})

describe('A user of Redis who lacks a permission', () => {
  const at = redisFixture()
  const opening = async (rules: readonly string[], prefix = 'rekey:') =>
    openRedis({ url: await withLeastPermissions(at.server.url, prefix, rules), clock })

  it('reads at the start which one', async () => {
    for (const missing of redisRules.filter((rule) => !optional.has(rule))) {
      const error = await refusal(opening(redisRules.filter((rule) => rule !== missing)))
      expect(error, missing).to.be.instanceOf(StoreUnfit)
      expect(error.message.toLowerCase()).to.contain(missing.slice(1).split('|')[0])
    }
  })
  const optional = new Set(['+time', '+wait', '+select', '+client|setname'])

  it('reads that the keys are forbidden', async () => {
    expect((await refusal(opening(redisRules, 'other:'))).message).to.match(/no permissions to access|NOPERM/i)
  })

  it('reads all of them in docs/stores.md', () => {
    const [, rules = ''] = /^ACL SETUSER rekey on >PASSWORD ~rekey:\* (.+)$/m.exec(read('docs/stores.md').text) ?? []
    expect(rules.split(' ')).to.deep.equal(redisRules)
  })

  it('needs none but those: the store opens', async () => {
    for (const rule of ['', ...optional]) await (await opening(redisRules.filter((item) => item !== rule))).close()
  })
})

describe('A user of PostgreSQL who lacks a right', () => {
  const at = postgresStage()

  it('reads all of them in docs/stores.md', () => {
    expect(read('docs/stores.md').text).to.contain(`\n${grantsSql('rekey', 'rekey')}\n`)
  })

  const every = Object.entries(tableGrants).flatMap(([table, grants]) => grants.map((grant) => [table, grant] as const))

  it('reads at the start which one', async () => {
    const url = await withLeastGrants(at.server.url)
    await (await openPostgres({ url, clock })).close()
    for (const [table, grant] of every) {
      await at.ask(`REVOKE ${grant} ON rekey.${table} FROM least`)
      const error = await refusal(openPostgres({ url, clock }))
      expect(error, `${grant} ${table}`).to.be.instanceOf(StoreUnfit)
      expect(error.message).to.match(new RegExp(`${grant} ON rekey.${table}|permission denied for table ${table}`))
      await at.ask(`GRANT ${grant} ON rekey.${table} TO least`)
    }
  })
})
