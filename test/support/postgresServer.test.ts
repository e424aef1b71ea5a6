import { expect } from 'chai'
import { Client } from 'pg'
import { type PostgresServer, startPostgres } from './postgresServer.ts'

describe('a PostgreSQL of our own', () => {
  let postgres: PostgresServer
  before(async () => {
    postgres = await startPostgres()
  })
  after(async () => postgres.stop())

  const ask = async (statement: string) => {
    const client = new Client(postgres.url)
    client.on('error', () => {})
    try {
      await client.connect()
      return (await client.query<{ answer: unknown }>(statement)).rows[0]?.answer
    } finally {
      await client.end()
    }
  }

  it('answers as soon as it is started, in UTF-8, and syncs to disk', async () => {
    const setting = (name: string) => ask(`SELECT current_setting('${name}') AS answer`)
    expect(await setting('server_encoding')).to.equal('UTF8')
    expect(await setting('fsync')).to.equal('on')
    expect(await setting('synchronous_commit')).to.equal('on')
  })

  it('can be killed and brought back where it was, with what was committed', async () => {
    await ask('CREATE TABLE kept AS SELECT 7 AS answer')
    const { port, directory } = postgres
    await postgres.kill()
    expect(await ask('SELECT 1').catch(() => 'refused')).to.equal('refused')
    postgres = await startPostgres({ port, directory })
    expect(await ask('SELECT answer FROM kept')).to.equal(7)
  })
})
