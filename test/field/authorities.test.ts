/** Host headers and request targets of browsers, proxies and probes, sent as bytes to the gate of the server. */
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { expect } from 'chai'
import { Provider } from 'oidc-provider'
import { fixedOrigin } from '../../src/server/fixedOrigin.ts'
import { machineEndpoints } from '../../src/server/machineEndpoints.ts'

const LF = '\r\n'

/** Sends a head as it is; the status and the body of the answer. */
async function send(listener: RequestListener, head: string): Promise<{ status: number; body: string }> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  try {
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
    socket.write(Buffer.from(`${head}${LF}Connection: close${LF}${LF}`))
    const answer = await text(socket)
    return { status: Number(answer.split(' ')[1]), body: answer.slice(answer.indexOf(LF + LF) + 4) }
  } finally {
    server.close()
  }
}

/** Answers with what the rest of the server sees. */
const echo: RequestListener = (req, res) => {
  res.setHeader('Content-Length', Buffer.byteLength(seenIn(req.headers, req.url)))
  res.end(seenIn(req.headers, req.url))
}
const seenIn = (headers: NodeJS.Dict<string | string[]>, url = ''): string =>
  [headers['x-forwarded-proto'], headers.host, url, headers['x-forwarded-for']].join(' ')

const provider = new Provider('https://id.example.com', {
  features: {
    devInteractions: { enabled: false },
    introspection: { enabled: true },
    revocation: { enabled: true },
    userinfo: { enabled: true },
  },
})
const isMachineEndpoint = machineEndpoints(provider)
const gate = (issuer: string, internalHosts: readonly string[] = [], proxies = 0): RequestListener =>
  fixedOrigin({ issuer, internalHosts, isMachineEndpoint }, proxies, echo)
const get = (host: string, path = '/'): string => `GET ${path} HTTP/1.1${LF}Host: ${host}`

/** By issuer: the Host headers that mean it, and those that do not. */
const hosts: Readonly<Record<string, { readonly same: readonly string[]; readonly other: readonly string[] }>> = {
  'https://id.example.com': {
    same: [
      'id.example.com',
      'id.example.com:443',
      // A proxy that ends TLS and sends its own port, as `$host:$server_port` does behind a balancer.
      'id.example.com:80',
      'id.example.com:',
      'ID.Example.COM',
      'id.example.com.',
      'ID.example.com.:443',
      'i%64.example.com',
    ],
    other: [
      '',
      'evil.example',
      'id.example.com.evil.example',
      'evil.id.example.com',
      'id.example.com..',
      '.id.example.com',
      'id.example.com:8443',
      'id.example.com:0443x',
      'id.example.com:65536',
      'id.example.com:443:443',
      'id.example.com@evil.example',
      'evil.example@id.example.com',
      'evil.example/id.example.com',
      'id.example.com/',
      'id.example.com?',
      'id.example.com#',
      'id.example.com\\',
      'id.example.com, evil.example',
      'id.example.com evil.example',
      '[::1]',
      '127.0.0.1',
    ],
  },
  'https://id.example.com:8443': {
    same: ['id.example.com:8443', 'ID.example.com.:8443', 'id.example.com:08443'],
    other: ['id.example.com', 'id.example.com:443', 'id.example.com:80', 'id.example.com:84430'],
  },
  'http://id.lan': { same: ['id.lan', 'id.lan:80', 'Id.Lan.'], other: ['id.lan:443', 'id.lan:3000', 'lan'] },
  'http://localhost:3000': {
    same: ['localhost:3000', 'LOCALHOST:3000', 'localhost.:3000'],
    other: ['localhost', 'localhost:3001', '127.0.0.1:3000', '[::1]:3000'],
  },
  'http://[::1]:3000': {
    same: ['[::1]:3000', '[0:0:0:0:0:0:0:1]:3000', '[0000::0001]:3000'],
    other: ['[::1]', '::1:3000', '[::2]:3000', '[::1]:3000]', '[::1%25lo]:3000', 'localhost:3000'],
  },
  'https://[2001:db8::7]': {
    same: ['[2001:db8::7]', '[2001:DB8:0::7]:443'],
    other: ['2001:db8::7', '[2001:db8::8]', '[2001:db8::7'],
  },
  'https://id.müller.example': {
    same: ['id.xn--mller-kva.example', 'ID.XN--MLLER-KVA.example:443', 'id.müller.example', 'id.MÜLLER.example.'],
    other: ['id.muller.example', 'id.mller-kva.example'],
  },
}

describe('A request', () => {
  for (const [issuer, { same, other }] of Object.entries(hosts)) {
    const { host, protocol } = new URL(issuer)
    const seen = `${protocol.slice(0, -1)} ${host} /account 127.0.0.1`
    for (const name of same)
      it(`for ${issuer} may have the Host ${name}`, async () => {
        expect(await send(gate(issuer), get(name, '/account'))).to.deep.equal({ status: 200, body: seen })
      })
    it(`for ${issuer} may have no other Host`, async () => {
      for (const name of other) {
        const { status, body } = await send(gate(issuer), get(name, '/account'))
        expect([name, status]).to.deep.equal([name, 421])
        expect(body).to.include(`This service answers at ${issuer} only.\n`)
      }
    })
  }

  const issuer = 'https://id.example.com'

  it('has a Host of bytes that are no UTF-8 refused', async () => {
    const { status } = await send(gate(issuer), `GET / HTTP/1.1${LF}Host: id.example.com\u{FF}`)
    expect(status).to.equal(421)
  })

  it('may name the whole address, which overrides the Host', async () => {
    const whole = (target: string): string => `GET ${target} HTTP/1.1${LF}Host: evil.example`
    for (const [target, path] of [
      ['https://id.example.com/account?a=b', '/account?a=b'],
      ['HTTP://ID.example.com:443/account', '/account'],
      ['https://id.example.com', '/'],
      ['https://id.example.com?a=b', '/?a=b'],
    ] as const)
      expect((await send(gate(issuer), whole(target))).body).to.equal(`https id.example.com ${path} 127.0.0.1`)
    for (const target of [
      'https://evil.example/',
      'https://id.example.com@evil.example/',
      'ftp://id.example.com/',
      '*',
    ])
      expect((await send(gate(issuer), whole(target).replace('evil', 'id'))).status, target).to.equal(421)
  })

  it('of a browser for the name with a dot at its end leads to the issuer, whose cookies it then has', async () => {
    const navigate = `${get('id.example.com.', '/account?a=b')}${LF}Sec-Fetch-Mode: navigate`
    expect((await send(gate(issuer), navigate)).status).to.equal(308)
    expect((await send(gate(issuer), navigate.replace('com.', 'com'))).status).to.equal(200)
    expect((await send(gate(issuer), navigate.replace('example.com.', 'evil.example.'))).status).to.equal(421)
    // Over plain http, and before Safari 16.4, a browser says only what it takes.
    const old = navigate.replace(/Sec-.*/, 'Accept: text/html,application/xhtml+xml;q=0.9,*/*;q=0.8')
    expect((await send(gate(issuer), old)).status).to.equal(308)
    for (const other of ['Accept: */*', 'Accept: application/json', `Accept: text/html${LF}Sec-Fetch-Mode: cors`])
      expect((await send(gate(issuer), navigate.replace(/Sec-.*/, other))).status, other).to.equal(200)
  })

  it('with two Host headers is refused, in either order', async () => {
    for (const [first, second] of [
      ['id.example.com', 'evil.example'],
      ['evil.example', 'id.example.com'],
    ] as const) {
      const { status } = await send(gate(issuer), `${get(first)}${LF}host: ${second}`)
      expect(status).to.be.oneOf([400, 421])
    }
  })

  for (const path of ['/health/live', '/health/ready', '/health/ready?probe=1', '/health/live/', '/Health/Live?'])
    it(`for ${path} needs no Host, and takes any`, async () => {
      for (const head of [
        get('10.0.0.7:3000', path),
        get('', path),
        get('evil.example', path),
        `GET ${path} HTTP/1.0`,
        `HEAD ${path} HTTP/1.0`,
      ])
        expect((await send(gate(issuer), head)).status, head).to.equal(200)
    })

  it('by HTTP/1.0 without a Host gets nothing else', async () => {
    for (const path of ['/', '/account', '/health', '/health/live/x', '/jwks', '//health/live', '/?/health/live'])
      expect((await send(gate(issuer, ['oidc']), `GET ${path} HTTP/1.0`)).status, path).to.equal(421)
  })
})

describe('An internal host', () => {
  const issuer = 'https://id.example.com'
  const internal = ['oidc:3000', 'oidc.svc.cluster.local', '[fd00::7]:3000']
  const machine: readonly [method: string, path: string][] = [
    ['POST', '/token'],
    ['POST', '/request'],
    ['POST', '/token/introspection'],
    ['POST', '/token/revocation'],
    ['GET', '/me'],
    ['POST', '/me'],
    ['GET', '/jwks'],
    ['HEAD', '/jwks?x=y'],
    ['GET', '/.well-known/openid-configuration'],
    ['GET', '/.well-known/oauth-authorization-server'],
  ]
  const pages = [
    '/',
    '/auth',
    '/auth/x',
    '/session/end',
    '/account',
    '/admin/users',
    '/sign-in/x',
    '/password',
    '/mailbox',
  ]
  const others: readonly [method: string, path: string][] = [
    ...pages.flatMap((path): [string, string][] => [
      ['GET', path],
      ['POST', path],
    ]),
    ['GET', '/token'],
    ['GET', '/token/introspection'],
    ['OPTIONS', '/token'],
    ['POST', '/jwks'],
    ['POST', '/TOKEN'],
    ['POST', '/token/'],
    ['GET', '/management/v1/users'],
    ['GET', '/assets/style.css'],
  ]
  const ask = async (host: string, [method, path]: readonly [string, string], proxies = 0) =>
    send(gate(issuer, internal, proxies), `${method} ${path} HTTP/1.1${LF}Host: ${host}${LF}X-Forwarded-For: 6.6.6.6`)

  for (const [method, path] of machine)
    it(`serves ${method} ${path}, as the issuer`, async () => {
      for (const host of [
        'oidc:3000',
        'OIDC.:3000',
        'oidc.svc.cluster.local',
        'oidc.svc.cluster.local:80',
        '[fd00:0::7]:3000',
      ]) {
        const { status, body } = await ask(host, [method, path], 1)
        // A client without a proxy has written X-Forwarded-For itself.
        expect([status, body]).to.deep.equal([200, method === 'HEAD' ? '' : `https id.example.com ${path} 127.0.0.1`])
      }
    })

  it('serves no page, and nothing by another method', async () => {
    for (const request of others) expect((await ask('oidc:3000', request)).status, request.join(' ')).to.equal(421)
  })

  it('is named with its port', async () => {
    for (const host of ['oidc', 'oidc:3001', 'oidc.svc.cluster.local:3000', 'evil.example'])
      expect((await ask(host, ['GET', '/jwks'])).status, host).to.equal(421)
    const { status } = await send(gate(issuer), get('oidc:3000', '/jwks'))
    expect(status).to.equal(421)
  })
})
