/** What is measured. Each act is prepared first, which is not counted; then all of its work is done, a few at the same time. */
import { type BenchPerson, createPopulation, type Population } from './people.ts'
import type { Tokens } from './relyingParty.ts'
import type { Side } from './side.ts'

export type Work = () => Promise<unknown>

export interface Act {
  readonly name: string
  /** In a round of one side. Count. */
  readonly perRound: number
  /** Whether work goes on after the answers: audit lines, emails. */
  readonly hasEffects: boolean
  /** Whether the bare provider has it. */
  readonly atBare: boolean
  prepare(side: Side, count: number): Promise<readonly Work[]>
}

export interface Plan {
  readonly population: Population
  readonly acts: readonly Act[]
}

/** In a round of one side. Count. */
const RESETS = 60
/** Acts whose commands and trips are counted, one after another. Count. */
export const COUNTED = 10

/** @param signIns of each side in a round */
export function planOf(signIns: number, rounds: number): Plan {
  // The first one is not measured.
  const turns = rounds + 1
  const population = createPopulation({ signIns: signIns * turns, resets: RESETS * turns + COUNTED })
  const { signingIn: daily, helpdesk } = population
  return {
    population,
    acts: [
      { name: 'sign-in', perRound: signIns, hasEffects: true, atBare: true, prepare: signingIn(daily) },
      { name: 'refresh', perRound: 100, hasEffects: false, atBare: true, prepare: refreshing(daily.slice(0, 10)) },
      { name: 'reset', perRound: RESETS, hasEffects: true, atBare: true, prepare: resetting(population) },
      { name: 'set-up page', perRound: 60, hasEffects: false, atBare: true, prepare: showingSetUp(population) },
      { name: 'list of users', perRound: 60, hasEffects: false, atBare: false, prepare: listing(helpdesk.at(-1)!) },
    ],
  }
}

/** Does all of it, some of it at the same time. */
export async function run(works: readonly Work[], atOnce = 4): Promise<void> {
  const waiting = [...works]
  const next = async (): Promise<void> => {
    for (let work = waiting.pop(); work; work = waiting.pop()) await work()
  }
  await Promise.all(Array.from({ length: atOnce }, next))
}

const repeated = (works: readonly Work[], count: number): readonly Work[] =>
  Array.from({ length: count }, (_, n) => works[n % works.length]!)

/** Keeps what is prepared once for each side. */
function once<T>(prepare: (side: Side) => Promise<T>): (side: Side) => Promise<T> {
  const kept = new Map<Side, Promise<T>>()
  return (side) => {
    const found = kept.get(side) ?? prepare(side)
    kept.set(side, found)
    return found
  }
}

/** The next so many of these people at each side, from the beginning after the last. */
function inTurn(people: readonly BenchPerson[]): (side: Side, count: number) => readonly BenchPerson[] {
  const next = new Map<Side, number>()
  return (side, count) => {
    const from = next.get(side) ?? 0
    next.set(side, from + count)
    return Array.from({ length: count }, (_, n) => people[(from + n) % people.length]!)
  }
}

/** Everybody has signed in before, and has saved the backup codes that are shown once. */
function signingIn(people: readonly BenchPerson[]): Act['prepare'] {
  const next = inTurn(people)
  const first = once(({ relyingParty }) => run(people.map((person) => () => relyingParty.signIn(person))))
  return async (side, count) => {
    await first(side)
    return next(side, count).map((person) => () => side.relyingParty.signIn(person))
  }
}

function refreshing(people: readonly BenchPerson[]): Act['prepare'] {
  const tokens = once(({ relyingParty }) => Promise.all(people.map(relyingParty.signInOffline)))
  return async (side, count) => {
    const works = (await tokens(side)).map((item) => () => side.relyingParty.refresh(item))
    return repeated(works, count)
  }
}

function resetting({ helpdesk, toReset }: Population): Act['prepare'] {
  const [actors, targets] = [inTurn(helpdesk), inTurn(toReset)]
  return async (side, count) => {
    const { relyingParty } = side
    const lost = targets(side, count)
    const acting = async (actor: BenchPerson): Promise<[BenchPerson, Tokens]> => [
      actor,
      await relyingParty.signInToManage(actor),
    ]
    const pairs = await Promise.all(actors(side, count).map(acting))
    return pairs.map(
      ([actor, tokens], n) =>
        () =>
          relyingParty.reset(actor, tokens, lost[n]!),
    )
  }
}

function showingSetUp({ settingUp }: Population): Act['prepare'] {
  const pages = once(({ relyingParty }) => Promise.all(settingUp.slice(0, 10).map(relyingParty.openSetUp)))
  return async (side, count) => repeated(await pages(side), count)
}

function listing(actor: BenchPerson): Act['prepare'] {
  const tokens = once(({ relyingParty }) => relyingParty.signInToManage(actor))
  return async (side, count) => {
    const token = await tokens(side)
    return repeated([() => side.relyingParty.list(token)], count)
  }
}
