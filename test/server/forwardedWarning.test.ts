import { expect } from 'chai'
import { createServer } from 'node:http'
import supertest from 'supertest'
import { fixedOrigin } from '../../src/server/fixedOrigin.ts'
import { warningOfHost, warningOfProxy, warningOfUnknown } from '../../src/server/forwardedWarning.ts'

describe('A client that no trusted proxy names', () => {
  it('causes one warning, unless it is a probe or comes by an internal host', async () => {
    const lines: string[] = []
    const addresses = {
      issuer: 'http://id.example',
      internalHosts: ['oidc'],
      isMachineEndpoint: () => true,
      onUnknownClient: warningOfUnknown(2, (line) => lines.push(line)),
    }
    const server = createServer(fixedOrigin(addresses, 2, (_req, res) => void res.end('here')))
    const ask = (path: string, host: string, forwarded = ''): supertest.Test =>
      supertest(server).get(path).set({ host, 'x-forwarded-for': forwarded })
    await ask('/health/ready?probe', '10.0.0.7')
    await ask('/jwks', 'oidc')
    await ask('/', 'id.example', '203.0.113.7, 10.0.0.2')
    expect(lines).to.deep.equal([])
    for (const forwarded of ['203.0.113.7', '', 'unknown, 10.0.0.2'])
      expect((await ask('/', 'id.example', forwarded)).text).to.equal('here')
    expect(lines).to.have.length(1)
    expect(lines[0]).to.include('TRUST_PROXY')
  })
})

describe('A Host that is not the issuer’s', () => {
  it('causes one warning, for five of them at most, which says what a proxy has to send', async () => {
    const lines: string[] = []
    const addresses = {
      issuer: 'https://id.example',
      internalHosts: [],
      isMachineEndpoint: () => false,
      onOtherHost: warningOfHost('https://id.example', (line) => lines.push(line)),
    }
    const server = createServer(fixedOrigin(addresses, 1, (_req, res) => void res.end('here')))
    const statusFor = async (host: string, path = '/auth'): Promise<number> =>
      (await supertest(server).get(path).set({ host })).status
    expect([await statusFor('id.example'), await statusFor('10.0.0.7', '/health/ready')]).to.deep.equal([200, 200])
    expect(lines).to.deep.equal([])
    for (const host of ['backend:3000', 'backend:3000', `${'x'.repeat(300)}.example`])
      expect(await statusFor(host)).to.equal(421)
    expect(lines).to.have.length(2)
    expect(lines[0]).to.contain('Host "backend:3000"').and.to.contain('https://id.example')
    expect(lines[1]?.length).to.be.below(400)
    for (let n = 0; n < 9; n++) await statusFor(`scan${n}.example`)
    expect(lines).to.have.length(5)
  })
})

describe('A proxy that is not trusted', () => {
  const served = (proxies: number) => {
    const lines: string[] = []
    const listener = warningOfProxy(
      proxies,
      (line) => lines.push(line),
      (_req, res) => void res.end('here'),
    )
    return { lines, ask: () => supertest(createServer(listener)).get('/') }
  }

  it('causes one warning, and every request is answered', async () => {
    const { lines, ask } = served(0)
    expect((await ask()).text).to.equal('here')
    expect(lines).to.deep.equal([])
    for (let n = 0; n < 3; n++) expect((await ask().set('X-Forwarded-For', '198.51.100.7')).text).to.equal('here')
    expect(lines).to.have.length(1)
    expect(lines[0]).to.include('TRUST_PROXY')
  })

  it('causes no warning when proxies are trusted', async () => {
    const { lines, ask } = served(1)
    await ask().set('X-Forwarded-For', '198.51.100.7')
    expect(lines).to.deep.equal([])
  })
})
