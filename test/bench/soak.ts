/**
 * `npm run soak`: one server, as an operator runs it, under steady load: sign-ins, with the hash of the password, at times refreshes, and a
 * reset with its set-up every ten seconds. Prints a line of JSON per minute, then trends with their bounds; docs/benchmark.md explains them.
 *
 * SOAK_MINUTES=60 · SOAK_RATE=10: sign-ins a second · SOAK_STORE=redis, sqlite
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { hashPassword } from '../../src/crypto/passwords.ts'
import { freePort } from '../support/freePort.ts'
import { PASSWORD } from './password.ts'
import { everybodyOf, importFile, people } from './people.ts'
import { createRelyingParty } from './relyingParty.ts'
import { startServer } from './side.ts'
import { createLoad } from './soakLoad.ts'
import { openSoakStore } from './soakStore.ts'
import { type Sample, verdict } from './soakVerdict.ts'
import { startSurroundings } from './surroundings.ts'

const MINUTES = Number(process.env['SOAK_MINUTES'] ?? 60)
const RATE = Number(process.env['SOAK_RATE'] ?? 10)
const STORE = process.env['SOAK_STORE'] ?? 'redis'
/** Between two samples. Seconds. */
const EVERY = 10

if (!(MINUTES >= 5 && RATE > 0)) throw new Error('SOAK_MINUTES is 5 or more, SOAK_RATE more than 0')

const population = {
  // A code is good for one sign-in, so nobody signs in twice within 90 seconds.
  signingIn: people(Math.max(100, Math.ceil(RATE * 90)), { name: 'person' }),
  // One administrator may reset 20 people an hour, and one person takes five links an hour.
  helpdesk: people(60, { name: 'helpdesk', roles: ['helpdesk'] }),
  toReset: people(240, { name: 'lost' }),
}
const everybody = everybodyOf(population)

const directory = await mkdtemp(join(tmpdir(), 'rekey-soak-'))
const { environment, close } = await startSurroundings()
const store = await openSoakStore(STORE, join(directory, 'ours/data'))
const metricsPort = await freePort()
const server = await startServer('ours', {
  directory: join(directory, 'ours'),
  url: store.url,
  environment: { ...environment, METRICS_PORT: String(metricsPort) },
  people: importFile(everybody, await hashPassword(PASSWORD)),
  flags: [],
})
let isEnding = false
server.died.catch((error: unknown) => {
  if (isEnding) return
  console.error(error)
  process.exit(1)
})
const load = createLoad(createRelyingParty(server.issuer, 'ours'), { ...population, rate: RATE })

const samples: Sample[] = []
const began = performance.now()
const seconds = (): number => (performance.now() - began) / 1000
for (let n = 1; n * EVERY <= MINUTES * 60; n++) {
  await pause(n * EVERY * 1000 - seconds() * 1000)
  const isWhole = n % (60 / EVERY) === 0
  samples.push(await sample(isWhole))
  if (isWhole) console.log(JSON.stringify(rounded(samples.at(-1)!)))
}
await load.stop()
const lines = verdict(samples, { acts: load.counts, counts: (await store.census()).counts, accounts: everybody.length })
for (const line of lines) console.log(JSON.stringify(line))
isEnding = true
await server.stop()
await store.stop()
await close()
await rm(directory, { recursive: true })
process.exit(lines.every(({ ok }) => ok) ? 0 : 1)

async function sample(isWhole: boolean): Promise<Sample> {
  const text = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text()
  const metric = (name: string): number => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1]) / 2 ** 20
  // It reads every key, so once a minute is enough.
  const { unexplained } = isWhole ? await store.census() : { unexplained: samples.at(-1)?.unexplainedBytes ?? 0 }
  return {
    at: seconds(),
    rssMib: metric('process_resident_memory_bytes'),
    heapMib: metric('nodejs_heap_size_used_bytes'),
    storeBytes: await store.size(),
    unexplainedBytes: unexplained,
    ...load.latencies(),
    ...load.counts,
  }
}

function rounded(line: Sample): object {
  return Object.fromEntries(Object.entries(line).map(([key, value]) => [key, Number(value.toFixed(1))]))
}
