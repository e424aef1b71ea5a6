import { expect } from 'chai'
import { isDeepStrictEqual } from 'node:util'
import { decide } from '../../src/core/decide.ts'
import type { OutboxEntry } from '../../src/core/effect.ts'
import { OUTBOX_LIMIT } from '../../src/core/rules.ts'
import { deepFreeze, type Explored, explore, sentenceOf, type State, pathTo } from './exploration.ts'
import { answerLaws, answerTo, laws, ofCodes, stateLaws } from './laws.ts'
import { named, nameOf } from './states.ts'
import { anna, wordOf } from './accountFixture.ts'
import { moved, questionsTo, smallRules, stateOf, type World } from './stateSpace.ts'

describe('In every state of an account', () => {
  /** The first state and question that break each law. */
  const broken = new Map<string, string>()
  let explored: Explored

  before(function () {
    // Tens of thousands of states and every answer of each: about 20 s on an idle core, far more under load.
    this.timeout(900_000)
    const sentences = Object.keys(laws)
    const ofChanges = Object.values(laws)
    // They come first in `laws`. Four of five answers keep the record, of which the laws of effects can say nothing.
    const ofAnswers = Object.values(answerLaws)
    const ofStates = Object.entries(stateLaws)
    explored = explore(
      (state) => {
        for (const [sentence, law] of ofStates)
          if (!broken.has(sentence) && !law(state.world, smallRules)) broken.set(sentence, pathTo(state))
      },
      (answer, state) => {
        const judges = answer.done === null && answer.after === answer.account ? ofAnswers : ofChanges
        for (let n = 0; n < judges.length; n++) {
          if (judges[n]!(answer)) continue
          const sentence = sentences[n]!
          if (!broken.has(sentence))
            broken.set(sentence, `${pathTo(state)} → ${sentenceOf(answer)}: ${wordOf(answer.decision)}`)
        }
      },
    )
  })

  after(() => console.log(`      ${explored.states.size} states, ${explored.transitions} answers`))

  for (const sentence of [...Object.keys(stateLaws), ...Object.keys(laws)])
    it(sentence, () => {
      if (broken.has(sentence)) expect.fail(`broken by ${broken.get(sentence)}`)
    })

  it('has a row in the table', () => {
    const names = (worlds: Iterable<World>): string[] => [...new Set([...worlds].map(nameOf))].sort()
    const found = names([...explored.states.values()].map(({ world }) => world))
    expect(found).to.deep.equal(names(named))
  })

  it('Worlds with the same state have the same answers', function () {
    this.timeout(900_000)
    const row = (world: World): string[] =>
      questionsTo(world).map((question) => {
        const { command, decision, after } = answerTo(world, question, smallRules)
        // Nothing follows a restore in the exploration, so that its state has no other comparison.
        const next = command.is === 'restore' ? '' : stateOf(moved(world, command, after))
        return `${sentenceOf(question)}: ${wordOf(decision)} ${next}`
      })
    for (const [first, other] of explored.merged.filter((_, n) => n % 16 === 0))
      if (!isDeepStrictEqual(row(first), row(other))) expect(row(other)).to.deep.equal(row(first))
  })

  it('The same question gets the same answer, and neither question nor record is modified', function () {
    this.timeout(900_000)
    for (const { world } of sample(7)) {
      // Equal worlds and questions, which share no object.
      const copy = structuredClone(world)
      const questions = questionsTo(copy)
      for (const [n, question] of questionsTo(world).map(deepFreeze).entries()) {
        const { decision } = answerTo(world, question, deepFreeze(smallRules))
        const again = decide(copy.account, questions[n]!.command, copy.now, smallRules)
        if (!isDeepStrictEqual(again, decision)) expect(again, sentenceOf(question)).to.deep.equal(decision)
      }
    }
  })

  it('A full outbox judges no code, keeps its entries, and changes nothing that it could not enqueue', function () {
    this.timeout(900_000)
    const backlogs = new Map<number, OutboxEntry[]>()
    const backlog = (entries: number): OutboxEntry[] => {
      const known = backlogs.get(entries) ?? [...anna.withBacklog(entries).account.outbox]
      backlogs.set(entries, known)
      return known
    }
    for (const { world } of sample(1)) {
      const { outbox } = world.account
      const full = {
        ...world,
        account: {
          ...world.account,
          outbox: [...outbox, ...backlog(OUTBOX_LIMIT - outbox.length)],
        },
      }
      for (const question of questionsTo(full)) {
        const { command, decision, account, after, done } = answerTo(full, question, smallRules)
        const notified =
          after.outbox === account.outbox ||
          (after.outbox.length <= OUTBOX_LIMIT &&
            account.outbox.every((entry) => entry.is !== 'audit' || after.outbox.includes(entry)))
        const judged = ofCodes.has(command.is) && done !== null
        if (judged || !notified || (decision.is === 'refused' && decision.account))
          expect.fail(`${sentenceOf(question)}: ${wordOf(decision)}`)
      }
    }
  })

  /** Every n-th state. */
  const sample = (n: number): State[] => [...explored.states.values()].filter((_, index) => index % n === 0)
})
