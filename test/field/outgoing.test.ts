/** The one function of outgoing HTTP requests, with every way in which a request fails, over real sockets. */
import { expect } from 'chai'
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { createServer as createTcpServer, type AddressInfo, type Server } from 'node:net'
import { text } from 'node:stream/consumers'
import { generate } from 'selfsigned'
import { requestFailure } from '../../src/outgoing/failure.ts'
import { createOutgoing, type Outgoing } from '../../src/outgoing/outgoing.ts'

const here = ['127.0.0.0/8', '::1']

describe('an outgoing request', () => {
  const open: Server[] = []
  afterEach(async () => {
    for (const server of open.splice(0)) {
      ;(server as Partial<ReturnType<typeof createServer>>).closeAllConnections?.()
      server.close()
      await once(server, 'close')
    }
  })

  async function listening(server: Server): Promise<number> {
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    open.push(server)
    return (server.address() as AddressInfo).port
  }
  const serving = async (listener: RequestListener): Promise<string> =>
    `http://127.0.0.1:${await listening(createServer(listener))}/`
  const failing = async (outgoing: Outgoing, url: string, init?: RequestInit): Promise<string> =>
    outgoing(url, init).then(
      ({ status }) => expect.fail(`it was answered with ${status}`),
      (error: unknown) => requestFailure(error),
    )
  const outgoing = createOutgoing({ allow: here })

  it('refuses a user in the address, which fetch does not send, and does not repeat the password', async () => {
    for (const given of ['https://rekey:S3CR3T@app.example.com/', new URL('https://S3CR3T@app.example.com/')]) {
      const error: unknown = await outgoing(given).catch((reason: unknown) => reason)
      expect(error).to.be.instanceOf(TypeError)
      expect(String(error)).to.contain('a user').and.not.contain('S3CR3T')
    }
  })

  it('sends method, headers and form, and reads the answer', async () => {
    const seen: unknown[] = []
    const url = await serving((request, response) => {
      const { method, headers } = request
      const { 'content-type': type, 'user-agent': agent, 'accept-encoding': encoding } = headers
      const body = text(request)
      seen.push([method, type, agent, encoding, body])
      response.setHeader('set-cookie', ['a=1', 'b=2'])
      response.end('{"ok":true}')
    })
    const headers = { 'user-agent': '' }
    const answer = await outgoing(url, { method: 'POST', body: new URLSearchParams({ logout_token: 'x.y' }), headers })
    expect(await Promise.all(seen.flat())).to.deep.equal([
      'POST',
      'application/x-www-form-urlencoded;charset=UTF-8',
      '',
      'identity',
      'logout_token=x.y',
    ])
    expect([answer.status, await answer.json(), answer.headers.getSetCookie()]).to.deep.equal([
      200,
      { ok: true },
      ['a=1', 'b=2'],
    ])
  })

  for (const status of [204, 304, 404, 500])
    it(`gives an answer of ${status} back`, async () => {
      const url = await serving((_, response) => response.writeHead(status).end())
      const answer = await outgoing(url)
      expect([answer.status, await answer.text()]).to.deep.equal([status, ''])
    })

  for (const status of [301, 302, 303, 307, 308])
    it(`does not follow a redirect with ${status}`, async () => {
      let reached = 0
      const other = await serving((_, response) => {
        reached++
        response.end()
      })
      const url = await serving((_, response) => response.writeHead(status, { location: other }).end())
      expect((await outgoing(url, { redirect: 'follow' })).status).to.equal(status)
      expect(reached).to.equal(0)
    })

  describe('to a private network', () => {
    const written = ['127.0.0.1', 'localhost', '[::ffff:127.0.0.1]', '2130706433', '0x7f.1', '127.1', '0.0.0.0']
    for (const host of written)
      it(`fails at http://${host} without a connection`, async () => {
        let connections = 0
        const port = await listening(createTcpServer(() => connections++))
        expect(await failing(createOutgoing({ allow: [] }), `http://${host}:${port}/`)).to.equal('private-address')
        expect(connections).to.equal(0)
      })

    for (const host of ['127.0.0.1', 'localhost', '127.1'])
      it(`is allowed at http://${host} when listed`, async () => {
        const { port } = new URL(await serving((_, response) => response.end('here')))
        expect(await (await outgoing(`http://${host}:${port}/`)).text()).to.equal('here')
      })

    for (const address of ['10.0.0.1', '192.168.0.1', '169.254.169.254', '[fd00::1]', '[fd00:ec2::254]'])
      it(`fails at https://${address}`, async () =>
        expect(await failing(outgoing, `https://${address}/`)).to.equal('private-address'))

    it('is never reached by a dispatcher of the library', async () => {
      const url = await serving((_, response) => response.end())
      const init = { dispatcher: { dispatch: () => expect.fail('it was used') } } as RequestInit
      expect(await failing(createOutgoing({ allow: [] }), url, init)).to.equal('private-address')
    })
  })

  it('is refused where nothing listens', async () => {
    const port = await listening(createTcpServer())
    const [server] = open.splice(0)
    server?.close()
    await once(server!, 'close')
    expect(await failing(outgoing, `http://127.0.0.1:${port}/`)).to.equal('refused')
  })

  it('names a host that DNS does not know', async () =>
    expect(await failing(outgoing, 'https://nowhere.invalid/')).to.equal('dns'))

  it('ends at the deadline of its caller, before the answer and within it', async () => {
    const init = (): RequestInit => ({ signal: AbortSignal.timeout(50) })
    const silent = await serving(() => {})
    const endless = await serving((_, response) => response.write('{'))
    expect(await failing(outgoing, silent, init())).to.equal('timeout')
    expect(await failing(outgoing, endless, init())).to.equal('timeout')
  })

  it('fails when the connection is closed', async () => {
    const url = await serving((request) => request.socket.destroy())
    const broken = await serving((request, response) => {
      response.writeHead(200, { 'content-length': 100 })
      response.write('{', () => request.socket.destroy())
    })
    expect(await failing(outgoing, url)).to.equal('disconnected')
    expect(await failing(outgoing, broken)).to.equal('disconnected')
  })

  it('reads no more than a megabyte', async () => {
    const url = await serving((_, response) => response.end('x'.repeat(1_100_000)))
    expect(await failing(outgoing, url)).to.equal('too-large')
  })

  it('takes http and https addresses only', async () => {
    for (const url of ['file:///etc/passwd', 'ftp://127.0.0.1/', 'data:,x'])
      expect(await failing(outgoing, url), url).to.equal('unknown')
  })

  it('trusts a private authority that is given, and no other', async () => {
    const of = async (name: string) =>
      generate([{ name: 'commonName', value: name }], {
        extensions: [
          { name: 'basicConstraints', cA: true },
          { name: 'subjectAltName', altNames: [{ type: 2, value: name }] },
        ],
      })
    const mine = await of('localhost')
    const listener: RequestListener = (_, response) => response.end('sealed')
    const port = await listening(createTlsServer({ key: mine.private, cert: mine.cert }, listener))
    const url = `https://localhost:${port}/`
    expect(await failing(outgoing, url)).to.equal('tls')
    expect(await failing(createOutgoing({ allow: here, ca: (await of('localhost')).cert }), url)).to.equal('tls')
    const trusting = createOutgoing({ allow: here, ca: mine.cert })
    expect(await (await trusting(url)).text()).to.equal('sealed')
    // The certificate is for another name.
    expect(await failing(trusting, `https://127.0.0.1:${port}/`)).to.equal('tls')
  })

  it('names an https address where plain http is spoken', async () => {
    const url = await serving((_, response) => response.end())
    expect(await failing(outgoing, url.replace('http:', 'https:'))).to.equal('tls')
  })
})
