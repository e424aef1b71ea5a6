/** The metrics of a running server: counts by route pattern, without people or paths. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect } from 'chai'
import { Authenticator } from '../support/authenticator.ts'
import { createVisitor, setupKeyIn, wayOn, withForm } from '../support/client.ts'
import { freePorts, startServer, type TestServer } from '../support/server.ts'

describe('The metrics', () => {
  let server: TestServer
  let port = 0
  before(async () => {
    ;[port = 0] = await freePorts(1)
    server = await startServer({ METRICS_PORT: String(port) }, { processes: 1 })
  })
  after(() => server.remove())

  const read = async (path = '/metrics'): Promise<{ status: number; text: string }> => {
    const answer = await fetch(`http://localhost:${port}${path}`)
    return { status: answer.status, text: await answer.text() }
  }
  /** The value of a metric; null: it is absent. */
  const valueOf = (text: string, line: string): number | null => {
    const found = text.split('\n').find((item) => item.startsWith(`${line} `))
    return found === undefined ? null : Number(found.split(' ').at(-1))
  }

  it('count responses by route pattern, and the outbox backlog', async () => {
    await fetch(`${server.issuer}/two-factor/reset/s3cr3t-token`)
    await fetch(`${server.issuer}/nowhere/s3cr3t`)
    const { status, text } = await read()
    expect(status).to.equal(200)
    const answered = (route: string) =>
      valueOf(text, `oidc_rekey_request_duration_seconds_count{method="GET",route="${route}",status="404"}`)
    expect([answered('/two-factor/reset/:token'), answered('unmatched')]).to.deep.equal([1, 1])
    expect(valueOf(text, 'oidc_rekey_store_up')).to.equal(1)
    expect(valueOf(text, 'oidc_rekey_backlog')).to.equal(0)
    expect(valueOf(text, 'oidc_rekey_store_used_ratio')).to.be.within(0, 1)
    expect(valueOf(text, 'oidc_rekey_failures_total')).to.equal(0)
    expect(valueOf(text, 'process_cpu_seconds_total')).to.be.greaterThan(0)
    expect(text).to.not.contain('s3cr3t')
  })

  it('count audit lines by type and outcome', async () => {
    const page = await fetch(`${server.issuer}/password`)
    const text = await page.text()
    const token = /name="form_token" value="([^"]+)"/.exec(text)?.[1] ?? ''
    const cookie = page.headers
      .getSetCookie()
      .map((header) => header.split(';')[0])
      .join('; ')
    const sent = await fetch(`${server.issuer}/password`, {
      method: 'POST',
      redirect: 'manual',
      headers: { cookie, origin: server.issuer },
      body: new URLSearchParams({ form_token: token, email: 'user01@example.com' }),
    })
    expect(sent.status).to.equal(303)
    const line = 'oidc_rekey_audit_events_total{type="account.password_link_sent",outcome="done"}'
    for (let get = 0; get < 5000 && valueOf((await read()).text, line) === null; get++);
    const { text: notified } = await read()
    expect(valueOf(notified, line)).to.equal(1)
    expect(notified).to.not.contain('user01')
  })

  it('count sign-ins done and refused, sign-outs and wrong passwords', async () => {
    const visitor = createVisitor(server.issuer)
    const page = await visitor.go('/account')
    const wrong = await visitor.submit(page, { email: 'user02@example.com', password: 'not mine' })
    const setUp = await visitor.submit(wrong, { email: 'user02@example.com', password: server.password })
    const app = new Authenticator(setupKeyIn(setUp.text)[0]!)
    const codes = await visitor.submit(setUp, { code: app.next(server.now()) })
    const done = await visitor.submit(codes, { saved: 'yes' })
    const account = await visitor.go(new URL(wayOn(done)!).pathname)
    const leaving = await visitor.submit(withForm(account, /sign-out$/), {})
    const xsrf = /name="xsrf" value="([^"]*)"/.exec(leaving.text)?.[1] ?? ''
    await visitor.post('/session/end/confirm', { xsrf, logout: 'yes' }, { origin: server.issuer })
    const counted = ['password.refused",outcome="refused', 'sign_in.done",outcome="done', 'signed_out",outcome="done']
    const values = (text: string) =>
      counted.map((item) => valueOf(text, `oidc_rekey_audit_events_total{type="${item}"}`))
    const deadline = Date.now() + 8000
    while (Date.now() < deadline && values((await read()).text).includes(null));
    const { text } = await read()
    expect(values(text)).to.deep.equal([1, 1, 1])
    expect(valueOf(text, 'oidc_rekey_audit_dropped_total')).to.equal(0)
    expect(text).to.not.contain('user02')
  })

  it('measure the time from a reset to the completed set-up', async () => {
    const [email, password] = ['user03@example.com', server.password]
    const setsUp = async (): Promise<void> => {
      const visitor = createVisitor(server.issuer)
      const setUp = await visitor.submit(await visitor.go('/account'), { email, password })
      const codes = await visitor.submit(setUp, {
        code: new Authenticator(setupKeyIn(setUp.text)[0]!).next(server.now()),
      })
      expect((await visitor.submit(codes, { saved: 'yes' })).h1).to.equal('You are all set')
    }
    await setsUp()
    expect(valueOf((await read()).text, 'oidc_rekey_reset_recovery_seconds_count{via="sign-in"}')).to.equal(null)
    const env = { ...process.env, DATA_DIR: server.dataDirectory, ISSUER: server.issuer, ...server.databaseVariables }
    await promisify(execFile)(process.execPath, ['src/cli.ts', 'two-factor', 'reset', email], { env })
    await server.advance(120)
    await setsUp()
    const { text } = await read()
    const buckets = [60, 300].map((le) => `oidc_rekey_reset_recovery_seconds_bucket{le="${le}",via="sign-in"}`)
    expect(buckets.map((bucket) => valueOf(text, bucket))).to.deep.equal([0, 1])
    expect(text).to.not.contain('user03')
  })

  it('are served on a separate listener that serves nothing else', async () => {
    expect((await fetch(`${server.issuer}/metrics`)).status).to.equal(404)
    for (const path of ['/', '/health/ready', '/metrics/x', '/admin']) expect((await read(path)).status).to.equal(404)
    expect((await fetch(`http://localhost:${port}/metrics`, { method: 'POST' })).status).to.equal(404)
  })
})
