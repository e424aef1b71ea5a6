/** The authorization endpoint. Each row is sent by GET and by POST. */
import { expect } from 'chai'
import type { Page, Visitor } from '../../support/client.ts'
import type { ClientId } from '../../support/relyingParties.ts'
import type { Standalone } from '../standalone.ts'
import type { Row, Rows } from './row.ts'

type Expected =
  | { readonly error: string }
  | { readonly page: number; readonly h1: string }
  | { readonly code: 'query' | 'fragment' | 'form' }

/** Parameters that replace those of a complete request (`undefined`: left out), the outcome, and who asks. */
type Cell = readonly [
  parameters: Readonly<Record<string, string | readonly string[] | undefined>>,
  expected: Expected,
  asking?: { readonly client?: ClientId; readonly session?: true },
]

const refuses = (error: string): Expected => ({ error })
const STARTS_NOT: Expected = { page: 400, h1: 'This sign-in cannot be started' }
const SIGN_IN: Expected = { page: 200, h1: 'Sign in' }
const CODE: Expected = { code: 'query' }

const cells: Readonly<Record<string, Cell>> = {
  '`client_id` missing': [{ client_id: undefined }, STARTS_NOT],
  '`client_id` unknown': [{ client_id: 'unknown' }, STARTS_NOT],
  '`client_id` twice': [{ client_id: ['app', 'shop'] }, STARTS_NOT],
  '`redirect_uri` missing': [{ redirect_uri: undefined }, STARTS_NOT],
  '`redirect_uri` not registered': [{ redirect_uri: 'https://evil.example/' }, STARTS_NOT],
  '`redirect_uri` twice': [{ redirect_uri: ['http://127.0.0.1:9/callback', 'https://evil.example/'] }, STARTS_NOT],
  '`response_type` missing': [{ response_type: undefined }, refuses('invalid_request')],
  '`response_type=none`': [{ response_type: 'none' }, refuses('unsupported_response_type')],
  '`response_mode=query`': [{ response_mode: 'query' }, CODE, { session: true }],
  '`response_mode=fragment`': [{ response_mode: 'fragment' }, { code: 'fragment' }, { session: true }],
  '`response_mode=form_post`': [{ response_mode: 'form_post' }, { code: 'form' }, { session: true }],
  '`response_mode` unknown': [{ response_mode: 'unknown' }, refuses('unsupported_response_mode')],
  '`scope` with an unknown value': [{ scope: 'openid unknown' }, CODE, { session: true }],
  '`scope` missing': [{ scope: undefined }, refuses('invalid_scope')],
  '`scope` without a known value': [{ scope: 'unknown users:read' }, refuses('invalid_scope')],
  '`scope` that the client may not have': [{ scope: 'groups' }, refuses('invalid_scope')],
  '`scope` malformed': [{ scope: 'openid "' }, refuses('invalid_scope')],
  '`code_challenge` missing': [{ code_challenge: undefined }, refuses('invalid_request')],
  '`code_challenge` malformed': [{ code_challenge: 'short' }, refuses('invalid_request')],
  '`code_challenge_method` missing': [{ code_challenge_method: undefined }, refuses('invalid_request')],
  '`code_challenge_method=plain`': [{ code_challenge_method: 'plain' }, refuses('invalid_request')],
  '`prompt=none` without a session': [{ prompt: 'none' }, refuses('login_required')],
  '`prompt=none` with a session': [{ prompt: 'none' }, CODE, { session: true }],
  '`prompt=none`, not allowed before': [
    { prompt: 'none' },
    refuses('consent_required'),
    { client: 'shop', session: true },
  ],
  '`prompt=none login`': [{ prompt: 'none login' }, refuses('invalid_request')],
  '`prompt=login` with a session': [{ prompt: 'login' }, SIGN_IN, { session: true }],
  '`prompt=consent` of an application that needs it': [
    { prompt: 'consent' },
    { page: 200, h1: 'Allow access' },
    { client: 'shop', session: true },
  ],
  '`prompt=select_account` with a session': [{ prompt: 'select_account' }, SIGN_IN, { session: true }],
  '`prompt` unknown': [{ prompt: 'unknown' }, refuses('invalid_request')],
  '`prompt=change_password` of an application that is not first-party': [
    { prompt: 'change_password' },
    refuses('unauthorized_client'),
    { client: 'shop' },
  ],
  '`max_age=0` with a session': [{ max_age: '0' }, SIGN_IN, { session: true }],
  '`max_age` not exceeded': [{ max_age: '3000' }, CODE, { session: true }],
  '`max_age` negative': [{ max_age: '-1' }, refuses('invalid_request')],
  '`display`, `claims_locales`': [{ display: 'popup', claims_locales: 'de' }, CODE, { session: true }],
  '`ui_locales` unknown': [{ ui_locales: 'xx' }, SIGN_IN],
  '`login_hint` unknown': [{ login_hint: 'nobody@example.com' }, SIGN_IN],
  '`id_token_hint` not valid': [{ id_token_hint: 'x' }, refuses('invalid_request')],
  '`acr_values` of which none can be met': [
    { acr_values: 'urn:unknown' },
    refuses('unmet_authentication_requirements'),
  ],
  '`acr_values` of which a later value can be met': [
    { acr_values: 'urn:unknown urn:oidc-rekey:acr:2fa' },
    CODE,
    { session: true },
  ],
  '`claims` that is no JSON': [{ claims: '{' }, refuses('invalid_request')],
  '`claims` with unknown members': [{ claims: '{"id_token":{"unknown":null}}' }, CODE, { session: true }],
  '`request`': [{ request: 'e30.e30.' }, refuses('request_not_supported')],
  '`request_uri` that was not pushed': [
    { request_uri: 'https://rp.example/request' },
    refuses('request_uri_not_supported'),
  ],
  '`request_uri` used or expired': [
    { request_uri: 'urn:ietf:params:oauth:request_uri:x' },
    refuses('invalid_request_uri'),
  ],
  '`registration`': [{ registration: '{}' }, refuses('registration_not_supported')],
  '`resource` unknown': [{ resource: 'https://api.example/unknown' }, refuses('invalid_target')],
  '`resource` that is not absolute': [{ resource: 'x' }, refuses('invalid_target')],
  '`dpop_jkt`': [{ dpop_jkt: 'x'.repeat(43) }, CODE, { session: true }],
  '`state` twice': [{ state: ['a', 'b'] }, refuses('invalid_request')],
  'a parameter without a value': [{ prompt: '', max_age: '' }, CODE, { session: true }],
  'an unknown parameter': [{ unknown: 'x' }, CODE, { session: true }],
}

const outcomes = {
  query: 'a code in the query, with `state` and `iss`',
  fragment: 'a code in the fragment',
  form: 'a form with the code',
}

function outcomeOf(expected: Expected): string {
  if ('error' in expected) return `\`${expected.error}\` to the redirect URI`
  if ('code' in expected) return outcomes[expected.code]
  return expected.page === 200 ? `page **${expected.h1}**` : `page, ${expected.page}`
}

let signedIn: Promise<Visitor> | undefined
const session = (server: Standalone): Promise<Visitor> =>
  (signedIn ??= server.person().then(async (person) => (await server.enter(person)).visitor))

/** The parameters of the answer, wherever it has them. */
function answered(page: Page): URLSearchParams {
  const { search, hash } = new URL(page.location ?? 'x:')
  return new URLSearchParams(hash ? hash.slice(1) : search)
}

function isExpected(page: Page, expected: Expected, issuer: string): void {
  const location = page.location ?? ''
  if ('page' in expected) expect([page.status, page.h1, location]).to.deep.equal([expected.page, expected.h1, ''])
  else if ('code' in expected && expected.code === 'form') expect(page.text).to.contain('name="code"')
  else isAnswered(page, expected, issuer)
}

function isAnswered(page: Page, expected: Exclude<Expected, { readonly page: number }>, issuer: string): void {
  const location = page.location ?? ''
  expect(location, page.text).to.match(/^http:\/\/127\.0\.0\.1:9\/callback[?#]/)
  const answer = answered(page)
  expect(answer.get('iss')).to.equal(issuer)
  if ('error' in expected) expect(answer.get('error')).to.equal(expected.error)
  else expect([answer.has('code'), answer.get('state')]).to.deep.equal([true, 's'])
}

async function check(server: Standalone, [parameters, expected, asking = {}]: Cell): Promise<void> {
  const { client = 'app', session: has } = asking
  const query = new URLSearchParams(server.ask(client, { state: 's' }).path.split('?')[1])
  for (const [name, value] of Object.entries(parameters)) {
    query.delete(name)
    for (const item of [value ?? []].flat()) query.append(name, item)
  }
  const visitor = has ? await session(server) : server.visitor()
  isExpected(await visitor.go(`/auth?${query.toString()}`), expected, server.issuer)
  const headers = { origin: 'https://rp.example', 'sec-fetch-site': 'cross-site' }
  const sent = await server.visitor().post('/auth', query.toString(), headers)
  expect([sent.status, sent.headers.getSetCookie()]).to.deep.equal([303, []])
  isExpected(await visitor.go(sent.location ?? ''), expected, server.issuer)
}

const send =
  (type: string, body: string) =>
  (server: Standalone): Promise<Page> =>
    server.visitor().post('/auth', body, { 'content-type': type })
const FORM = 'application/x-www-form-urlencoded'

export const authorization: Rows = {
  ...Object.fromEntries(
    Object.entries(cells).map(([when, cell]) => [
      `GET, POST ${when}`,
      { outcome: outcomeOf(cell[1]), check: (server) => check(server, cell) } satisfies Row,
    ]),
  ),
  'GET, POST `id_token_hint` of another person, with `prompt=none`': {
    outcome: outcomeOf(refuses('login_required')),
    async check(server) {
      const id_token_hint = (await server.tokens(await server.enter(await server.person()))).id_token
      await check(server, [{ id_token_hint, prompt: 'none' }, refuses('login_required'), { session: true }])
    },
  },
  'POST a body that is no form': {
    outcome: 'page, 415',
    async check(server) {
      const page = await send('application/json', '{}')(server)
      expect([page.status, typeof page.h1]).to.deep.equal([415, 'string'])
    },
  },
  'POST more than 4 KB': {
    outcome: 'page, 413, that names pushed requests',
    async check(server) {
      const page = await send(FORM, `state=${'x'.repeat(5000)}`)(server)
      expect(page.status).to.equal(413)
      expect(page.text).to.contain('RFC 9126')
    },
  },
  'POST `client_secret`, `client_assertion`': {
    outcome: 'left out of the redirect',
    async check(server) {
      const body = 'client_id=app&client_secret=s&client_assertion=a&client_assertion_type=t'
      const page = await send(FORM, body)(server)
      expect([page.status, page.location]).to.deep.equal([303, '/auth?client_id=app'])
    },
  },
}
