/** What a receipt says of back-channel logout: one word or a status for each application, in the API, the console and the log. */
import { expect } from 'chai'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { schemas } from '../../src/http/api/schemas.ts'
import { type ApiHost, openApiHost } from '../support/apiHost.ts'
import { type BackchannelReceiver, openBackchannelReceiver } from '../support/backchannelReceiver.ts'
import { freePort } from '../support/freePort.ts'

describe('the receipt of a reset', () => {
  let receiver: BackchannelReceiver
  let failing: Server
  let host: ApiHost
  const logged: string[] = []
  let isSlow = true
  /** By application: where its logout token goes, and what the receipt says. */
  const expected: Record<string, { readonly uri: string; readonly state: string; readonly why: string | null }> = {}

  before(async () => {
    receiver = await openBackchannelReceiver()
    failing = createServer((request, response) => {
      // Once longer than the 2.5 seconds of the library.
      if (request.url === '/slow') return void setTimeout(() => response.end(), isSlow ? 2700 : 0)
      const status = Number(request.url?.slice(1))
      response.writeHead(status, { location: receiver.url }).end('a text with a secret')
    }).listen(0, '127.0.0.1')
    await once(failing, 'listening')
    const answering = `http://127.0.0.1:${(failing.address() as AddressInfo).port}`
    const state = 'queued'
    Object.assign(expected, {
      slow: { uri: `${answering}/slow`, state: 'delivered', why: null },
      'takes-it': { uri: receiver.url, state: 'delivered', why: null },
      'private-network': { uri: 'https://10.20.30.40/logout', state, why: 'private-address' },
      metadata: { uri: 'http://169.254.169.254/latest', state, why: 'private-address' },
      shut: { uri: `http://127.0.0.1:${await freePort()}/logout`, state, why: 'refused' },
      'no-name': { uri: 'https://nowhere.invalid/logout', state, why: 'dns' },
      'no-tls': { uri: receiver.url.replace('http:', 'https:'), state, why: 'tls' },
      broken: { uri: `${answering}/500`, state, why: 'status 500' },
      refuses: { uri: `${answering}/400`, state, why: 'status 400' },
      moved: { uri: `${answering}/302`, state, why: 'status 302' },
    })
    host = await openApiHost({
      onError: (_, doing) => logged.push(doing),
      outgoing: { timeoutSeconds: 20 },
      configure: (usual) => ({
        ...usual,
        clients: [
          ...(usual.clients ?? []),
          ...Object.entries(expected).map(([id, { uri }]) => ({
            ...usual.clients?.find(({ client_id: name }) => name === 'app'),
            client_id: id,
            backchannel_logout_uri: uri,
          })),
        ],
      }),
    })
  })
  after(async () => {
    failing.close()
    failing.closeAllConnections()
    await Promise.all([host.close(), receiver.close()])
  })

  it('names the failure of each application, and the console shows it', async () => {
    const [admin, person] = await Promise.all([host.admin(), host.person()])
    const { visitor } = await host.enter(person)
    for (const id of Object.keys(expected)) await visitor.go(host.ask('app', { client_id: id }).path)
    expect((await admin.reset(person, { code: await admin.person.code() })).status).to.equal(201)
    await host.host.rekey.idle()
    const { body } = await admin.call('GET', `/users/${person.id}/two-factor/resets`)
    expect(schemas.Resets.safeParse(body).error).to.equal(undefined)
    const { clients } = body.items[0].ended
    const seen = Object.fromEntries(
      clients.map(
        ({ client_id: id, backchannel_logout: state, last_error: why = null }: Record<string, string | null>) => [
          id,
          [state, why],
        ],
      ),
    )
    const all = Object.entries(expected).map(([id, { state, why }]) => [id, [state, why]])
    expect(seen).to.deep.equal({ ...Object.fromEntries(all), app: ['none', null] })
    for (const [id, { why }] of Object.entries(expected))
      if (why !== null) expect(logged).to.include(`back-channel logout at ${id}: ${why}`)
    const { name } = (await admin.call('GET', `/users/${person.id}`)).body
    const reader = await host.person({ roles: ['admin'], enrolled: false })
    const page = await host.enterApp(reader, `/admin/users/${person.id}`, name)
    for (const { why } of Object.values(expected)) if (why !== null) expect(page.text).to.contain(`>${why}</bdi>`)
    expect(JSON.stringify(body)).not.to.contain('a text with a secret')
  })

  it('is none at a sign-out, whose failures are in the log', async () => {
    const { visitor } = await host.enter(await host.person())
    for (const id of Object.keys(expected)) await visitor.go(host.ask('app', { client_id: id }).path)
    logged.splice(0)
    isSlow = false
    const question = await visitor.get('/session/end')
    const [, xsrf = ''] = /name="xsrf" value="([^"]*)"/.exec(question.text) ?? []
    await visitor.post('/session/end/confirm', { xsrf, logout: 'yes' }, { origin: host.issuer })
    const failures = Object.entries(expected).flatMap(([id, { why }]) =>
      why === null ? [] : [`back-channel logout at ${id}: ${why}`],
    )
    expect(logged.toSorted()).to.deep.equal(failures.toSorted())
  })
})
