/** Trends of a soak per hour, by least squares, and whether they are within their bounds. */
import type { Acts } from './soakLoad.ts'

export interface Sample extends Acts {
  /** Since the load began. Seconds. */
  readonly at: number
  readonly rssMib: number
  readonly heapMib: number
  readonly storeBytes: number
  /** 0: not known. */
  readonly unexplainedBytes: number
  /** Of the sign-ins of these seconds. Milliseconds. */
  readonly p50: number
  readonly p99: number
}

interface Line {
  readonly name: string
  readonly ok: boolean
  readonly [field: string]: unknown
}

/** Caches and the code of the server grow in the first minutes. */
const WARM_UP_SECONDS = 600
/** The collector frees the whole heap every few minutes at ten sign-ins a second: the least value of so many samples counts. */
const COLLECTED = 30
/** Session, grant, access token, their indexes and the audit line; codes of the last minutes. Bytes. */
const BYTES_OF_A_SIGN_IN = 8000
/** The bytes of most entries are estimated. */
const UNEXPLAINED_OF_A_SIGN_IN = 200

/** How long entries of a kind are valid, where it is more than a minute. Seconds. */
const VALID = new Map([
  ['Session', 43_200],
  ['Grant', 1_209_600],
  ['RefreshToken', 1_209_600],
  ['AccessToken', 3600],
  ['ResetHint', 28_800],
])
/** The store deletes later than an entry expires, and samples have a distance. Seconds. */
const DELETED_AFTER = 360

interface End {
  /** Until the last one has ended. */
  readonly acts: Acts
  /** Entries by kind. */
  readonly counts: ReadonlyMap<string, number>
  /** Count. */
  readonly accounts: number
}

export function verdict(samples: readonly Sample[], { acts, counts, accounts }: End): readonly Line[] {
  const end = samples.at(-1)
  if (!end) throw new Error('there are no samples')
  const warm = samples.filter(({ at }) => at > Math.min(WARM_UP_SECONDS, end.at / 3))
  const begin = warm[0] ?? end
  const trend = (
    name: keyof Sample,
    boundPerHour: (mean: number) => number,
    points: readonly Sample[] = warm,
  ): Line => {
    const mean = meanOf(points.map((sample) => sample[name]))
    const perHour = slope(points.map((sample) => [sample.at / 3600, sample[name]]))
    const bound = boundPerHour(mean)
    return { name, mean: rounded(mean), per_hour: rounded(perHour), bound: rounded(bound), ok: perHour <= bound }
  }
  const signInsPerHour = ((end.signIns - begin.signIns) / (end.at - begin.at)) * 3600
  return [
    trend('rssMib', () => 32),
    trend('heapMib', () => 16, leastOfEach(warm, COLLECTED)),
    trend('p50', (mean) => mean / 5),
    trend('p99', (mean) => mean / 2),
    trend('storeBytes', () => BYTES_OF_A_SIGN_IN * signInsPerHour),
    ...(end.unexplainedBytes > 0 ? [trend('unexplainedBytes', () => UNEXPLAINED_OF_A_SIGN_IN * signInsPerHour)] : []),
    { name: 'failed', count: acts.failed, bound: 0, ok: acts.failed === 0 },
    ...[...counts].flatMap(([kind, count]) => {
      // Lists of all accounts and of the audit are not entries of an act: their bytes are above.
      if (kind.startsWith('{')) return []
      const bound =
        kind === 'record' || kind.startsWith('account:')
          ? accounts
          : atMost(acts) - atMost(samples.findLast(({ at }) => at < end.at - keptOf(kind)))
      return [{ name: `entries: ${kind}`, count, bound, ok: count <= bound }]
    }),
  ]
}

const keptOf = (kind: string): number => (VALID.get(kind.replace(/^\w+:/, '')) ?? 60) + DELETED_AFTER

/** An act leaves at most one entry of a kind; a reset with its set-up is two sign-ins and itself. */
const atMost = (acts: Acts | undefined): number =>
  acts ? acts.signIns + acts.refreshes + 3 * acts.resets + acts.failed : 0

function leastOfEach(samples: readonly Sample[], count: number): readonly Sample[] {
  const groups = Array.from({ length: Math.ceil(samples.length / count) }, (_, n) =>
    samples.slice(n * count, (n + 1) * count),
  )
  return groups.map((group) => group.reduce((least, sample) => (sample.heapMib < least.heapMib ? sample : least)))
}

const meanOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length
const rounded = (value: number): number => Number(value.toFixed(1))

function slope(points: readonly (readonly [number, number])[]): number {
  const [x, y] = [meanOf(points.map(([at]) => at)), meanOf(points.map(([, value]) => value))]
  return meanOf(points.map(([at, value]) => (at - x) * (value - y))) / meanOf(points.map(([at]) => (at - x) ** 2))
}
