/** What Prometheus reads of a running server: counted, by patterns, and never who or which. */
import { expect } from 'chai'
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
  /** The value of a line; null: there is none. */
  const valueOf = (text: string, line: string): number | null => {
    const found = text.split('\n').find((one) => one.startsWith(`${line} `))
    return found === undefined ? null : Number(found.split(' ').at(-1))
  }

  it('tell answers by the pattern of their route, and what is owed', async () => {
    await fetch(`${server.issuer}/two-factor/reset/s3cr3t-token`)
    await fetch(`${server.issuer}/nowhere/s3cr3t`)
    const { status, text } = await read()
    expect(status).to.equal(200)
    const answered = (route: string) =>
      valueOf(text, `oidc_rekey_request_duration_seconds_count{method="GET",route="${route}",status="404"}`)
    expect([answered('/two-factor/reset/:token'), answered('unmatched')]).to.deep.equal([1, 1])
    expect(valueOf(text, 'oidc_rekey_store_up')).to.equal(1)
    expect(valueOf(text, 'oidc_rekey_backlog')).to.equal(0)
    expect(valueOf(text, 'oidc_rekey_failures_total')).to.equal(0)
    expect(valueOf(text, 'process_cpu_seconds_total')).to.be.greaterThan(0)
    expect(text).to.not.contain('s3cr3t')
  })

  it('tell lines of the audit by type and outcome', async () => {
    const page = await fetch(`${server.issuer}/password`)
    const text = await page.text()
    const token = /name="form_token" value="([^"]+)"/.exec(text)?.[1] ?? ''
    const cookie = page.headers
      .getSetCookie()
      .map((one) => one.split(';')[0])
      .join('; ')
    const sent = await fetch(`${server.issuer}/password`, {
      method: 'POST',
      redirect: 'manual',
      headers: { cookie, origin: server.issuer },
      body: new URLSearchParams({ form_token: token, email: 'user01@example.com' }),
    })
    expect(sent.status).to.equal(303)
    const line = 'oidc_rekey_audit_events_total{type="account.password_link_sent",outcome="done"}'
    for (let look = 0; look < 200 && valueOf((await read()).text, line) === null; look++);
    const { text: told } = await read()
    expect(valueOf(told, line)).to.equal(1)
    expect(told).to.not.contain('user01')
  })

  it('stand on their own listener, and nothing else does', async () => {
    expect((await fetch(`${server.issuer}/metrics`)).status).to.equal(404)
    for (const path of ['/', '/health/ready', '/metrics/x', '/admin']) expect((await read(path)).status).to.equal(404)
    expect((await fetch(`http://localhost:${port}/metrics`, { method: 'POST' })).status).to.equal(404)
  })
})
