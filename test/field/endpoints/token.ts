/** The token endpoint, and the endpoint of pushed requests. */
import { expect } from 'chai'
import type { Standalone } from '../standalone.ts'
import { asClient, basic, type Expected, newCode, newTokens, rowsOf, signedIn } from './calls.ts'
import type { Rows } from './row.ts'

const refused = (error: string, status = 400): Expected => ({ status, error })
const REALM = { 'www-authenticate': /^Basic realm=/ }
const OFFLINE = { scope: 'openid offline_access', prompt: 'consent' }

const codeWith = (more: Record<string, string | undefined>) => async (server: Standalone) => ({
  ...(await newCode(server)),
  ...more,
})

async function usedCode(server: Standalone): Promise<Record<string, string>> {
  const fields = await newCode(server)
  expect((await server.post('/token', 'app', fields)).status).to.equal(200)
  return fields
}

const refreshing = (more: Record<string, string>) => async (server: Standalone) => {
  const { refresh_token = '' } = await newTokens(server, OFFLINE)
  return { grant_type: 'refresh_token', refresh_token, ...more }
}

export const token = rowsOf('/token', {
  'POST `code` with its `redirect_uri` and `code_verifier`': {
    fields: newCode,
    expected: {
      status: 200,
      has: { token_type: 'Bearer', scope: 'openid' },
      headers: { 'cache-control': /^no-store$/, pragma: /^no-cache$/, 'content-type': /^application\/json/ },
    },
  },
  'POST `grant_type` missing': { expected: refused('invalid_request') },
  'POST `grant_type` unknown': { fields: { grant_type: 'x' }, expected: refused('unsupported_grant_type') },
  'POST `grant_type=password`': { fields: { grant_type: 'password' }, expected: refused('unsupported_grant_type') },
  'POST `code` missing': { fields: codeWith({ code: undefined }), expected: refused('invalid_request') },
  'POST `code` without a value': { fields: codeWith({ code: '' }), expected: refused('invalid_request') },
  'POST `code` unknown': { fields: codeWith({ code: 'x' }), expected: refused('invalid_grant') },
  'POST `code` used': { fields: usedCode, expected: refused('invalid_grant') },
  'POST `code` of another client': {
    fields: newCode,
    authorization: asClient('shop'),
    expected: refused('invalid_grant'),
  },
  'POST `redirect_uri` missing': {
    fields: codeWith({ redirect_uri: undefined }),
    expected: refused('invalid_request'),
  },
  'POST `redirect_uri` another': {
    fields: codeWith({ redirect_uri: 'http://x.example' }),
    expected: refused('invalid_grant'),
  },
  'POST `code_verifier` missing': {
    fields: codeWith({ code_verifier: undefined }),
    expected: refused('invalid_grant'),
  },
  'POST `code_verifier` wrong': {
    fields: codeWith({ code_verifier: 'x'.repeat(43) }),
    expected: refused('invalid_grant'),
  },
  'POST `resource` that was not granted': {
    fields: codeWith({ resource: 'https://api.example/' }),
    expected: refused('invalid_target'),
  },
  'POST `refresh_token`': { fields: refreshing({}), expected: { status: 200, has: { token_type: 'Bearer' } } },
  'POST `refresh_token` unknown': {
    fields: { grant_type: 'refresh_token', refresh_token: 'x' },
    expected: refused('invalid_grant'),
  },
  'POST `scope` beyond the granted one': {
    fields: refreshing({ scope: 'openid email' }),
    expected: refused('invalid_scope'),
  },
  'POST `grant_type` that the client is not registered for': {
    fields: { grant_type: 'client_credentials' },
    expected: refused('unauthorized_client'),
  },
  'POST no client': {
    authorization: null,
    fields: { grant_type: 'x' },
    expected: { status: 401, error: 'invalid_client', headers: REALM },
  },
  'POST `client_id` unknown': {
    authorization: null,
    fields: { grant_type: 'authorization_code', client_id: 'unknown' },
    expected: refused('invalid_client', 401),
  },
  'POST `client_id` of a confidential client without its secret': {
    authorization: null,
    fields: { grant_type: 'authorization_code', client_id: 'app' },
    expected: refused('invalid_client', 401),
  },
  'POST a wrong secret in the header': {
    authorization: basic('app', 'wrong'),
    fields: newCode,
    expected: { status: 401, error: 'invalid_client', headers: REALM },
  },
  'POST a malformed header': { authorization: 'Basic @', fields: newCode, expected: refused('invalid_request') },
  'POST two ways to authenticate': {
    fields: { grant_type: 'authorization_code', client_secret: 'x' },
    expected: refused('invalid_request'),
  },
  'POST `client_id` of another client than in the header': {
    fields: { grant_type: 'authorization_code', client_id: 'shop' },
    expected: refused('invalid_request'),
  },
  'POST `DPoP` malformed': { headers: { dpop: 'x' }, fields: newCode, expected: refused('invalid_dpop_proof') },
  'POST a parameter twice': { fields: { grant_type: ['refresh_token', 'x'] }, expected: refused('invalid_request') },
  'POST an unknown parameter': { fields: codeWith({ unknown: 'x' }), expected: { status: 200 } },
  'POST parameters in the query': { query: '?grant_type=refresh_token', expected: refused('invalid_request') },
  'POST a body that is no form': {
    headers: { 'content-type': 'application/json' },
    body: '{}',
    expected: refused('invalid_request'),
  },
})

const requestOf =
  <P extends Record<string, string | string[]>>(parameters: P) =>
  async (server: Standalone) => {
    const { path } = server.ask('app')
    return { ...Object.fromEntries(new URLSearchParams(path.split('?')[1])), ...parameters }
  }

/** Pushes a request, uses it, and then again: there is no redirect URI left that an error could go to. */
async function usedAgain(server: Standalone, clientId: string): Promise<void> {
  const { body } = await server.post('/request', 'app', await requestOf({})(server))
  const queryOf = (id: string) => new URLSearchParams({ client_id: id, request_uri: body.request_uri }).toString()
  const visitor = await signedIn(server)
  const page = await visitor.get(`/auth?${queryOf(clientId)}`)
  const answer = await visitor.get(`/auth?${queryOf('app')}`)
  if (clientId === 'app') server.codeAt(page)
  else server.codeAt(answer)
  const refusal = clientId === 'app' ? answer : page
  expect([refusal.status, refusal.h1]).to.deep.equal([400, 'This sign-in cannot be started'])
}

export const pushed: Rows = {
  ...rowsOf('/request', {
    'POST a complete request': {
      fields: requestOf({}),
      expected: { status: 201, has: { expires_in: 60 }, headers: { 'cache-control': /^no-store$/ } },
    },
    'POST no client authentication': {
      authorization: null,
      fields: requestOf({}),
      expected: refused('invalid_client', 401),
    },
    'POST `request_uri`': {
      fields: requestOf({ request_uri: 'urn:x' }),
      expected: refused('request_uri_not_supported'),
    },
    'POST `request`': { fields: requestOf({ request: 'e30.e30.' }), expected: refused('request_not_supported') },
    'POST `redirect_uri` not registered': {
      fields: requestOf({ redirect_uri: 'https://evil.example/' }),
      expected: refused('invalid_request'),
    },
    'POST `response_type` unsupported': {
      fields: requestOf({ response_type: 'token' }),
      expected: refused('unsupported_response_type'),
    },
    'POST `scope` without a known value': {
      fields: requestOf({ scope: 'unknown' }),
      expected: refused('invalid_scope'),
    },
    'POST `code_challenge` missing': {
      fields: requestOf({ code_challenge: '' }),
      expected: refused('invalid_request'),
    },
    'POST `prompt=none login`': { fields: requestOf({ prompt: 'none login' }), expected: refused('invalid_request') },
    'POST `resource` unknown': {
      fields: requestOf({ resource: 'https://x.example/' }),
      expected: refused('invalid_target'),
    },
    'POST `DPoP` malformed': { headers: { dpop: 'x' }, fields: requestOf({}), expected: refused('invalid_dpop_proof') },
    'POST `state` twice': { fields: requestOf({ state: ['a', 'b'] }), expected: refused('invalid_request') },
    'POST a body that is no form': {
      headers: { 'content-type': 'application/json' },
      body: '{}',
      expected: refused('invalid_request'),
    },
  }),
  'GET a pushed `request_uri` at `/auth`, a second time': {
    outcome: 'page, 400',
    check: (server) => usedAgain(server, 'app'),
  },
  'GET a pushed `request_uri` at `/auth` with the `client_id` of another client': {
    outcome: 'page, 400; it can still be used',
    check: (server) => usedAgain(server, 'shop'),
  },
}
