/** All worlds of one account, and every question to each: each command with every kind of fact, valid and stale. */
import { askAboutAccounts, askAboutLinks, askAboutRecords, askAboutResets } from './stateSpace/accountQuestions.ts'
import { askAboutCodes } from './stateSpace/codeQuestions.ts'
import { askAboutPasskeys, askForPasskeys, askForSignedActs } from './stateSpace/passkeyQuestions.ts'
import { createAsk, factsOf, type Question } from './stateSpace/facts.ts'
import { askAboutSetUps } from './stateSpace/setUpQuestions.ts'
import type { World } from './stateSpace/world.ts'

export type { Question } from './stateSpace/facts.ts'
export { stateOf } from './stateSpace/state.ts'
export {
  begin,
  lostWorld,
  missingWorld,
  moved,
  newWorld,
  smallRules,
  usedBy,
  waited,
  type World,
} from './stateSpace/world.ts'

const groups = [
  askAboutCodes,
  askForPasskeys,
  askForSignedActs,
  askAboutSetUps,
  askAboutPasskeys,
  askAboutResets,
  askAboutAccounts,
  askAboutLinks,
  askAboutRecords,
]

export function questionsTo(world: World): Question[] {
  const questions: Question[] = []
  const ask = createAsk(questions)
  const facts = factsOf(world)
  for (const group of groups) group(ask, world, facts)
  return questions
}
