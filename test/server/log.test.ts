import { expect } from 'chai'
import { execFile } from 'node:child_process'
import Koa from 'koa'
import { Router } from '@koa/router'
import { Writable } from 'node:stream'
import { finished } from 'node:stream/promises'
import { promisify } from 'node:util'
import request from 'supertest'
import { accessLog, createAccessLines, createLog } from '../../src/server/log.ts'

function capture<L>(level: string, create: (level: string, sink: Writable) => L) {
  const lines: Record<string, unknown>[] = []
  const texts: string[] = []
  const sink = new Writable({
    write(chunk: Buffer, _, done) {
      texts.push(chunk.toString())
      lines.push(JSON.parse(chunk.toString()) as Record<string, unknown>)
      done()
    },
  })
  return { lines, texts, log: create(level, sink) }
}

describe('The log', () => {
  const secret = 's3cr3t-s3cr3t'
  const link = `https://id.example.com/two-factor/reset/${secret}`
  const apps: Record<string, object> = {
    'a header': {
      headers: { authorization: `Bearer ${secret}`, cookie: `a=${secret}`, 'set-cookie': [`a=${secret}`] },
    },
    'a request': { request: { headers: { authorization: secret }, body: { password: secret, code: secret } } },
    'a token response': { access_token: secret, tokens: { refresh_token: secret, id_token: secret, token: secret } },
    'the address of a link': { url: link, deep: { down: [`see ${link}?a=b`] } },
    'a query': { url: `/callback?code=${secret}&state=a`, referer: `/x?id_token_hint=${secret}` },
    'the message of an error': { err: new Error(`GET ${link} failed`, { cause: new Error(`token=${secret}`) }) },
    'what an error carries': {
      err: Object.assign(new Error('failed'), { response: { body: secret }, config: { auth: secret } }),
    },
  }
  for (const [where, notified] of Object.entries(apps)) {
    it(`redacts a secret in ${where}`, () => {
      const { log, texts } = capture('info', createLog)
      log.info(notified, 'said')
      log.info(notified)
      expect(texts).to.have.length(2)
      expect(texts.join('')).not.to.include(secret)
    })
  }

  for (const where of ['two-factor/reset', 'invitation', 'password'])
    it(`redacts the token of a link below /${where} in a message, and leaves the message readable`, () => {
      const { log, lines } = capture('info', createLog)
      log.warn(`mail with https://id.example.com/${where}/${secret} refused`)
      expect(lines[0]).to.have.property('msg', `mail with https://id.example.com/${where}/[token] refused`)
    })

  it('writes type, message, reason and cause of an error', () => {
    const { log, lines } = capture('info', createLog)
    const cause = Object.assign(new Error('connect refused'), { code: 'ECONNREFUSED' })
    log.error({ err: new TypeError('no mail', { cause }) })
    const { err } = lines[0] as { err: { cause: object } }
    expect(err).to.include({ type: 'TypeError', message: 'no mail' })
    expect(err.cause).to.include({ type: 'Error', message: 'connect refused', reason: 'ECONNREFUSED' })
  })
})

describe('The access log', () => {
  function application() {
    const { lines, texts, log } = capture('info', createAccessLines)
    const router = new Router()
    const closed: Promise<unknown>[] = []
    router.get('/two-factor/reset/:token', (ctx) => void (ctx.body = String(ctx.state.requestId)))
    router.post('/broken', () => {
      throw new Error('broken')
    })
    const app = new Koa()
    app.silent = true
    app.use(async (ctx, next) => {
      closed.push(finished(ctx.res))
      await next()
    })
    app.use(accessLog(log))
    app.use(router.routes())
    return { app: app.callback(), lines, texts, notified: () => Promise.all(closed) }
  }

  it('writes one line per request: method, route pattern, status, time and a new request id', async () => {
    const { app, lines, texts, notified } = application()
    const answer = await request(app)
      .get('/two-factor/reset/s3cr3t?code=s3cr3t')
      .set('X-Request-Id', 'forged')
      .set('Cookie', 'a=s3cr3t')
    await notified()
    expect(lines).to.have.length(1)
    expect(lines[0]).to.include({
      method: 'GET',
      route: '/two-factor/reset/:token',
      status: 200,
      request_id: answer.text,
    })
    expect(lines[0]?.ms).to.be.a('number')
    expect(answer.headers['x-request-id'])
      .to.equal(answer.text)
      .and.match(/^[\w-]{22}$/)
    expect(texts.join('')).not.to.match(/s3cr3t|forged/)
  })

  it('has the lines of its last requests when the process ends', async () => {
    const log = new URL('../../src/server/log.ts', import.meta.url).href
    const script = `
      const { createAccessLines } = await import(${JSON.stringify(log)})
      const lines = createAccessLines('info')
      for (const status of [200, 303]) lines({ requestId: 'a', method: 'GET', route: '/', status, ms: 1, isCut: false })
      process.exit(0)`
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script])
    const written = stdout
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { status: number }).status)
    expect(written).to.deep.equal([200, 303])
  })

  it('writes no path when no route matched', async () => {
    const { app, lines, texts, notified } = application()
    await request(app).get('/two-factor/rset/s3cr3t')
    await notified()
    expect(lines[0]).to.include({ route: 'unmatched', status: 404 })
    expect(texts.join('')).not.to.include('s3cr3t')
  })

  it('writes a failure as an error, with the status that was sent', async () => {
    const { app, lines, notified } = application()
    await request(app).post('/broken').send('password=s3cr3t')
    await notified()
    expect(lines[0]).to.include({ level: 50, route: '/broken', status: 500 })
  })
})
