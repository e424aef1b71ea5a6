/**
 * Every state × every question as a readable table: a changed rule is a changed line in everyState.txt.
 *   TABLE=1      prints it
 *   TABLE=write  writes it
 */
import { expect } from 'chai'
import { readFileSync, writeFileSync } from 'node:fs'
import type { Account } from '../../src/core/account.ts'
import { type Answer, answerTo } from './laws.ts'
import { states } from './states.ts'
import { wordOf, wordsOf } from './accountFixture.ts'
import { questionsTo, smallRules, type World } from './stateSpace.ts'

const file = new URL('everyState.txt', import.meta.url)

/** The changes of an answer, in words. */
function changesOf({ account: before, after, now }: Answer): string[] {
  if (after === before) return []
  const words: string[] = []
  const say = (word: string, changed: boolean): void => void (changed && words.push(word))
  say('epoch rises', after.epoch > before.epoch)
  say(`${before.factor.is} → ${after.factor.is}`, after.factor.is !== before.factor.is)
  say('strict', before.factor !== after.factor && isStrict(after) && !isStrict(before))
  say('after wrong codes', before.factor !== after.factor && isAfterWrongCodes(after) && !isAfterWrongCodes(before))
  say('frozen', after.factor.is === 'reset' && after.factor.frozen && before.factor !== after.factor)
  say('set-up possible longer', enrolmentContextOf(after) > enrolmentContextOf(before) && before.factor.is === 'reset')
  const { failures, pausedUntil } = after.attempts
  say('attempts cleared', failures < before.attempts.failures)
  say(`${failures} wrong`, failures > before.attempts.failures)
  say(`pause of ${(pausedUntil ?? now) - now} s`, pausedUntil !== null && pausedUntil !== before.attempts.pausedUntil)
  say('act noted', after.acts.length > before.acts.length)
  for (const [n, reset] of before.resets.entries()) {
    const later = after.resets.find(({ id }) => id === reset.id)
    const which = n === 0 ? 'reset' : 'older reset'
    if (later) say(`${which} ${reset.state.is} → ${later.state.is}`, later.state.is !== reset.state.is)
    if (later) say(`email ${reset.mail.status} → ${later.mail.status}`, later.mail.status !== reset.mail.status)
  }
  for (const { digest, state } of before.links) {
    const later = after.links.find((link) => link.digest === digest)
    if (later) say(`link ${state.is} → ${later.state.is}`, later.state.is !== state.is)
  }
  if (before.factor.is === 'active' && after.factor.is === 'active') {
    const [old, codes] = [before.factor.backupCodes, after.factor.backupCodes]
    say('another authenticator', before.factor.authenticators[0].id !== after.factor.authenticators[0].id)
    say('other codes', codes.sealed !== old.sealed)
    say('proof used', after.factor.usedProofAt !== before.factor.usedProofAt)
    say('codes saved', codes.savedAt !== null && old.savedAt === null)
  }
  const outbox = after.outbox.filter(({ id }) => !before.outbox.some((entry) => entry.id === id))
  say(`enqueues ${outbox.map(wordsOf).join(' + ')}`, outbox.length > 0)
  return words
}

const isStrict = ({ factor }: Account): boolean => factor.is === 'reset' && factor.profile === 'strict'
const isAfterWrongCodes = ({ factor }: Account): boolean => factor.is === 'reset' && factor.afterWrongCodes === true
const enrolmentContextOf = ({ factor }: Account): number => (factor.is === 'reset' ? factor.signInUntil : 0)

/** The answer to every question: by command, by facts. */
type Row = ReadonlyMap<string, ReadonlyMap<string, string>>

function rowOf(world: World): Row {
  const row = new Map<string, Map<string, string>>()
  for (const question of questionsTo(world)) {
    const answer = answerTo(world, question, smallRules)
    const answers = row.get(question.command.is) ?? new Map<string, string>()
    row.set(
      question.command.is,
      answers.set(question.facts, [wordOf(answer.decision), ...changesOf(answer)].join(', ')),
    )
  }
  return row
}

/** A line for each kind of facts, or one for the command if they make no difference; only lines that differ from `base`. */
function linesOf(row: Row, base?: Row): string[] {
  return [...row].flatMap(([command, answers]) => {
    const others = [...answers].filter(([facts, answer]) => base?.get(command)?.get(facts) !== answer)
    const [other] = others
    if (!other) return []
    if (others.length === answers.size && new Set(answers.values()).size === 1)
      return [`  ${command.padEnd(71)} ${other[1]}`]
    return [`  ${command}`, ...others.map(([facts, answer]) => `    ${(facts || 'default').padEnd(69)} ${answer}`)]
  })
}

function tableOf(name: string, world: World): string {
  const base = { none: 'never enrolled', lost: name, deleted: name, active: 'active', reset: 'link sent' }[
    world.account.factor.is
  ]
  const based = base === name ? undefined : states.get(base)
  if (!based) return [name, ...linesOf(rowOf(world))].join('\n')
  return [`${name}: as "${base}", but`, ...linesOf(rowOf(world), rowOf(based))].join('\n')
}

const legend = `Every state of an account, and the answer to every question in it. Written by TABLE=write, see everyState.test.ts.
no: a refusal, with its changes · again: it happened before, nothing is saved · facts that are not named are valid, new and of this account
· a command without lines below it has the same answer for all facts`

describe('Every question in every state', () => {
  it('has the answer of the table', () => {
    const table = `${[legend, ...[...states].map(([name, world]) => tableOf(name, world))].join('\n\n')}\n`
    if (process.env['TABLE'] === '1') console.log(table)
    if (process.env['TABLE'] === 'write') writeFileSync(file, table)
    const parts = (text: string): string[] => text.split('\n\n')
    const expected = parts(readFileSync(file, 'utf8'))
    for (const [n, part] of parts(table).entries()) expect(part).to.equal(expected[n])
    expect(parts(table)).to.have.length(expected.length)
  })
})
