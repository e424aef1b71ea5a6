/** What a line of the audit takes: docs/backup.md says it. */
import { expect } from 'chai'
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { storedAudit } from '../../src/accounts/audit.ts'
import type { AuditEvent } from '../../src/ports.ts'
import { openRedis } from '../../src/store/redis.ts'
import { openSqlite } from '../../src/store/sqlite.ts'
import type { Store } from '../../src/store/store.ts'
import { redisFixture } from './redisFixture.ts'

const clock = { now: () => 1_800_000_000 }
const LINES = 1000

const signIn = (person: string): AuditEvent => ({
  id: randomBytes(16).toString('base64url'),
  at: clock.now(),
  type: 'sign_in.done',
  actor: person,
  target: person,
  outcome: 'done',
  reason: null,
  requestId: randomBytes(16).toString('base64url'),
  address: '203.0.113.0/24',
  device: { browser: 'Firefox 140', system: 'Windows 11' },
  client: 'webmail',
  session: randomBytes(16).toString('base64url'),
  method: 'otp',
  acr: 'urn:oidc-rekey:acr:2fa',
})

async function fill(store: Store): Promise<void> {
  const audit = storedAudit(store.journal('audit'), clock)
  const lines = Array.from({ length: LINES }, (_, n) => signIn(`person ${n % 100}, of the audit`))
  await Promise.all(lines.map((line) => audit.append(line)))
}

describe('A line of a sign-in', () => {
  const redis = redisFixture()

  it('takes about 0.9 KB on SQLite', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'rekey-bytes-'))
    const store = openSqlite({ directory, clock })
    await fill(store)
    await store.close()
    const { size } = await stat(join(directory, 'records.db'))
    await rm(directory, { recursive: true })
    expect(size / LINES).to.be.within(700, 1100)
  })

  it('takes about 0.8 KB in Redis', async () => {
    const memory = async (): Promise<number> =>
      Number(/used_memory_dataset:(\d+)/.exec(String(await redis.ask('INFO', 'memory')))?.[1])
    const store = await openRedis({ url: redis.server.url, clock })
    const before = await memory()
    await fill(store)
    const used = (await memory()) - before
    await store.close()
    expect(used / LINES).to.be.within(600, 1000)
  })
})
