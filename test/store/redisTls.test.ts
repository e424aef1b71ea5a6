/** TLS with a certificate of a private authority: one Redis, one behind a sentinel, and a cluster of one node. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { generate } from 'selfsigned'
import { StoreUnavailable } from '../../src/errors.ts'
import { openRedis, type RedisOptions } from '../../src/store/redis.ts'
import { refusal, start } from '../../src/testing/storeContract/fixture.ts'
import { freePorts } from '../support/freePort.ts'
import { spawnRedis } from '../support/redisServer.ts'
import { eventually } from './redisFixture.ts'

const clock = { now: () => start }
const NODE = 'f'.repeat(40)

describe('Redis by TLS', () => {
  let directory: string
  let ca: string
  let ports: number[]
  const ends: ((signal: NodeJS.Signals) => Promise<void>)[] = []

  /** A server without a port in plain text. */
  async function listen(port: number, lines: readonly string[], sentinel = false): Promise<void> {
    const own = join(directory, String(port))
    const tls = [
      'port 0',
      `tls-port ${port}`,
      `tls-cert-file ${directory}/certificate.pem`,
      `tls-key-file ${directory}/key.pem`,
      `tls-ca-cert-file ${directory}/certificate.pem`,
      'tls-auth-clients no',
      'tls-replication yes',
    ]
    const rest = ['bind 127.0.0.1', `dir ${directory}`, ...(sentinel ? [] : ['save ""'])]
    await writeFile(own, [...tls, ...rest, ...lines, ''].join('\n'))
    const { end } = await spawnRedis(sentinel ? [own, '--sentinel'] : [own], sentinel ? 'monitor master' : undefined)
    ends.push(end)
  }

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'oidc-rekey-tls-'))
    const { cert, private: key } = await generate([{ name: 'commonName', value: 'Acme' }], {
      extensions: [
        { name: 'basicConstraints', cA: true },
        { name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] },
      ],
    })
    ca = cert
    await writeFile(join(directory, 'certificate.pem'), cert)
    await writeFile(join(directory, 'key.pem'), key)
    ports = await freePorts(4)
    const [single, sentinel, node, bus] = ports as [number, number, number, number]
    await listen(single, [])
    await listen(sentinel, [`sentinel monitor main 127.0.0.1 ${single} 1`], true)
    await writeFile(
      join(directory, 'nodes.conf'),
      `${NODE} 127.0.0.1:${node}@${bus} myself,master - 0 0 1 connected 0-16383\nvars currentEpoch 1 lastVoteEpoch 0\n`,
    )
    const cluster = ['cluster-enabled yes', 'cluster-config-file nodes.conf', 'tls-cluster yes', `cluster-port ${bus}`]
    await listen(node, [...cluster, 'cluster-node-timeout 500'])
  })
  after(async () => {
    await Promise.all(ends.map((end) => end('SIGKILL')))
    await rm(directory, { recursive: true, force: true })
  })

  const topologies: Record<string, () => RedisOptions> = {
    'one server': () => ({ url: `rediss://127.0.0.1:${ports[0]}` }),
    'a master that a sentinel names': () => ({
      sentinel: { name: 'main', nodes: [`127.0.0.1:${ports[1]}`] },
      tls: true,
    }),
    'a cluster': () => ({ cluster: [`127.0.0.1:${ports[2]}`], tls: true }),
  }
  for (const [name, options] of Object.entries(topologies))
    it(`is a store on ${name}, and is not trusted without the authority`, async () => {
      // A cluster accepts writes two seconds after its start.
      const store = await eventually(() => openRedis({ ...options(), ca, clock }))
      expect(await store.records.swap(name, 'one', 0)).to.equal(true)
      await store.close()
      const error = await refusal(openRedis({ ...options(), clock }))
      expect(error).to.be.instanceOf(StoreUnavailable)
      expect(error.message).to.match(/certificate/)
    })

  it('is not read in plain text', async () => {
    const error = await refusal(openRedis({ url: `redis://127.0.0.1:${ports[0]}`, clock }))
    expect(error).to.be.instanceOf(StoreUnavailable)
  })
})
