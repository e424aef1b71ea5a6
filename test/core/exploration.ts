/**
 * Finds every state breadth-first from a new account, a lost record and a missing one, with every question in each. All effects are recorded at once,
 * except emails with a link, which wait for a question. Changes of password or address are independent of codes, and their pairs would be
 * hundreds of thousands of states: one scan follows the answers about codes, one those about accounts, one those about authenticators. All ask
 * every question.
 */
import { decide } from '../../src/core/decide.ts'
import type { Account } from '../../src/core/account.ts'
import { isLinkMail } from '../../src/core/outbox.ts'
import type { EffectOutcome } from '../../src/core/effect.ts'
import { type Answer, answerTo } from './laws.ts'
import {
  lostWorld,
  missingWorld,
  moved,
  newWorld,
  type Question,
  questionsTo,
  smallRules,
  stateOf,
  waited,
  type World,
} from './stateSpace.ts'

export interface State {
  readonly world: World
  readonly from: State | null
  /** The question that led here. */
  readonly by: string
}

export interface Explored {
  readonly states: ReadonlyMap<string, State>
  readonly transitions: number
  /** Pairs of worlds with the same state, one for every state that was found again. */
  readonly merged: readonly (readonly [World, World])[]
}

/** A restore leads to what another address or a freeze leads to, or to codes that are all used. A name decides nothing. */
const isLeaf = ({ command }: Question): boolean => command.is === 'restore' || command.is === 'rename-authenticator'

const commands = (list: string): Set<string> => new Set(list.split(' '))
const ofAccounts = commands('send-password-link change-password change-email note-change end-sign-ins')
const ofCodesAlone = commands(
  'prove-code use-backup-code step-up spend-proof save-codes renew-codes replace adopt revoke resend renew-link record-effects invite',
)

const ofPasskeys = commands('prove-passkey add-authenticator remove-authenticator')
const isOfPasskeys = ({ command }: Question): boolean =>
  ofPasskeys.has(command.is) || ('passkey' in command && command.passkey !== undefined)

/** A second reset, set-ups by link and unknown browsers are of the other scans. */
const isOfAuthenticators: Leads = (question, { factor }) => {
  const { command } = question
  if (command.is === 'enrol') return command.flow === 'sign-in'
  if (command.is === 'start-reset') return factor.is === 'active'
  if (command.is === 'prove-passkey' && !command.knownBrowser) return false
  return isOfPasskeys(question) || command.is === 'replace' || command.is === 'save-codes'
}

type Leads = (question: Question, account: Account) => boolean

const isOfCodes = ({ command }: Question): boolean =>
  !ofAccounts.has(command.is) && !(command.is === 'end-sessions' && command.because !== 'asked')
const isOfAccounts = ({ command }: Question): boolean => !ofCodesAlone.has(command.is)

type OnState = (state: State) => void
type OnAnswer = (answer: Answer, state: State) => void

export function explore(onState: OnState, onAnswer: OnAnswer): Explored {
  const codes = scan((question) => isOfCodes(question) && !isOfPasskeys(question), onState, onAnswer)
  const accounts = scan((question) => isOfAccounts(question) && !isOfPasskeys(question), onState, onAnswer)
  const authenticators = scan(isOfAuthenticators, onState, onAnswer)
  return {
    states: new Map([...authenticators.states, ...accounts.states, ...codes.states]),
    transitions: codes.transitions + accounts.transitions + authenticators.transitions,
    merged: [...codes.merged, ...accounts.merged, ...authenticators.merged],
  }
}

function scan(leads: Leads, onState: OnState, onAnswer: OnAnswer): Explored {
  const states = new Map<string, State>()
  const again = new Map<string, World>()
  const queue: State[] = []
  let transitions = 0

  function reach(world: World, from: State | null, by: string): void {
    const key = stateOf(world)
    if (states.has(key)) return void again.set(key, world)
    const state = { world: deepFreeze(world), from, by }
    states.set(key, state)
    queue.push(state)
  }

  reach(newWorld, null, 'a new account')
  reach(lostWorld, null, 'a lost record')
  reach(missingWorld, null, 'a missing record')
  for (const state of queue) {
    onState(state)
    for (const question of questionsTo(state.world)) {
      const answer = answerTo(state.world, question, smallRules)
      transitions++
      onAnswer(answer, state)
      if (answer.after === state.world.account || !leads(question, state.world.account) || isLeaf(question)) continue
      const next = moved(state.world, question.command, answer.after)
      reach({ ...next, account: withEmailsOnly(next.account) }, state, sentenceOf(question))
    }
    const later = waited(state.world)
    if (later) reach(later, state, `until ${later.now - state.world.now} s later`)
  }
  const merged = [...again].flatMap(([key, world]) => {
    const state = states.get(key)
    return state ? [[state.world, world] as const] : []
  })
  return { states, transitions, merged }
}

/** An outbox with emails only. */
export function withEmailsOnly(account: Account): Account {
  const results = account.outbox.flatMap((outbox): EffectOutcome[] =>
    isLinkMail(outbox) && outbox.is !== 'password-mail' ? [] : [{ id: outbox.id, result: { is: 'done' } }],
  )
  if (results.length === 0) return account
  const decision = decide(account, { is: 'record-effects', results }, 0, smallRules)
  return decision.is === 'done' ? decision.account : account
}

export const sentenceOf = ({ command, facts }: Question): string =>
  facts === '' ? command.is : `${command.is} (${facts})`

/** The shortest sequence that leads to a state. */
export function pathTo(state: State): string {
  const steps: string[] = []
  for (let item: State | null = state; item; item = item.from) steps.unshift(item.by)
  return steps.join(' → ')
}

export function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value)
    Object.values(value).forEach(deepFreeze)
  }
  return value
}
