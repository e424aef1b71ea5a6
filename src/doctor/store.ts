/** The store: whether it may be used, its clock, and whether the keys are those that sealed what it holds. */
import type { SealingKey } from '../crypto/sealing.ts'
import type { Preflight } from '../store/store.ts'
import type { Check, Facts, Trouble } from './check.ts'
import { KEY_RING_REMEDY, keyRingTrouble } from './keyRing.ts'

/** Longest ping of a store that is near. Milliseconds. */
const SLOW_MS = 50
/** The fastest of so many pings is judged, since a busy process delays single ones. Count. */
const PINGS = 3

export const store: Check<Facts> = {
  severity: 'fatal',
  mend: 'See docs/stores.md, which names the settings that each database needs',
  async run(facts) {
    const { store: given } = facts
    const times: number[] = []
    for (let ping = 0; ping < PINGS; ping++) {
      const begun = performance.now()
      // Concurrent pings would delay each other.
      await given.ping()
      times.push(performance.now() - begun)
    }
    const fastest = Math.round(Math.min(...times))
    const report = await preflightOf(facts)
    return [
      ...(report?.faults ?? []).map((found): Trouble => ({ found })),
      ...(report?.warnings ?? []).map((found): Trouble => ({ severity: 'warn', found })),
      ...(fastest > SLOW_MS ? [slow(fastest)] : []),
    ]
  },
}

const reports = new WeakMap<Facts, Promise<Preflight | undefined>>()

/** Read once in an examination, for both checks. */
function preflightOf(facts: Facts): Promise<Preflight | undefined> {
  const report = reports.get(facts) ?? Promise.resolve(facts.store.preflight?.())
  reports.set(facts, report)
  return report
}

const slow = (ms: number): Trouble => ({
  severity: 'warn',
  found: `the store answers after ${ms} ms, and a sign-in asks it about thirteen times`,
  mend: 'Run the database near this process',
})

/** Differences of clocks, in seconds: from the first links and codes are refused at their edges, from the second all codes are. */
const CLOCK_WARNING = 2
const CLOCK_FATAL = 20

export const clock: Check<Facts> = {
  severity: 'fatal',
  mend: 'Run NTP on both machines (timedatectl set-ntp true)',
  async run(facts) {
    const now = (await preflightOf(facts))?.now ?? null
    return now === null ? [] : clockTroubles(facts.clock.now(), now, 'the store')
  },
}

export function clockTroubles(ours: number, theirs: number, name: string): Trouble[] {
  const difference = Math.round(Math.abs(ours - theirs))
  if (difference <= CLOCK_WARNING) return []
  const severity = difference > CLOCK_FATAL ? 'fatal' : 'warn'
  return [{ severity, found: `the clocks of this process and of ${name} differ by ${difference} seconds` }]
}

export const keys: Check<Facts> = {
  severity: 'fatal',
  mend: KEY_RING_REMEDY,
  async run({ keys: ring, store: { artefacts } }) {
    if (isRepeated(ring))
      return [{ found: 'two keys have the same bytes', mend: 'Make another key: openssl rand -base64 32' }]
    const trouble = await keyRingTrouble(artefacts, ring)
    return trouble ? [trouble] : []
  },
}

function isRepeated(ring: readonly SealingKey[]): boolean {
  const texts = ring.map(({ key }) => Buffer.from(key).toString('hex'))
  return new Set(texts).size < texts.length
}
