/** The faults of the table: what happens, and what is allowed while it happens. */
import { setTimeout as pause } from 'node:timers/promises'
import { expect } from 'chai'
import { eventually, type FaultFixture } from '../../support/faultFixture.ts'
import type { FaultPost } from '../../support/faultyMailServer.ts'
import { LASTS_MS, storeFaults } from './storeFaults.ts'
import type { Rig } from './topologies.ts'

export interface Surroundings {
  readonly rig: Rig
  readonly underTest: FaultFixture
  readonly post: FaultPost
}

export interface Fault {
  /** null: it does not exist there. Resolves at the moment from which on the service has to heal. */
  readonly inject: (frame: Surroundings) => (() => Promise<unknown>) | null
  /** Whether requests may be left without an answer: a process of ours that is killed or frozen gives none. */
  readonly silences: boolean
  /** Whether resets may be refused: a clock that is wrong does not know the code of now. */
  readonly refuses: boolean
  /** Whether the store is another one afterwards: what follows needs a new one. */
  readonly isLast: boolean
}

/** After these the topology has another master, or fewer servers. */
const last: ReadonlySet<string> = new Set([
  'store is killed',
  'store is frozen',
  'store is replaced on request',
  'store has lost its replicas',
  'replica is lost, then the store fails',
])

const ofStore = storeFaults.map((name): [string, Fault] => [
  name,
  {
    inject: ({ rig, underTest }) => {
      const fault = rig.faults[name]
      return fault ? () => fault(underTest.server.dataDirectory) : null
    },
    silences: false,
    refuses: false,
    isLast: last.has(name),
  },
])

const restart = async (underTest: FaultFixture, which: readonly number[]): Promise<void> => {
  for (const n of which) await underTest.server.processes[n]!.start()
}

const ofProcesses: Readonly<Record<string, (frame: Surroundings) => Promise<unknown>>> = {
  'one process is killed': async ({ underTest }) => {
    await underTest.server.processes[0]!.kill()
    await pause(500)
    await restart(underTest, [0])
  },
  'both processes are killed': async ({ underTest }) => {
    const { processes } = underTest.server
    await Promise.all(processes.map((process) => process.kill()))
    await Promise.all(processes.map((process) => process.start()))
  },
  'one process is frozen': async ({ underTest }) => {
    const [process] = underTest.server.processes
    process!.freeze()
    await pause(LASTS_MS)
    process!.thaw()
  },
  'both are killed between a reset and its email': async ({ underTest, post }) => {
    const { processes } = underTest.server
    post.mood = 'reads'
    const before = post.letters.length
    await eventually(async () => expect(post.letters.length).to.be.greaterThan(before))
    await Promise.all(processes.map((process) => process.kill()))
    post.mood = 'takes'
    await Promise.all(processes.map((process) => process.start()))
  },
}

const ofNeighbours: Readonly<Record<string, (frame: Surroundings) => Promise<unknown>>> = {
  'mail server is silent': async ({ post }) => {
    post.mood = 'is silent'
    await pause(LASTS_MS)
    post.mood = 'takes'
  },
  'mail server is slow': async ({ post }) => {
    post.thinks = () => 2000
    await pause(LASTS_MS)
    post.thinks = () => 0
  },
}

const ofClocks: typeof ofNeighbours = {
  'clock of one process jumps by 95 s': async ({ underTest }) => {
    const [process] = underTest.server.processes
    await process!.setClock(95)
    await pause(LASTS_MS)
    await process!.setClock(0)
  },
}

const entries = (
  faults: Readonly<Record<string, (frame: Surroundings) => Promise<unknown>>>,
  { silences, refuses }: Pick<Fault, 'silences' | 'refuses'>,
): [string, Fault][] =>
  Object.entries(faults).map(([name, fault]) => [
    name,
    { inject: (frame) => () => fault(frame), silences, refuses, isLast: false },
  ])

/** Those after which another topology is needed are at the end. */
export const faults: ReadonlyMap<string, Fault> = new Map(
  [
    ...entries(ofNeighbours, { silences: false, refuses: false }),
    ...entries(ofClocks, { silences: false, refuses: true }),
    ...entries(ofProcesses, { silences: true, refuses: false }),
    ...ofStore,
  ].toSorted(([, a], [, b]) => Number(a.isLast) - Number(b.isLast)),
)
