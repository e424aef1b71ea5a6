/**
 * One person's reset while something fails: the administrator resets, an attacker tries the old factor and the old session, and the person
 * returns by the link, by a sign-in, or by both at once.
 */
import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { type Page, setupKeyIn, type Visitor } from '../../support/client.ts'
import type { FaultFixture } from '../../support/faultFixture.ts'
import type { FaultPost } from '../../support/faultyMailServer.ts'
import type { Acting } from '../../support/managementCalls.ts'
import type { Person } from '../../support/people.ts'
import { answerOf } from '../../support/relyingParties.ts'
import { Authenticator } from '../../support/authenticator.ts'
import { type Browsing, type Calls, createBrowsing, repeated } from './calls.ts'

/** How long a person waits for the email. Milliseconds. */
const WAITS_MS = 20_000

export interface Case {
  readonly target: Person
  /** The authenticator that the reset ends. */
  readonly old: Authenticator
  /** With a session from before. */
  readonly session: Visitor
  /** Has entered the password, and not yet a code. */
  readonly challenge: Page
  readonly flows: readonly ('link' | 'sign-in')[]
  /** The id of the acknowledged reset. */
  acknowledged: string | null
  /** The answer when it was refused. */
  refused: string | null
  /** Confirmed set-ups. Count. */
  setUps: number
  /** Where a set-up ended that was not shown as confirmed: status and heading. */
  readonly otherwise: string[]
  /** Old factors and sessions that were accepted after the acknowledgement. Count. */
  accepted: number
}

const flows = [['link'], ['sign-in'], ['link', 'sign-in']] as const

export async function prepareCase(underTest: FaultFixture, index: number): Promise<Case> {
  const target = await underTest.person()
  const { visitor } = await underTest.enter(target)
  const challenge = await underTest.challenge(target)
  return {
    target,
    old: target.authenticator,
    session: visitor,
    challenge,
    flows: flows[index % flows.length]!,
    acknowledged: null,
    refused: null,
    setUps: 0,
    otherwise: [],
    accepted: 0,
  }
}

interface Frame {
  readonly underTest: FaultFixture
  readonly post: FaultPost
  readonly calls: Calls
}

/** @param onAcknowledged called when the reset is acknowledged */
export async function runReset(frame: Frame, actor: Acting, trial: Case, onAcknowledged: () => void): Promise<void> {
  const { underTest, calls } = frame
  const code = await actor.person.code()
  const key = randomUUID()
  const answer = await repeated(calls, async () =>
    answerOf(
      await fetch(`${underTest.resource}/users/${trial.target.id}/two-factor/resets`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${actor.token}`,
          'content-type': 'application/json',
          'idempotency-key': key,
        },
        body: JSON.stringify({ code }),
      }),
    ),
  )
  if (answer.status === 201) {
    trial.acknowledged = String(answer.body.id)
    onAcknowledged()
  } else trial.refused = `${answer.status} ${answer.text}`
}

/** What an attacker and the person do after the acknowledgement. */
export async function runAfterwards(frame: Frame, trial: Case): Promise<void> {
  const { underTest } = frame
  const browsing = createBrowsing(underTest, frame.calls)
  const attacks = [attackByChallenge(underTest, browsing, trial), attackBySession(underTest, browsing, trial)]
  const returns = trial.flows.map(async (flow) => {
    const page = flow === 'link' ? await openLink(frame, browsing, trial) : await signIn(underTest, browsing, trial)
    if (page) await setUp(underTest, browsing, trial, page)
  })
  await Promise.all([...attacks, ...returns])
}

/** The code of the next step, which nobody has used. */
const unused = (underTest: FaultFixture, authenticator: Authenticator): string =>
  authenticator.at(underTest.server.now() + 30)

async function attackByChallenge(underTest: FaultFixture, browsing: Browsing, trial: Case): Promise<void> {
  const next = await browsing.send(trial.challenge, { code: unused(underTest, trial.old) })
  if (await browsing.isSignedIn(next)) trial.accepted++
}

async function attackBySession(underTest: FaultFixture, browsing: Browsing, trial: Case): Promise<void> {
  const { path } = underTest.ask('app', { prompt: 'none' })
  const page = await browsing.get({ visitor: trial.session.stolen() }, path)
  if (await browsing.isSignedIn(page)) trial.accepted++
}

/** After everything: the old factor in a sign-in of its own. */
export async function attackAfterwards({ underTest, calls }: Frame, trial: Case): Promise<void> {
  const browsing = createBrowsing(underTest, calls)
  await attackBySession(underTest, browsing, trial)
  const page = await enterPassword(underTest, browsing, trial)
  if (page.h1 === 'Set up your authenticator' && trial.setUps === 0) return
  if (page.h1 !== 'Enter your code') throw new Error(`“${page.h1}” (${page.status}) after ${trial.setUps} set-ups`)
  const next = await browsing.send(page, { code: unused(underTest, trial.old) })
  if (await browsing.isSignedIn(next)) trial.accepted++
}

/** To the page after the password, from the beginning again where a fail-over has lost the sign-in: it is no durable write. */
async function enterPassword(underTest: FaultFixture, browsing: Browsing, { target }: Case): Promise<Page> {
  let last: Page | null = null
  for (let times = 0; times < 3; times++) {
    last = await browsing.get({ visitor: underTest.visitor() }, underTest.ask().path)
    if (last.h1 === 'Sign in') last = await browsing.send(last, { email: target.email, password: target.password })
    if (last.h1 === 'Set up your authenticator' || last.h1 === 'Enter your code') return last
  }
  throw new Error(`“${last?.h1}” (${last?.status}) instead of the page after the password`)
}

const signIn = async (underTest: FaultFixture, browsing: Browsing, trial: Case): Promise<Page | null> => {
  const page = await enterPassword(underTest, browsing, trial)
  // The link was faster.
  return page.h1 === 'Set up your authenticator' ? page : null
}

async function openLink({ underTest, post }: Frame, browsing: Browsing, { target }: Case): Promise<Page | null> {
  const found = () => post.letters.find(({ to, accepted }) => to === target.email && accepted)
  for (const until = performance.now() + WAITS_MS; !found() && performance.now() < until;) await pause(50)
  const letter = found()
  if (!letter) return null
  const page = await browsing.get({ visitor: underTest.visitor() }, letter.link)
  if (page.h1 !== 'Reset your two-factor authentication') return null
  const next = await browsing.send(page, {})
  return next.h1 === 'Set up your authenticator' ? next : null
}

async function setUp(underTest: FaultFixture, browsing: Browsing, trial: Case, page: Page): Promise<void> {
  const authenticator = new Authenticator(setupKeyIn(page.text)[0] ?? '')
  const next = await browsing.send(page, { code: authenticator.at(underTest.server.now()) })
  if (next.h1 !== 'Save your backup codes') return void trial.otherwise.push(`${next.status} “${next.h1}”`)
  trial.setUps++
  trial.target.authenticator = authenticator
}
