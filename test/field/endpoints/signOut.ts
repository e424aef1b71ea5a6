/** The logout endpoint. signOut.test.ts has what cannot be proven, one by one. */
import { expect } from 'chai'
import type { Page } from '../../support/client.ts'
import type { Standalone } from '../standalone.ts'
import type { Row, Rows } from './row.ts'

const BACK = 'http://127.0.0.1:9/signed-out'
const ELSEWHERE = 'http://127.0.0.1:9/elsewhere'

interface Cell {
  /** Replaces that of a person who is signed in at `shop`. */
  readonly signedOut?: true
  /** `ID` stands for an ID token of this session. */
  readonly query: string
  readonly outcome: string
  readonly check: (page: Page) => void
}

const question = (page: Page): void => {
  expect([page.status, page.h1]).to.deep.equal([200, 'Sign out?'])
}
const isBack = (page: Page): void => {
  expect([page.status, page.location]).to.deep.equal([303, `${BACK}?state=s`])
}
const back = `post_logout_redirect_uri=${encodeURIComponent(BACK)}&state=s`

const cells: Readonly<Record<string, Cell>> = {
  'no parameter': { query: '', outcome: 'page **Sign out?**', check: question },
  '`id_token_hint` of this session': {
    query: `id_token_hint=ID&${back}`,
    outcome: 'page **Sign out?**',
    check: question,
  },
  '`id_token_hint` not valid': { query: `id_token_hint=x&${back}`, outcome: 'page **Sign out?**', check: question },
  '`client_id` unknown': { query: `client_id=unknown&${back}`, outcome: 'page **Sign out?**', check: question },
  '`client_id` other than that of the hint': {
    query: `client_id=app&id_token_hint=ID&${back}`,
    outcome: 'page **Sign out?**',
    check: question,
  },
  '`post_logout_redirect_uri` not registered': {
    query: `client_id=shop&post_logout_redirect_uri=${encodeURIComponent(ELSEWHERE)}`,
    outcome: 'page **Sign out?**',
    check: question,
  },
  'a parameter twice': {
    query: `client_id=shop&client_id=app&${back}`,
    outcome: 'page **Sign out?**',
    check: question,
  },
  '`logout_hint`, an unknown parameter': {
    query: 'logout_hint=x&unknown=x',
    outcome: 'page **Sign out?**',
    check: question,
  },
  '`ui_locales`': {
    query: 'ui_locales=de',
    outcome: 'the page in that language',
    check: (page) => expect(page.headers.get('content-language')).to.equal('de') as never,
  },
  'registered address, without a session': {
    signedOut: true,
    query: `client_id=shop&${back}`,
    outcome: 'redirect to it, with `state`',
    check: isBack,
  },
  'any other address, without a session': {
    signedOut: true,
    query: `client_id=unknown&${back}`,
    outcome: 'page **You are signed out**',
    check: (page) => expect([page.status, page.h1]).to.deep.equal([200, 'You are signed out']) as never,
  },
}

async function check(server: Standalone, { signedOut, query, check: judge }: Cell): Promise<void> {
  const request = server.ask('shop')
  const entered = signedOut ? null : await server.enter(await server.person(), request)
  const visitor = entered?.visitor ?? server.visitor()
  const filled = entered && query.includes('=ID') ? query.replace('ID', (await server.tokens(entered)).id_token) : query
  judge(await visitor.get(`/session/end?${filled}`))
  const headers = { origin: 'https://rp.example', 'sec-fetch-site': 'cross-site' }
  const sent = await server.visitor().post('/session/end', filled, headers)
  expect(sent.status).to.equal(303)
  judge(await visitor.get(sent.location ?? ''))
}

const firstParty: Row = {
  outcome: 'redirect to the application, without a question',
  async check(server) {
    const entered = await server.enter(await server.person())
    const { id_token } = await server.tokens(entered)
    isBack(await entered.visitor.get(`/session/end?id_token_hint=${id_token}&${back}`))
    expect(await server.silently(entered.visitor)).to.equal('login_required')
  },
}

const head: Row = {
  outcome: '200, nothing ends',
  async check(server) {
    const { visitor, ...entered } = await server.enter(await server.person())
    const { id_token } = await server.tokens(entered)
    const headers = { cookie: visitor.jar.header('/session/end') }
    const answer = await fetch(`${server.issuer}/session/end?id_token_hint=${id_token}`, { method: 'HEAD', headers })
    expect([answer.status, await server.silently(visitor)]).to.deep.equal([200, 'code'])
  },
}

export const signOut: Rows = {
  ...Object.fromEntries(
    Object.entries(cells).map(([name, cell]): [string, Row] => [
      `GET, POST ${name}`,
      { outcome: cell.outcome, check: (server) => check(server, cell) },
    ]),
  ),
  'GET `id_token_hint` of this session, `first_party` client': firstParty,
  'HEAD `id_token_hint` of this session, `first_party` client': head,
}
