/**
 * Two processes behind nginx without probes, restarted one after the other by SIGTERM with `shutdown_delay_seconds`: no sign-in fails. nginx
 * keeps connections to both, and repeats nothing that may have been done.
 */
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { exportJWK, generateKeyPair } from 'jose'
import { hashPassword } from '../../src/crypto/passwords.ts'
import { assemble, type Assembled } from '../../src/server/assemble.ts'
import { readConfiguration } from '../../src/server/configuration/read.ts'
import { createVisitor } from '../support/client.ts'
import { beginRequests, createSignInLoad } from '../support/load.ts'
import { mailboxOf } from '../support/managementCalls.ts'
import { type Nginx, startNginx } from '../support/nginx.ts'
import { createPeople } from '../support/people.ts'
import { startRedis, type RedisServer } from '../support/redisServer.ts'
import { clients, createRelyingParties } from '../support/relyingParties.ts'
import { freePorts, startServer, type TestServer } from '../support/server.ts'
import { createSignIns } from '../support/signIns.ts'

const nginxOf = (port: number, processes: readonly number[]): string => `
  upstream processes { ${processes.map((at) => `server 127.0.0.1:${at} max_fails=0;`).join(' ')} keepalive 16; }
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://processes;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $http_host;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
    }
  }`

describe('Two processes behind nginx', () => {
  let directory: string
  let issuer: string
  let redis: RedisServer
  let service: Assembled
  let nginx: Nginx
  const servers: TestServer[] = []

  before(async function () {
    this.timeout(180_000)
    directory = await mkdtemp(join(tmpdir(), 'rekey-rolling-'))
    const [port = 0] = await freePorts(1)
    issuer = `http://localhost:${port}`
    redis = await startRedis({ args: ['--appendonly', 'yes', '--appendfsync', 'always'] })
    const CONFIG = join(directory, 'configuration.yaml')
    const unlimited = { password_attempts: { per_network_per_hour: null }, anonymous: { writes_per_minute: null } }
    await writeFile(CONFIG, JSON.stringify({ demo: true, clients, shutdown_delay_seconds: 3, ...unlimited }))
    const { privateKey } = await generateKeyPair('RS256', { extractable: true })
    const environment = {
      CONFIG,
      ISSUER: issuer,
      TRUST_PROXY: '1',
      REDIS_URL: redis.url,
      ENCRYPTION_KEYS: `k1:${randomBytes(32).toString('base64url')}`,
      COOKIE_KEYS: randomBytes(32).toString('hex'),
      JWKS: JSON.stringify({ keys: [{ ...(await exportJWK(privateKey)), alg: 'RS256', use: 'sig', kid: 'k1' }] }),
    }
    for (let process = 0; process < 2; process++) servers.push(await startServer(environment, { processes: 1 }))
    service = await assemble(await readConfiguration({ ...environment, DATA_DIR: directory, LOG_LEVEL: 'silent' }))
    nginx = await startNginx(
      nginxOf(
        port,
        servers.flatMap(({ ports }) => ports),
      ),
      port,
    )
  })
  after(async () => {
    await nginx.stop()
    await service.close()
    for (const server of servers) await server.remove()
    await redis.stop()
    await rm(directory, { recursive: true, force: true })
  })

  it('are restarted one after the other without a failed sign-in', async function () {
    this.timeout(300_000)
    const password = randomBytes(12).toString('hex')
    const underTest = {
      server: service.clock,
      issuer,
      host: service,
      password,
      passwordHash: await hashPassword(password),
      visitor: () => createVisitor(issuer),
      mailed: mailboxOf(service),
      advance: () => Promise.reject(new Error('the clock of the processes is not moved')),
      eventually: <T>(check: () => Promise<T>) => check(),
    }
    const relyingParties = createRelyingParties(underTest)
    const source = { ...createPeople(underTest), ...relyingParties, ...createSignIns(underTest, relyingParties) }
    const load = createSignInLoad(source)
    await load.prepare(20)
    const signIns = load.begin(2)
    const requests = beginRequests(`${issuer}/.well-known/openid-configuration`, 20, 8)
    for (let round = 0; round < 2; round++)
      for (const server of servers) {
        await server.stop()
        await server.restart()
      }
    const reports = [await signIns.stop(), await requests.stop()]
    console.log(
      `      ${JSON.stringify(reports.map(({ failures, ...report }) => ({ ...report, failed: failures.length })))}`,
    )
    expect(reports.flatMap(({ failures }) => failures)).to.deep.equal([])
    expect(reports[0]?.done).to.be.greaterThan(10)
  })
})
