/** A request that is not UTF-8 is refused by every route, in the form of the route: nothing is read as other characters than were sent. */
import { expect } from 'chai'
import { isFormText } from '../../src/decoding.ts'
import { routes } from '../../src/http/routes.ts'
import { type ApiHost, openApiHost } from '../support/apiHost.ts'

const broken: Readonly<Record<string, string>> = {
  'a byte that is none of UTF-8': '%FF',
  'a sequence that is cut': '%C3',
  'an overlong slash': '%C0%AF',
  'a surrogate': '%ED%A0%80',
  'Windows-1252': 'M%FCller',
}
const endpoints: Readonly<Record<string, readonly string[]>> = {
  GET: ['/auth', '/session/end', '/me', '/jwks', '/.well-known/openid-configuration'],
  POST: ['/token', '/request', '/me'],
}
const programs = /^\/(token|request|me|jwks|\.well-known|management)/

describe('Bytes of a request', function () {
  this.timeout(60_000)
  let host: ApiHost
  let token: string
  before(async () => {
    host = await openApiHost()
    token = (await host.admin()).token
  })
  after(() => host.close())

  async function ask(method: string, path: string, body?: string | Buffer, type = 'application/x-www-form-urlencoded') {
    const headers = {
      authorization: `Bearer ${token}`,
      origin: new URL(host.issuer).origin,
      ...(body && { 'content-type': type }),
    }
    const sent = {
      method,
      headers,
      redirect: 'manual' as const,
      ...(body !== undefined && { body: new Uint8Array(Buffer.from(body)) }),
    }
    const answer = await fetch(host.issuer + path, sent)
    return { status: answer.status, type: answer.headers.get('content-type') ?? '', text: await answer.text() }
  }
  const formOf = (path: string): RegExp => (programs.test(path) ? /json/ : /html/)
  const own = routes.map(({ method, path }) => ({ method, path: path.replaceAll(/:\w+/g, 'x'.repeat(21)) }))

  it('in a query are refused by every route of ours', async () => {
    for (const { method, path } of own) {
      const { status, type } = await ask(method, `${path}?search=%FF`)
      expect(status, `${method} ${path}`).to.equal(path.startsWith('/management/v1/') ? 422 : 400)
      expect(type, path).to.match(formOf(path))
    }
  })

  it('in a query are refused by every endpoint of the provider', async () => {
    for (const [method, paths] of Object.entries(endpoints))
      for (const path of paths) {
        const { status, type, text } = await ask(method, `${path}?state=%FF`, method === 'POST' ? 'a=b' : undefined)
        expect(status, `${method} ${path}`).to.equal(400)
        expect(type, path).to.match(formOf(path))
        expect(text, path).to.not.include('\uFFFD')
      }
  })

  it('in a form are refused by every page and every endpoint', async () => {
    const paths = own.filter(({ method, path }) => method === 'POST' && !programs.test(path)).map(({ path }) => path)
    for (const path of [...paths, '/auth', '/session/end', ...(endpoints['POST'] ?? [])])
      for (const body of ['a=%FF', Buffer.from('a=M\xfcller', 'latin1'), Buffer.from('a=\0')]) {
        const { status, type, text } = await ask('POST', path, body)
        expect(status, `${path} ${body.toString()}: ${text.slice(0, 300)}`).to.equal(400)
        expect(type, path).to.match(formOf(path))
      }
  })

  it('in JSON are refused by every call that reads a body', async () => {
    for (const [method, path] of [
      ['POST', '/users'],
      ['PATCH', '/users/x'],
      ['POST', '/users/x/two-factor/resets'],
    ] as const)
      for (const body of [
        Buffer.from('{"name":"M\xfcller"}', 'latin1'),
        Buffer.from('\uFEFF{"name":"M"}', 'utf16le'),
      ]) {
        const { status, text } = await ask(method, `/management/v1${path}`, body, 'application/json')
        expect([status, JSON.parse(text).code], path).to.deep.equal([422, 'invalid_request'])
      }
  })

  it('of half a character, or of a control character, are no reason of a reset, which may have several lines', async () => {
    const admin = await host.admin()
    const { id } = await host.person()
    for (const reason of ['a\ud800', 'a\0', '\u001b[2J']) {
      const { status, body } = await admin.reset({ id }, { code: '123456', reason })
      expect([status, body.code, body.detail]).to.deep.equal([422, 'invalid_request', 'reason: must be text'])
    }
    expect(
      (await admin.reset({ id }, { code: await admin.person.code(), reason: 'Called back:\n\tok 🎉' })).status,
    ).to.equal(201)
  })

  it('are judged once, percent-encoding included', () => {
    for (const [what, text] of Object.entries(broken)) expect(isFormText(`a=${text}`), what).to.equal(false)
    for (const text of ['', 'a=b', 'a=M%C3%BCller', 'a=Müller', 'a=100%', 'a=%zz', 'a=%2', 'a=%F0%9F%98%80'])
      expect(isFormText(text), text).to.equal(true)
  })
})
