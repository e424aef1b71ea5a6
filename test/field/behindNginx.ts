/**
 * Two processes behind nginx with TLS, as an operator sets it up: a gateway that writes ports into X-Forwarded-For and sends
 * `$host:$server_port`, a balancer behind it that appends what it sees, clients on IPv6.
 */
import { once } from 'node:events'
import { type IncomingHttpHeaders, type IncomingMessage, request as send } from 'node:http'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { expect } from 'chai'
import type { Page } from 'playwright-core'
import { generate } from 'selfsigned'
import { storedAudit } from '../../src/accounts/audit.ts'
import { assemble, type Assembled } from '../../src/server/assemble.ts'
import { readConfiguration } from '../../src/server/configuration/read.ts'
import { eventually, field, follow, openDevice, press, sees, takeComplaints } from '../support/browser.ts'
import { linkIn, mailboxOf } from '../support/managementCalls.ts'
import { type Nginx, startNginx } from '../support/nginx.ts'
import { createPerson } from '../support/person.ts'
import { clients } from '../support/relyingParties.ts'
import { freePorts, startServer, type TestServer } from '../support/server.ts'

const nginxOf = (gateway: number, balancer: number, processes: readonly number[]): string => `
  upstream processes { ${processes.map((port) => `server 127.0.0.1:${port};`).join(' ')} }
  upstream balancer { server 127.0.0.1:${balancer}; }
  map $remote_addr $client { "~:" "[$remote_addr]:$remote_port"; default "$remote_addr:$remote_port"; }
  server {
    listen 127.0.0.1:${gateway} ssl;
    listen [::1]:${gateway} ssl;
    ssl_certificate cert.pem;
    ssl_certificate_key key.pem;
    location / {
      proxy_pass http://balancer;
      proxy_set_header Host $host:$server_port;
      proxy_set_header X-Forwarded-For "$http_x_forwarded_for, $client";
      proxy_set_header X-Forwarded-Proto $scheme;
    }
  }
  server {
    listen 127.0.0.1:${balancer};
    location / {
      proxy_pass http://processes;
      proxy_set_header Host $http_host;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
    }
  }`

describe('Two processes behind nginx with TLS', () => {
  let directory: string
  let issuer: string
  let balancer: string
  let server: TestServer
  let service: Assembled
  let nginx: Nginx
  const devices: Page[] = []

  before(async function () {
    this.timeout(120_000)
    directory = await mkdtemp(join(tmpdir(), 'rekey-nginx-'))
    const [gateway = 0, inner = 0] = await freePorts(2)
    issuer = `https://six.lan:${gateway}`
    balancer = `http://127.0.0.1:${inner}`
    const CONFIG = join(directory, 'configuration.yaml')
    await writeFile(
      CONFIG,
      JSON.stringify({ demo: true, allowDemoOnNetwork: true, clients, internal_hosts: ['oidc:3000'] }),
    )
    const environment = { CONFIG, ISSUER: issuer, TRUST_PROXY: '2' }
    server = await startServer(environment, { store: 'sqlite', processes: 2 })
    service = await assemble(
      await readConfiguration({ ...environment, DATA_DIR: server.dataDirectory, LOG_LEVEL: 'silent' }),
    )
    const { private: key, cert } = await generate([{ name: 'commonName', value: 'six.lan' }])
    nginx = await startNginx(nginxOf(gateway, inner, server.ports), gateway, { 'key.pem': key, 'cert.pem': cert })
  })
  after(async () => {
    await Promise.all(devices.map((page) => page.context().close()))
    await nginx.stop()
    await service.close()
    await server.remove()
    await rm(directory, { recursive: true, force: true })
    expect(takeComplaints()).to.deep.equal([])
  })

  /** A browser that sends a forwarded address of its own. */
  async function device(): Promise<Page> {
    const page = await openDevice({ ignoreHTTPSErrors: true, extraHTTPHeaders: { 'x-forwarded-for': '6.6.6.6:6666' } })
    devices.push(page)
    return page
  }
  const audited = async (about: string): Promise<{ readonly type: string; readonly address: string | null }[]> => {
    const { id } = (await service.directory.findByEmail(`${about}@example.com`))!
    const { events } = await storedAudit(service.store.journal('audit'), service.clock).list({ user: id, limit: 100 })
    return events.map(({ type, address }) => ({ type, address }))
  }
  const go = async (page: Page): Promise<void> => page.getByRole('link', { name: /^Continue/ }).click()

  it('take the whole journey of a reset, whose audit has the network of the client', async function () {
    this.timeout(120_000)
    const [admin, ana] = [createPerson(server, 'admin'), createPerson(server, 'user01')]
    const phone = await device()
    await phone.goto(`${issuer}/account`)
    await ana.entersPassword(phone)
    await ana.setsUp(phone)
    await go(phone)
    await sees(phone, 'Your security')

    const office = await device()
    await office.goto(`${issuer}/admin/users?search=ana`)
    await admin.entersPassword(office)
    await admin.setsUp(office)
    await go(office)
    await follow(office, 'Ana Silva')
    await follow(office, '2FA - Reset')
    await press(office, 'Reset 2FA')
    await field(office, '6-digit code').fill(await admin.code())
    await press(office, 'Confirm: Reset 2FA')
    await office.getByRole('status').filter({ hasText: '2FA has been reset' }).waitFor()

    const link = await eventually(async () => {
      const [newest] = (await mailboxOf(service)(ana.email)).flatMap(linkIn)
      return newest ?? expect.fail('no link was mailed')
    })
    await phone.goto(issuer + link)
    await press(phone, 'Continue')
    await ana.setsUp(phone)
    await phone.goto(`${issuer}/account`)
    await ana.signsIn(phone)
    await sees(phone, 'Your security')

    const events = await audited('user01')
    const types = ['started', 'opened', 'completed'].map((part) => `two_factor.reset.${part}`)
    for (const type of [...types, 'two_factor.enrolled', 'sign_in.done'])
      expect(events.filter((event) => event.type === type).map(({ address }) => address)).to.include('0:0:0::/48')
    expect(new Set(events.map(({ address }) => address).filter(Boolean))).to.deep.equal(new Set(['0:0:0::/48']))
  })

  it('know the client of a gateway that writes its port', async () => {
    for (const [at, network] of [
      ['203.0.113.7:51234', '203.0.113.0/24'],
      ['[2001:db8:1::7]:443', '2001:db8:1::/48'],
      ['::ffff:198.51.100.9', '198.51.100.0/24'],
    ] as const) {
      const ask = clientOf(balancer, { host: new URL(issuer).host, 'x-forwarded-for': `6.6.6.6, ${at}` })
      const { headers } = await ask(`/auth?${request()}`)
      const page = await ask(headers.location ?? '')
      const token = /name="form_token" value="([^"]*)"/.exec(page.body)?.[1] ?? ''
      const fields = { form_token: token, email: 'user02@example.com', password: 'wrong' }
      expect((await ask(headers.location ?? '', fields)).status).to.equal(422)
      await eventually(async () => {
        expect((await audited('user02')).map(({ address }) => address)).to.include(network)
      })
    }
  })

  it('pass long requests and their cookies on, with the default buffers', async () => {
    for (const length of [500, 1000, 1400, 1500, 2000]) {
      const ask = clientOf(balancer, { host: new URL(issuer).host })
      const { status, headers } = await ask(`/auth?${request()}&state=${'s'.repeat(length)}`)
      expect([status, (await ask(headers.location ?? '')).status], String(length)).to.deep.equal([303, 200])
    }
  })

  it('serve machines by an internal name, and no page', async () => {
    const ask = clientOf(`http://127.0.0.1:${server.ports[0]}`, { host: 'oidc:3000' })
    const discovery = JSON.parse((await ask('/.well-known/openid-configuration')).body) as Record<string, unknown>
    expect(discovery).to.include({ issuer, token_endpoint: `${issuer}/token`, jwks_uri: `${issuer}/jwks` })
    expect((await ask('/jwks')).body).to.include('"keys"')
    expect((await ask('/token', { grant_type: 'authorization_code' })).body).to.include('"invalid_')
    for (const path of ['/auth', '/account', '/admin', '/mailbox', '/session/end', '/management/v1/users'])
      expect((await ask(path)).status, path).to.equal(421)
  })
})

interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** Requests with any Host, and with the cookies of earlier answers. A form is posted. */
function clientOf(origin: string, headers: Readonly<Record<string, string>>) {
  const cookies = new Map<string, string>()
  return async (path: string, form: Readonly<Record<string, string>> | null = null): Promise<Answer> => {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const type = form && { 'content-type': 'application/x-www-form-urlencoded' }
    const sent = send(new URL(path, origin), {
      method: form ? 'POST' : 'GET',
      headers: { ...headers, ...(cookie && { cookie }), ...type },
      agent: false,
    })
    sent.end(form && new URLSearchParams(form).toString())
    const [answer] = (await once(sent, 'response')) as [IncomingMessage]
    for (const item of answer.headers['set-cookie'] ?? []) {
      const [, name = '', value = ''] = /^([^=]*)=([^;]*)/.exec(item) ?? []
      cookies.set(name, value)
    }
    return { status: answer.statusCode ?? 0, headers: answer.headers, body: await text(answer) }
  }
}

const request = (): string =>
  new URLSearchParams({
    client_id: 'app',
    response_type: 'code',
    redirect_uri: 'http://127.0.0.1:9/callback',
    scope: 'openid',
    code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
    code_challenge_method: 'S256',
  }).toString()
