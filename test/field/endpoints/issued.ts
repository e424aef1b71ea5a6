/** Endpoints that take issued tokens: userinfo, introspection, revocation. */
import { expect } from 'chai'
import type { Standalone } from '../standalone.ts'
import { asClient, basic, type Call, type Expected, newTokens, rowsOf } from './calls.ts'

const refused = (error: string, status = 400): Expected => ({ status, error })
const CHALLENGE = { 'www-authenticate': /^Bearer realm="[^"]*", DPoP / }

export const userinfo = rowsOf('/me', {
  'GET no token': { authorization: null, expected: { ...refused('invalid_token', 401), headers: CHALLENGE } },
  'GET an invalid token': {
    authorization: 'Bearer x',
    expected: { ...refused('invalid_token', 401), headers: { 'www-authenticate': /^Bearer .*error="invalid_token"/ } },
  },
  'GET another scheme': { authorization: basic('app', 'x'), expected: refused('invalid_request') },
  'GET `access_token` in the query': {
    authorization: null,
    query: '?access_token=x',
    expected: refused('invalid_request'),
  },
  'POST `access_token` in the form': {
    authorization: null,
    fields: async (server) => ({ access_token: (await newTokens(server)).access_token }),
    expected: { status: 200, headers: { 'cache-control': /^no-store$/, 'content-type': /^application\/json/ } },
  },
  'POST a token in the header and in the form': {
    authorization: 'Bearer x',
    fields: { access_token: 'x' },
    expected: refused('invalid_request'),
  },
  'POST `access_token` twice': {
    authorization: null,
    fields: { access_token: ['x', 'y'] },
    expected: refused('invalid_request'),
  },
  'POST a body that is no form': {
    authorization: 'Bearer x',
    headers: { 'content-type': 'application/json' },
    body: '{}',
    expected: refused('invalid_request'),
  },
  'POST a token for the management API': {
    authorization: null,
    fields: async (server) => {
      const admin = await server.person({ roles: ['admin'] })
      const { access_token } = await server.tokens(await server.enter(admin, server.askManagement()))
      return { access_token }
    },
    expected: refused('insufficient_scope', 403),
  },
})

const access = async (server: Standalone) => ({ token: (await newTokens(server)).access_token })
const common: Readonly<Record<string, Call>> = {
  'POST `token` missing': { expected: refused('invalid_request') },
  'POST `token` twice': { fields: { token: ['x', 'y'] }, expected: refused('invalid_request') },
  'POST no client': {
    authorization: null,
    fields: { token: 'x' },
    expected: { ...refused('invalid_client', 401), headers: { 'www-authenticate': /^Basic realm=/ } },
  },
  'POST a wrong client secret': {
    authorization: basic('app', 'wrong'),
    fields: { token: 'x' },
    expected: { ...refused('invalid_client', 401), headers: { 'www-authenticate': /^Basic realm=/ } },
  },
  'POST an ID token': {
    fields: async (server) => ({ token: (await newTokens(server)).id_token }),
    expected: refused('unsupported_token_type'),
  },
  'POST a body that is no form': {
    headers: { 'content-type': 'application/json' },
    body: '{}',
    expected: refused('invalid_request'),
  },
}

const ACTIVE: Expected = { status: 200, has: { active: true, client_id: 'app', token_type: 'Bearer' } }
const INACTIVE: Expected = { status: 200, has: { active: false } }

export const introspection = rowsOf('/token/introspection', {
  'POST `token` of the client: active': {
    fields: access,
    expected: { ...ACTIVE, headers: { 'cache-control': /^no-store$/ } },
  },
  'POST `token` unknown: not active': { fields: { token: 'x' }, expected: INACTIVE },
  'POST `token` of another client: not active': { authorization: asClient('shop'), fields: access, expected: INACTIVE },
  'POST `token_type_hint` wrong: active': {
    fields: async (server) => ({ ...(await access(server)), token_type_hint: 'refresh_token' }),
    expected: ACTIVE,
  },
  'POST `token_type_hint` unknown: active': {
    fields: async (server) => ({ ...(await access(server)), token_type_hint: 'x' }),
    expected: ACTIVE,
  },
  ...common,
})

/** Sends a token, and then asks userinfo whether it still counts. */
function revokes(authorization: string, more: Record<string, string>, status: number): Call {
  let token = ''
  return {
    authorization,
    async fields(server) {
      token = (await newTokens(server)).access_token
      return { token, ...more }
    },
    expected: { status: 200 },
    after: async (server) => expect((await server.userinfo(token)).status).to.equal(status) as never,
  }
}

export const revocation = rowsOf('/token/revocation', {
  'POST `token` of the client: revoked': revokes(asClient('app'), {}, 401),
  'POST `token` unknown': { fields: { token: 'x' }, expected: { status: 200 } },
  'POST `token` of another client: nothing is revoked': revokes(asClient('shop'), {}, 200),
  'POST `token_type_hint` wrong: revoked': revokes(asClient('app'), { token_type_hint: 'refresh_token' }, 401),
  'POST `token_type_hint` unknown: revoked': revokes(asClient('app'), { token_type_hint: 'x' }, 401),
  ...common,
})
