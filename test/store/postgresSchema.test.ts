/** The tables: who makes them, when they are refused, and that a host's own tables and pool are left alone. */
import { expect } from 'chai'
import pg from 'pg'
import { openPostgres, schemaSql } from '../../src/store/postgres.ts'
import { calls } from '../../src/testing/storeContract/closing.ts'
import { atOnce, awkward, refusal } from '../../src/testing/storeContract/fixture.ts'
import { clock, postgresStage } from './postgresFixture.ts'

describe('The tables in PostgreSQL', () => {
  const at = postgresStage()
  const versions = () => at.ask<{ version: number }>('SELECT version FROM rekey.schema_versions')
  const opening = (options: object = {}) => refusal(at.open(options))

  it('are made once by processes that start together', async () => {
    const stores = await atOnce(6, () => at.open())
    await stores[0]!.records.swap('ada', 'one', 0)
    for (const store of stores) expect((await store.records.read('ada'))!.text).to.equal('one')
    expect(await versions()).to.deep.equal([{ version: 1 }, { version: 2 }])
  })

  it('are upgraded, and what is in them remains', async () => {
    await at.ask(schemaSql())
    const [of1] = schemaSql('rekey', 1).match(/ALTER TABLE[^]*(?=INSERT)/) ?? []
    expect(of1).to.contain('profile_tags')
    await at.ask(`
      DROP TABLE rekey.profile_tags; ALTER TABLE rekey.profiles DROP COLUMN tags;
      DELETE FROM rekey.schema_versions WHERE version = 2;
      INSERT INTO rekey.profiles VALUES ('1', 1, 'ada', 'ada@example.com', 'active', '{}')`)
    const { profiles } = await at.open()
    expect(await profiles.read('1')).to.deep.equal({ text: 'ada', version: 1 })
    const keys = { email: 'ada@example.com', status: 'active', words: [], tags: ['group:one'] }
    expect(await profiles.swap('1', 'ada', 1, keys)).to.equal(true)
    expect(await profiles.list({ tags: [['group:one']], limit: 1 })).to.have.lengthOf(1)
  })

  it('are apart from those in another schema', async () => {
    const [first, second] = await Promise.all([at.open(), at.open({ schema: 'Other_2' })])
    await first.records.swap('ada', 'one', 0)
    expect(await second.records.read('ada')).to.equal(null)
    await at.ask('DROP SCHEMA "Other_2" CASCADE')
  })

  it('are refused in a schema whose name PostgreSQL would change', async () => {
    for (const schema of ['', 'a b', 'a"; --', '1a', 'x'.repeat(64), 'é']) {
      expect(await opening({ schema }), schema).to.be.instanceOf(TypeError)
      expect(() => schemaSql(schema), schema).to.throw(TypeError)
    }
  })

  it('are not written when a newer program has made them', async () => {
    const store = await at.open()
    await store.close()
    await at.ask('INSERT INTO rekey.schema_versions VALUES (3)')
    expect((await opening()).message).to.match(
      /holds data of a newer oidc-rekey \(tables of version 3; this one knows 2\)/,
    )
    expect(await versions()).to.have.lengthOf(3)
  })

  it('are not made among those of another program', async () => {
    await at.ask('CREATE SCHEMA rekey; CREATE TABLE rekey.profiles (theirs text)')
    expect((await opening()).message).to.match(/has tables of another program in schema rekey; nothing was changed/)
    const tables = await at.ask(`SELECT table_name FROM information_schema.tables WHERE table_schema = 'rekey'`)
    expect(tables).to.deep.equal([{ table_name: 'profiles' }])
  })

  it('can be made by an administrator, for a user who may make none', async () => {
    await at.ask(`CREATE ROLE guest LOGIN PASSWORD 'guest'`)
    const url = at.server.url.replace(/\/\/[^@]+@/, '//guest:guest@')
    try {
      expect((await opening({ url, migrate: false })).message).to.match(
        /version 0 of the tables.*schemaSql\('rekey', 0\)/,
      )
      expect((await opening({ url })).message).to.match(/permission denied/)
      await at.ask(schemaSql())
      await at.ask(`
        GRANT USAGE ON SCHEMA rekey TO guest;
        GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA rekey TO guest`)
      for (const migrate of [false, true]) {
        const store = await at.open({ url, migrate, schema: 'rekey' })
        await store.journal('audit').append({ id: String(migrate), at: 1, text: '', tags: ['t'] })
        expect(await store.profiles.list({ limit: 1 })).to.deep.equal([])
      }
    } finally {
      await at.ask('DROP OWNED BY guest; DROP ROLE guest')
    }
  })

  it('are not made halfway by statements that run twice', async () => {
    await at.ask(schemaSql())
    expect((await refusal(at.ask(schemaSql()))).message).to.match(/already exists/)
    expect(await versions()).to.deep.equal([{ version: 1 }, { version: 2 }])
  })

  it('keep the order of bytes and every string in a database that sorts otherwise', async () => {
    await at.ask(`CREATE DATABASE sorted LOCALE_PROVIDER icu ICU_LOCALE 'en' TEMPLATE template0`)
    const store = await openPostgres({ url: at.server.url.replace(/\/postgres$/, '/sorted'), clock })
    try {
      for (const id of awkward) await store.artefacts.put('Session', `_${id}`, id, { indexes: { accountId: 'ada' } })
      const ids = (await store.artefacts.ofAccount('Session', 'ada', '', 100)).map(({ id }) => id)
      expect(ids).to.deep.equal(
        awkward.map((id) => `_${id}`).toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))),
      )
    } finally {
      await store.close()
    }
  })
})

describe('The pool of a host', () => {
  const at = postgresStage()

  it('is used with parsers and isolation of its own, and remains open', async () => {
    const types = { getTypeParser: () => () => 'parsed by the host' } as unknown as pg.CustomTypesConfig
    const pool = new pg.Pool({
      connectionString: at.server.url,
      types,
      options: '-c default_transaction_isolation=serializable',
      max: 3,
    })
    try {
      const store = await openPostgres({ pool, clock })
      expect(store.description).to.equal('PostgreSQL, schema rekey')
      await store.records.swap('counter', '0', 0)
      await atOnce(5, async () => {
        for (let left = 5; left > 0;) {
          const { text, version } = (await store.records.read('counter'))!
          if (await store.records.swap('counter', String(Number(text) + 1), version)) left--
        }
      })
      expect(await store.records.read('counter')).to.deep.equal({ text: '25', version: 26 })
      await store.close()
      expect((await pool.query({ text: 'SELECT 7 AS seven' })).rows).to.deep.equal([{ seven: 'parsed by the host' }])
      expect(pool.listenerCount('error')).to.equal(0)
    } finally {
      await pool.end()
    }
  })

  it('is asked for a connection once for each operation', async () => {
    const pool = new pg.Pool({ connectionString: at.server.url })
    try {
      const store = await openPostgres({ pool, clock })
      let acquired = 0
      pool.on('acquire', () => acquired++)
      for (const [name, call] of Object.entries(calls)) {
        acquired = 0
        await call(store)
        expect(acquired, name).to.equal(1)
      }
      await store.close()
    } finally {
      await pool.end()
    }
  })

  it('gives back every connection, whatever the answer', async () => {
    const pool = new pg.Pool({ connectionString: at.server.url, max: 2 })
    try {
      const store = await openPostgres({ pool, clock })
      for (let n = 0; n < 5; n++) {
        await refusal(store.artefacts.put('Session', 's', '', { expiresAt: NaN }))
        await refusal(store.counters.set('a', NaN, 1))
        await store.ping()
      }
      await store.close()
      expect([pool.totalCount, pool.waitingCount]).to.deep.equal([pool.idleCount, 0])
    } finally {
      await pool.end()
    }
  })
})
