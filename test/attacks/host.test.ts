/** Requests with forged hosts. The issuer is the only source of every address. */
import { expect } from 'chai'
import { connect } from 'node:net'
import { type ServerFixture, sharedFixture } from '../support/serverFixture.ts'
import type { Email } from '../support/managementCalls.ts'
import type { Extra } from '../support/client.ts'

describe('A request with a forged host', () => {
  let fixture: ServerFixture
  before(async () => {
    fixture = await sharedFixture()
  })

  const forged: Record<string, string> = {
    'x-forwarded-host': 'evil.example',
    'x-forwarded-proto': 'https',
    'x-forwarded-port': '444',
    'x-forwarded-for': '203.0.113.7',
    'x-forwarded-server': 'evil.example',
    'x-original-host': 'evil.example',
    'x-host': 'evil.example',
    forwarded: 'host=evil.example;proto=https;for=203.0.113.7',
    'x-original-url': '/evil',
    'x-rewrite-url': '/evil',
  }

  /** Sends these lines as they are. */
  async function raw(lines: readonly string[], body = ''): Promise<string> {
    const socket = connect(Number(new URL(fixture.issuer).port), '127.0.0.1')
    socket.setEncoding('utf8')
    let answer = ''
    socket.on('data', (text: string) => {
      answer += text
    })
    // The server may close the connection before the request is complete.
    socket.on('error', () => {})
    socket.write(`${lines.join('\r\n')}\r\nConnection: close\r\n\r\n${body}`)
    await new Promise((resolve) => socket.once('close', resolve))
    return answer
  }
  const statusOf = (answer: string): number => Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1])

  it('in its forwarding headers changes no address anywhere', async () => {
    const [admin, target] = [await fixture.admin(), await fixture.person()]
    await fixture.enter(target)
    const { status, headers, text, body } = await admin.reset(target, { code: await admin.person.code() }, forged)
    expect([status, headers.get('location')]).to.deep.equal([
      201,
      `${fixture.resource}/users/${target.id}/two-factor/resets/${body.id}`,
    ])
    await fixture.newLink(target, [])
    const mailbox = (await (await fetch(`${fixture.issuer}/mailbox.json`, { headers: forged })).json()) as {
      items: Email[]
    }
    const letters = mailbox.items.filter(({ to }) => to === target.email)
    const discovery = await (
      await fetch(`${fixture.issuer}/.well-known/openid-configuration`, { headers: forged })
    ).text()
    const page = await fixture.visitor().get(fixture.ask().path, forged)
    const users = await admin.call('GET', '/users?limit=1', undefined, forged)
    for (const answered of [text, discovery, page.location!, users.headers.get('link')!, JSON.stringify(letters)])
      expect(answered).not.to.match(/evil|:444\b|203\.0\.113/)
    expect(letters.map((letter) => letter.text).join()).to.include(`\n${fixture.issuer}/two-factor/reset/`)
    expect(users.headers.get('link')).to.include(fixture.resource)
    // The audit does not record the forwarded address either.
    const { events } = await fixture.count(target)
    expect(events.map((event) => event.address).filter((address) => address !== null)).to.include('127.0.0.0/24')
    expect(JSON.stringify(events)).not.to.include('203.0.113')
  })

  it('in the request line or Host is refused, and does nothing', async () => {
    const [admin, target] = [await fixture.admin(), await fixture.person()]
    const code = await admin.person.code()
    const body = JSON.stringify({ code })
    const { host, port } = new URL(fixture.issuer)
    const path = `/management/v1/users/${target.id}/two-factor/resets`
    const authorization = `Authorization: Bearer ${admin.token}`
    const rest = [authorization, 'Content-Type: application/json', `Content-Length: ${body.length}`]
    const requests: (readonly string[])[] = [
      [`POST ${path} HTTP/1.1`, 'Host: evil.example', ...rest],
      [`POST ${path} HTTP/1.1`, `Host: localhost.evil.example:${port}`, ...rest],
      [`POST ${path} HTTP/1.1`, 'Host: localhost', ...rest],
      [`POST ${path} HTTP/1.1`, `Host: 127.0.0.1:${port}`, ...rest],
      [`POST ${path} HTTP/1.1`, `Host: ${host}@evil.example`, ...rest],
      [`POST ${path} HTTP/1.1`, 'Host: ', ...rest],
      [`POST ${path} HTTP/1.1`, 'Host: evil.example', `Host: ${host}`, ...rest],
      [`POST http://evil.example${path} HTTP/1.1`, `Host: ${host}`, ...rest],
      [`POST ${path} HTTP/1.1`, ...rest],
      ['OPTIONS * HTTP/1.1', `Host: ${host}`],
    ]
    for (const lines of requests)
      expect(statusOf(await raw(lines, body)), lines.slice(0, 2).join()).to.be.oneOf([400, 421])
    expect((await fixture.count(target)).state).to.equal('active')
    // The code is still unused. Where the target names the host, the header is ignored. @see RFC 9112 §3.2.2
    const absolute = [`POST http://${host.toUpperCase()}${path} HTTP/1.1`, 'Host: evil.example', ...rest]
    expect(statusOf(await raw(absolute, body))).to.equal(201)
  })

  it('or a malformed request line or header gets an answer below 500', async () => {
    const { host } = new URL(fixture.issuer)
    const own = `Host: ${host}`
    const requests: Record<string, readonly string[]> = {
      'a path of two slashes': ['GET //evil.example/auth HTTP/1.1', own],
      'a broken escape': ['GET /two-factor/reset/%E0%A4%A HTTP/1.1', own],
      'a broken escape in a sign-in': ['GET /sign-in/%ff/code HTTP/1.1', own],
      'a broken escape in the API': [`GET /management/v1/users/%c0%ae HTTP/1.1`, own],
      'a NUL': ['GET /sign-in/%00 HTTP/1.1', own],
      dots: ['GET /assets/../../package.json HTTP/1.1', own],
      'encoded dots': ['GET /assets/%2e%2e%2fpackage.json HTTP/1.1', own],
      'a backslash': ['GET /\\evil.example HTTP/1.1', own],
      'a fragment': ['GET /auth#x HTTP/1.1', own],
      TRACE: ['TRACE / HTTP/1.1', own],
      CONNECT: ['CONNECT evil.example:443 HTTP/1.1', own],
      'an unknown method': ['PROPFIND / HTTP/1.1', own],
      'a very long query': [`GET /auth?state=${'a'.repeat(15_000)} HTTP/1.1`, own],
      'headers without end': ['GET / HTTP/1.1', own, `X-Long: ${'a'.repeat(70_000)}`],
      'a cookie without end': ['GET /auth HTTP/1.1', own, `Cookie: rekey=${'a'.repeat(12_000)}`],
      'two lengths': ['POST /token HTTP/1.1', own, 'Content-Length: 5', 'Content-Length: 6'],
      'a length and chunks': ['POST /token HTTP/1.1', own, 'Content-Length: 5', 'Transfer-Encoding: chunked'],
    }
    for (const [what, lines] of Object.entries(requests)) {
      const answer = await raw(lines)
      // CONNECT is not supported: the connection ends.
      if (answer !== '') expect(statusOf(answer), what).to.be.within(200, 431)
      expect(answer, what).not.to.match(/^location: (\/\/|\\|https?:\/\/evil)/im)
    }
  })

  it('cannot continue a sign-in with a forged cookie', async () => {
    const page = await fixture.begin()
    const cookies: Extra[] = [
      { cookie: 'rekey=; rekey_interaction=; rekey_session=' },
      { cookie: `rekey_interaction=${page.visitor.jar.value('rekey_interaction')}` },
      { cookie: 'rekey_session=__proto__; rekey_session.sig=x' },
      { cookie: 'rekey_start=%00; rekey=\u00ff' },
      { cookie: 'a=b; '.repeat(500) },
    ]
    for (const headers of cookies) {
      const answer = await fixture.visitor().get(page.path, headers)
      expect([answer.status, answer.h1]).to.deep.equal([400, 'Your sign-in was interrupted'])
    }
  })
})
