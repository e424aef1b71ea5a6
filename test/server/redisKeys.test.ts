/** The keys that say which Redis, or which several. */
import { expect } from 'chai'
import { configurationFixture } from './configurationFixture.ts'

describe('The Redis of the configuration', () => {
  const { read, faultsOf, production } = configurationFixture()
  const optionsOf = async (text: string, environment = {}) => {
    const { store } = await read(text, environment)
    return store.is === 'redis' ? store.options : store.is
  }
  const prefix = 'rekey:'

  it('is one server, or what sentinels name, or a cluster', async () => {
    expect(await optionsOf('')).to.equal('sqlite')
    expect(await optionsOf('', { REDIS_URL: 'redis://a' })).to.deep.equal({ url: 'redis://a', prefix, replicas: 0 })
    expect(await optionsOf('', { REDIS_SENTINEL: 'main@a.example:1,[fe80::1]:2' })).to.deep.equal({
      sentinel: { name: 'main', nodes: ['a.example:1', '[fe80::1]:2'] },
      prefix,
      replicas: 0,
    })
    expect(await optionsOf('redis: { prefix: "two:", replicas: 1 }', { REDIS_CLUSTER: 'a:1,b:2' })).to.deep.equal({
      cluster: ['a:1', 'b:2'],
      prefix: 'two:',
      replicas: 1,
    })
  })

  it('has users and encryption of its own for sentinels', async () => {
    const text = 'redis: { sentinel: "main@a:1", tls: true, sentinel_tls: false }'
    const environment = {
      REDIS_USERNAME: 'rekey',
      REDIS_PASSWORD: 'one',
      REDIS_SENTINEL_USERNAME: 'watcher',
      REDIS_SENTINEL_PASSWORD: 'two',
    }
    expect(await optionsOf(text, environment)).to.deep.equal({
      sentinel: { name: 'main', nodes: ['a:1'], username: 'watcher', password: 'two', tls: false },
      username: 'rekey',
      password: 'one',
      tls: true,
      prefix,
      replicas: 0,
    })
  })

  const addresses = ['a', 'a:1,', 'a:1 b:2', 'main@', '@a:1', 'redis://a:1', 'a:port']
  it('is addressed by host and port', async () => {
    for (const address of addresses) {
      expect(await faultsOf('', { REDIS_SENTINEL: address }), address).to.deep.equal([
        'REDIS_SENTINEL: must be name@host:port,host:port',
      ])
      expect(await faultsOf('', { REDIS_CLUSTER: address }), address).to.deep.equal([
        'REDIS_CLUSTER: must be host:port,host:port',
      ])
    }
    expect(await faultsOf('', { REDIS_CLUSTER: 'a:1,b:65536' })).to.deep.equal([
      'REDIS_CLUSTER: has a port beyond 65535',
    ])
  })

  it('is one store', async () => {
    const two = { REDIS_SENTINEL: 'main@a:1', REDIS_CLUSTER: 'a:1' }
    expect(await faultsOf('', two)).to.deep.equal([
      'REDIS_CLUSTER: there is one store, leave out this or REDIS_SENTINEL',
    ])
    expect(await faultsOf('', { DATABASE_URL: 'postgres://a/b', REDIS_CLUSTER: 'a:1' })).to.deep.equal([
      'DATABASE_URL: there is one store, leave out this or REDIS_CLUSTER',
    ])
  })

  it('has no key without a use', async () => {
    const faults: [text: string, fault: string][] = [
      ['{ url: "redis://a", tls: true }', 'redis.tls: write rediss:// in redis.url'],
      ['{ url: "redis://:p@a", password: s3cr3t }', 'redis.password: leave it out, redis.url has one'],
      ['{ url: "redis://a", ca_file: LICENSE }', 'redis.ca_file: has no certificate in PEM'],
      ['{ cluster: "a:1", sentinel_tls: true }', 'redis.sentinel_tls: is for redis.sentinel, which is not set'],
      [
        '{ cluster: "a:1", sentinel_password: s3cr3t }',
        'redis.sentinel_password: is for redis.sentinel, which is not set',
      ],
      ['{ cluster: "a:1", username: rekey }', 'redis.username: needs redis.password'],
    ]
    for (const [text, fault] of faults) expect(await faultsOf(`redis: ${text}`), text).to.deep.equal([fault])
  })

  it('has no password that is printed in the example', async () => {
    const environment = { ...(await production()), REDIS_CLUSTER: 'a:1', REDIS_PASSWORD: 'password' }
    expect(await faultsOf('', environment)).to.deep.equal([
      'REDIS_PASSWORD: is printed in config/production.example.yaml: make one of your own',
    ])
  })
})
