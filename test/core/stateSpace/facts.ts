/** Facts that the questions have in common. */
import { passkeysOf } from '../../../src/core/authenticators.ts'
import type { Command } from '../../../src/core/command.ts'
import { depthOf, isOfSetUp, type World } from './world.ts'

export interface Question {
  readonly command: Command
  /** Its facts in words, '' if there is only one kind. */
  readonly facts: string
  /** It contains an epoch that is over, or an ended or unknown link. */
  readonly stale: boolean
}

export type Facts = [words: string, value: unknown, stale?: boolean][]

/** Adds a question for every combination of the facts. */
export type Ask = (is: Command['is'], base: object, facts?: Record<string, Facts>) => void

export function createAsk(questions: Question[]): Ask {
  return (is, base, facts = {}) => {
    const kinds = Object.entries(facts)
    const add = (command: object, words: string, isStale: boolean, kind: number): void => {
      const [name, values] = kinds[kind] ?? []
      if (name === undefined || !values) {
        questions.push({ command: command as Command, facts: words, stale: isStale })
        return
      }
      for (const [word, value, stale = false] of values) {
        const more = value === undefined ? command : { ...command, [name]: value }
        add(more, words && word ? `${words}, ${word}` : words || word, isStale || stale, kind + 1)
      }
    }
    add({ is, ...base }, '', false, 0)
  }
}

/** A name that is not taken. */
export const other = (kind: string, ...taken: (string | null | undefined)[]): string =>
  ['a', 'b', 'c'].map((letter) => `${kind} ${letter}`).find((name) => !taken.includes(name)) ?? kind

export type WorldFacts = ReturnType<typeof factsOf>

export function factsOf({ account, now, kept }: World) {
  const { epoch } = account
  const active = account.factor.is === 'active' ? account.factor : null
  const codes = active?.backupCodes
  const right: Facts = [['', epoch]]
  const over: Facts = [
    ['old epoch', kept.epoch, true],
    ['future epoch', epoch + 1, true],
  ]

  // The password was accepted before sessions were ended, or after; a sign-in in a session has no such time.
  const endedAt = account.signInsEnded?.epoch === epoch ? account.signInsEnded.at : null
  const since: Facts =
    endedAt === null
      ? []
      : [
          ['begun before sessions were ended', endedAt, true],
          ['begun after that', endedAt + 1],
        ]

  const fresh = kept.step + 1
  const passkeys = active ? passkeysOf(active) : []
  /** When a proof that steps up is given: after every set-up, and after the proof that was used before. */
  const provenAt = Math.max(
    now,
    ...[active?.enrolledAt ?? 0, active?.usedProofAt ?? 0, ...passkeys.map(({ addedAt }) => addedAt)].map(
      (at) => at + 1,
    ),
  )

  const set = (binding: string): object => ({
    binding,
    authenticatorId: `authenticator of ${binding} at ${epoch}`,
    sealedSecret: `secret of ${binding} at ${epoch}`,
    sealedCodes: `codes of ${binding} at ${epoch}`,
  })
  const links: Facts = account.links
    .filter(isOfSetUp)
    .slice(0, depthOf(account))
    .map(({ digest, state }, n) => [n === 0 ? 'newest link' : 'older link', digest, state.is !== 'live'])
  const passwordLinks: Facts = account.links
    .filter((link) => !isOfSetUp(link))
    .slice(0, 1)
    .map(({ digest, state }) => ['password link', digest, state.is !== 'live'])
  const elsewhere = (facts: Facts): Facts => facts.slice(0, 1).map(([words, digest]) => [words, digest, true])
  const foreign: Facts = [
    ['foreign link', 'foreign', true],
    ['no link', null, true],
  ]
  const person = { status: 'active', roles: [] }
  const roles: Facts = [
    ['', []],
    ['of an administrator', ['admin']],
  ]
  const disabled: Facts = [['account disabled', 'disabled', true]]
  const [newest, older] = account.resets.slice(0, depthOf(account))

  return {
    active,
    codes,
    right,
    over,
    since,
    fresh,
    passkeys,
    provenAt,
    set,
    links,
    passwordLinks,
    elsewhere,
    foreign,
    person,
    roles,
    disabled,
    newest,
    older,
  }
}
