/**
 * One side of the benchmark in its own process: `ours`, or `bare`, the same provider with the same store and directory, and a password page and a
 * code page of the same size. Sends its origin and its usage by IPC.
 */
import { argv, cpuUsage } from 'node:process'
import { exportJWK, generateKeyPair } from 'jose'
import { createDirectory } from '../../src/server/directory.ts'
import { openPostgres } from '../../src/store/postgres.ts'
import { openRedis } from '../../src/store/redis.ts'
import { openSqlite } from '../../src/store/sqlite.ts'
import type { Store } from '../../src/store/store.ts'
import { clock, password, startHost } from '../support/host.ts'
import { startBare } from './bare.ts'
import { type Request, emailOf, type Reply } from './messages.ts'

const [side = 'ours', where = ''] = argv.slice(2)
const counted = { commands: 0 }
const redis = where.startsWith('redis:') ? await openRedis({ url: where, clock }) : null
const postgres = where.startsWith('postgres:') ? await openPostgres({ url: where, clock }) : null
const store = redis ?? counting(postgres ?? openSqlite({ directory: where, clock }))
const commandsSoFar = (): number => redis?.traffic().commands ?? counted.commands

const accounts = createDirectory({ profiles: store.profiles, clock })
/** The look-up without the hash, which would be four fifths of the cost on both sides. */
const directory = {
  ...accounts,
  authenticate: async (email: string, typed: string) => {
    const person = await accounts.findByEmail(email)
    return typed === password ? person : null
  },
}

const { privateKey } = await generateKeyPair('RS256', { extractable: true })
const jwks = { keys: [await exportJWK(privateKey)] }
const host =
  side === 'ours'
    ? await startHost({ store, options: { directory, anonymousWritesPerMinute: null }, configuration: { jwks } })
    : null
const bare = host ? null : await startBare({ store, directory, jwks })
send({ is: 'ready', issuer: (host ?? bare)?.issuer ?? '' })

process.on('message', (request: Request) => void answer(request))

async function answer(request: Request): Promise<void> {
  switch (request.is) {
    case 'people': {
      for (const [id, secret] of Object.entries(request.secrets)) {
        if (host) await host.rekey.adopt([{ id, secret }])
        const secondFactorSince = host ? clock.now() : null
        await accounts.create({ id, email: emailOf(id), name: id, status: 'active', secondFactorSince })
      }
      return send({ is: 'done' })
    }
    case 'pages':
      bare?.show(request.pages)
      return send({ is: 'done' })
    case 'usage': {
      await host?.rekey.idle()
      const { user, system } = cpuUsage()
      return send({ is: 'usage', cpuMs: (user + system) / 1000, commands: commandsSoFar() })
    }
    case 'stop':
      await host?.close()
      await bare?.close()
      await store.close()
      process.disconnect()
  }
}

function send(reply: Reply): void {
  process.send?.(reply)
}

/** Counts the calls, each of which is a statement in PostgreSQL; Redis counts its commands itself. */
function counting(inner: Store): Store {
  const count = <T extends object>(part: T): T =>
    new Proxy(part, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name)
        if (typeof value !== 'function') return value
        return (...given: unknown[]): unknown => {
          counted.commands += 1
          return Reflect.apply(value, target, given)
        }
      },
    })
  const { records, artefacts, profiles, ...rest } = inner
  return { ...rest, records: count(records), artefacts: count(artefacts), profiles: count(profiles) }
}
