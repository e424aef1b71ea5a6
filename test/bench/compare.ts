/** Alternates the two sides and makes a line of their costs: medians of the rounds. */
import { setTimeout as pause } from 'node:timers/promises'
import { type Act, COUNTED, run } from './acts.ts'
import { counted } from './browser.ts'
import type { Usage } from './probe.ts'
import type { Side } from './side.ts'

/** Our server writes the audit lines of sign-ins together, once a second. Milliseconds. */
const EFFECTS_MS = 1200
/** How long an idle process is watched. Milliseconds. */
const IDLE_MS = 3000

interface Sides {
  readonly ours: Side
  readonly bare: Side
  readonly rounds: number
}

export interface Line {
  readonly name: string
  readonly ours_cpu_ms: number
  readonly [field: string]: unknown
}

export async function compare(act: Act, { ours, bare, rounds }: Sides): Promise<Line> {
  const sides = act.atBare ? [ours, bare] : [ours]
  for (const side of sides) await run(await act.prepare(side, act.perRound))
  const cpu: number[][] = []
  for (let round = 0; round < rounds; round++) cpu.push(await turn(act, sides, round % 2 === 1))
  const [usage, bareUsage] = await Promise.all(sides.map((side) => side.usage()))
  const ratios = cpu.flatMap(([mine = 0, theirs]) => (theirs === undefined ? [] : [mine / theirs]))
  const cpuOf = (side: number): number => rounded(median(cpu.map((pair) => pair[side] ?? 0)), 2)
  const counts = await count(act, ours)
  const bareCounts = act.atBare ? await count(act, bare) : {}
  return {
    name: act.name,
    ours_cpu_ms: cpuOf(0),
    ...(act.atBare && {
      bare_cpu_ms: cpuOf(1),
      ratio: rounded(median(ratios), 2),
      ratios: [Math.min(...ratios), Math.max(...ratios)].map((ratio) => rounded(ratio, 2)),
    }),
    ...counts,
    ...Object.fromEntries(Object.entries(bareCounts).map(([key, value]) => [`bare_${key}`, value])),
    ...memory(usage, bareUsage),
  }
}

/** From the start of the process to its first answer. */
export function compareStart(on: string, { atStart: mine }: Side, { atStart: theirs }: Side): Line {
  return {
    name: `start, ${on}`,
    ours_cpu_ms: Math.round(mine.cpuMs),
    bare_cpu_ms: Math.round(theirs.cpuMs),
    ratio: rounded(mine.cpuMs / theirs.cpuMs, 2),
    ...memory(mine, theirs),
  }
}

function memory(mine: Usage | undefined, theirs: Usage | undefined): object {
  if (!mine || !theirs) return {}
  const [ours, bare] = [mine.rssMib, theirs.rssMib]
  return { rss_mib: Math.round(ours), bare_rss_mib: Math.round(bare), rss_ratio: rounded(ours / bare, 2) }
}

/** One round of each side. CPU of an act at each, with what it causes afterwards. Milliseconds. */
async function turn(act: Act, sides: readonly Side[], isReversed: boolean): Promise<number[]> {
  const works = await Promise.all(sides.map((side) => act.prepare(side, act.perRound)))
  if (act.hasEffects) await pause(EFFECTS_MS)
  const used = new Map<Side, () => Promise<number>>()
  for (const side of isReversed ? sides.toReversed() : sides) {
    const before = await side.usage()
    await run(works[sides.indexOf(side)] ?? [])
    const soFar = async (): Promise<number> => ((await side.usage()).cpuMs - before.cpuMs) / act.perRound
    const now = await soFar()
    used.set(side, act.hasEffects ? soFar : async () => now)
  }
  if (act.hasEffects) await pause(EFFECTS_MS)
  return Promise.all(sides.map(async (side) => (await used.get(side)?.()) ?? 0))
}

interface Counts {
  readonly store_commands: number
  readonly round_trips: number
  readonly requests: number
  readonly bytes: number
}

type Grown = Readonly<Record<'commands' | 'trips' | 'bytes' | 'ms', number>>

/** Of an act, when nothing else happens; what an idle process does in the same time is deducted. */
async function count(act: Act, side: Side): Promise<Counts> {
  const works = await act.prepare(side, COUNTED)
  await pause(EFFECTS_MS)
  const idle = await idleOf(side)
  const { requests } = counted
  const busy = await during(side, async () => {
    await run(works, 1)
    if (act.hasEffects) await pause(EFFECTS_MS)
  })
  const each = (key: 'commands' | 'trips' | 'bytes', digits: number): number =>
    rounded(Math.max(0, busy[key] - (idle[key] / idle.ms) * busy.ms) / COUNTED, digits)
  return {
    store_commands: each('commands', 1),
    round_trips: each('trips', 1),
    requests: (counted.requests - requests) / COUNTED,
    bytes: each('bytes', 0),
  }
}

const idles = new Map<Side, Promise<Grown>>()
function idleOf(side: Side): Promise<Grown> {
  const found = idles.get(side) ?? during(side, () => pause(IDLE_MS))
  idles.set(side, found)
  return found
}

async function during(side: Side, work: () => Promise<unknown>): Promise<Grown> {
  const [before, began] = [await side.usage(), performance.now()]
  await work()
  const [after, ms] = [await side.usage(), performance.now() - began]
  const grown = (key: 'commands' | 'trips' | 'bytes'): number => after[key] - before[key]
  return { commands: grown('commands'), trips: grown('trips'), bytes: grown('bytes'), ms }
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

const rounded = (value: number, digits: number): number => Number(value.toFixed(digits))
