/**
 * Journeys as generators of requests, so that a fault can occur at each. A journey yields its next request and continues with the
 * answer; the caller may send the request more than once.
 */
import { expect } from 'chai'
import { randomUUID } from 'node:crypto'
import type { Acting } from '../support/managementCalls.ts'
import type { Answer, AuthorizationRequest, Tokens } from '../support/relyingParties.ts'
import type { Person } from '../support/people.ts'
import { type Page, type Visitor, wayOn } from '../support/client.ts'
import type { FaultFixture } from '../support/faultFixture.ts'
import { WRONG_CODE } from '../support/sentences.ts'

export type Answered = Page | Answer

export interface Step {
  /** Method and pattern of the address. */
  readonly name: string
  readonly send: () => Promise<Answered>
}

export type Journey<T = void> = AsyncGenerator<Step, T, Answered>

/** Counts of a journey. */
export interface Ledger {
  /** Accepted codes; each was refused when an attacker sent it again. Count. */
  accepted: number
  /** Sign-ins that had to begin again, since their last redirect may have been used. Count. */
  startedAgain: number
}

export const newLedger = (): Ledger => ({ accepted: 0, startedAgain: 0 })

async function* step<T extends Answered>(name: string, send: () => Promise<T>): Journey<T> {
  return (yield { name, send }) as T
}

const patternOf = (path: string): string =>
  (path.split('?')[0] ?? '')
    .replace(/^\/(sign-in|auth)\/[^/]+/, '/$1/:uid')
    .replace(/^(\/two-factor)\/reset\/.+/, '$1/reset/:token')
    .replace(/^(\/two-factor)\/(?!reset\/)[^/]+/, '$1/:rid')

const get = (visitor: Visitor, path: string): Journey<Page> => step(`GET ${patternOf(path)}`, () => visitor.get(path))

const send = (page: Page, fields: Readonly<Record<string, string>>): Journey<Page> =>
  step(`POST ${patternOf(page.form?.action ?? '')}`, () => page.visitor.send(page, fields))

/** From a page to the next one. */
async function* onward(underTest: FaultFixture, person: Person, page: Page, ledger: Ledger): Journey<Page> {
  const { visitor } = page
  const goTo = (path: string): Journey<Page> => {
    const { pathname, search } = new URL(path, `${underTest.issuer}${page.path}`)
    return get(visitor, pathname + search)
  }
  if (page.location !== null) return yield* goTo(page.location)
  switch (page.h1 ?? '') {
    case 'Sign in':
      return yield* send(page, { email: person.email, password: person.password })
    case 'Reset your two-factor authentication':
      return yield* send(page, {})
    case 'Enter your code': {
      if (person.codes.length === 0) return yield* proven(underTest, person, page, ledger)
      return yield* goTo('backup-code')
    }
    case 'Use a backup code': {
      const [code = '', ...codes] = person.codes
      person.codes = codes
      const next = yield* send(page, { code })
      const again = await underTest.backup(person)
      const refused = await again.visitor.send(again, { code })
      expect([refused.status, refused.h1], 'a backup code sent again').to.deep.equal([422, 'Use a backup code'])
      ledger.accepted += 1
      return next
    }
    case 'Set up your authenticator':
      person.authenticator = underTest.appOf(page)
      return yield* proven(underTest, person, page, ledger)
    case 'Save your backup codes':
      return yield* send(page, { saved: 'yes' })
    case 'Allow access':
      return yield* send(page, { decision: 'allow' })
    case 'Your sign-in was interrupted':
      ledger.startedAgain += 1
      break
    default:
  }
  const way = wayOn(page)
  if (way === null) throw new Error(`“${page.h1}” (${page.status}) leads nowhere: ${page.alert ?? ''}`)
  return yield* goTo(way)
}

/** Sends a code; an attacker with the password who sends it again is refused. */
async function* proven(underTest: FaultFixture, person: Person, page: Page, ledger: Ledger): Journey<Page> {
  const code = await person.code()
  const next = yield* send(page, { code })
  expect(next.alert, `${page.h1}: ${next.h1}`).to.equal(null)
  const thief = await underTest.challenge(person)
  const refused = await thief.visitor.send(thief, { code })
  expect([refused.status, refused.alert], 'a code sent again').to.deep.equal([422, WRONG_CODE])
  ledger.accepted += 1
  return next
}

/** From the authorization request to the relying party's tokens. */
export async function* signsIn(
  underTest: FaultFixture,
  person: Person,
  ledger: Ledger,
  {
    client = 'app',
    visitor = underTest.visitor(),
  }: { readonly client?: AuthorizationRequest['clientId']; readonly visitor?: Page['visitor'] } = {},
): Journey<Tokens> {
  for (;;) {
    const request = underTest.ask(client)
    let page = yield* get(visitor, request.path)
    while (!underTest.answerAt(page)) page = yield* onward(underTest, person, page, ledger)
    const code = underTest.codeAt(page)
    const { status, text, body } = yield* step('POST /token', () => underTest.exchange({ request, code }))
    if (status === 200) {
      const twice = await underTest.exchange({ request, code })
      expect([twice.status, twice.body.error], 'an authorization code sent again').to.deep.equal([400, 'invalid_grant'])
      return body as Tokens
    }
    expect([status, body.error], text).to.deep.equal([400, 'invalid_grant'])
    ledger.startedAgain += 1
  }
}

/** A reset by the API; its step-up code is refused when sent again. */
export async function* resets(underTest: FaultFixture, actor: Acting, target: Person, other: Person): Journey<string> {
  const key = { 'idempotency-key': randomUUID() }
  const code = await actor.person.code()
  const path = '/management/v1/users/:id/two-factor/resets'
  const { status, body, text } = yield* step(`POST ${path}`, () => actor.reset(target, { code }, key))
  expect(status, text).to.equal(201)
  const replay = await actor.reset(other, { code })
  expect(replay.status, `a step-up code sent again: ${replay.text}`).to.be.oneOf([401, 403, 422])
  return String(body.id)
}

/** From the mailed link to the new authenticator. */
export async function* opensLink(underTest: FaultFixture, person: Person, link: string, ledger: Ledger): Journey {
  let page = yield* get(underTest.visitor(), link)
  while (page.h1 !== 'You are all set') page = yield* onward(underTest, person, page, ledger)
}

/** A silent request of another relying party in a session. */
export async function* requestsSilently(underTest: FaultFixture, visitor: Visitor): Journey {
  const page = yield* get(visitor, underTest.ask('management', { prompt: 'none' }).path)
  expect(underTest.codeAt(page)).to.be.a('string')
}

/** Requests of relying parties and resource servers with the tokens of a session. */
export async function* usesTokens(underTest: FaultFixture, { access_token, refresh_token }: Tokens): Journey {
  const me = yield* step('GET /me', () => underTest.userinfo(access_token))
  expect(me.status, me.text).to.equal(200)
  const live = yield* step('POST /token/introspection', () => underTest.introspect('app', access_token))
  expect(live.body.active, live.text).to.equal(true)
  const fresh = yield* step('POST /token', () => underTest.refresh('app', refresh_token))
  expect(fresh.status, fresh.text).to.be.oneOf([200, 400])
}
