import { expect } from 'chai'
import { isDeepStrictEqual } from 'node:util'
import { type Explored, explore, sentenceOf, wayTo } from './exploration.ts'
import { answerTo, laws, stateLaws } from './laws.ts'
import { wordOf } from './story.ts'
import { moved, questionsTo, smallRules, stateOf, type World } from './world.ts'

describe('In every state of an account', () => {
  /** The first state and question that break a law. */
  const broken = new Map<string, string>()
  let explored: Explored

  before(() => {
    const ofAnswers = Object.entries(laws)
    const ofStates = Object.entries(stateLaws)
    explored = explore(
      (state) => {
        for (const [sentence, law] of ofStates)
          if (!broken.has(sentence) && !law(state.world, smallRules)) broken.set(sentence, wayTo(state))
      },
      (answer, state) => {
        for (const [sentence, law] of ofAnswers)
          if (!law(answer) && !broken.has(sentence))
            broken.set(sentence, `${wayTo(state)} → ${sentenceOf(answer)}: ${wordOf(answer.decision)}`)
      },
    )
  })

  after(() => console.log(`      ${explored.states.size} states, ${explored.transitions} answers`))

  for (const sentence of [...Object.keys(stateLaws), ...Object.keys(laws)])
    it(sentence, () => {
      if (broken.has(sentence)) expect.fail(`broken by ${broken.get(sentence)}`)
    })

  it('what was taken for the same state answers alike', () => {
    const row = (world: World): string[] =>
      questionsTo(world).map((question) => {
        const { command, decision, after } = answerTo(world, question, smallRules)
        return `${sentenceOf(question)}: ${wordOf(decision)} ${stateOf(moved(world, command, after))}`
      })
    for (const [one, other] of explored.merged.filter((_, n) => n % 8 === 0))
      if (!isDeepStrictEqual(row(one), row(other))) expect(row(other)).to.deep.equal(row(one))
  })
})
