/** Prometheus's own tool reads the rules, and every alert fires for the series that it is for. Part of `npm run faults`. */
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect } from 'chai'
import { stringify } from 'yaml'
import { onPath, unpackedPackage } from '../support/debian.ts'
import { expressions, rules } from './monitoring.ts'
import { root } from './pages.ts'

const run = promisify(execFile)
const folder = fileURLToPath(new URL('examples/monitoring', root))

async function promtool(): Promise<string> {
  const own = process.env['PROMTOOL'] ?? onPath('promtool')
  return own ?? join(await unpackedPackage('prometheus', (name) => name === 'prometheus'), 'usr/bin/promtool')
}

const events = (type: string) => `oidc_rekey_audit_events_total{type="${type}",outcome="done"}`
const status = (code: number) => `oidc_rekey_request_duration_seconds_count{status="${code}"}`

/** Series of two hours, a value a minute, for each alert. */
const firesFor: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  RekeyDown: { 'up{job="oidc-rekey",instance="a"}': '0x120' },
  RekeyStoreDown: { 'oidc_rekey_store_up{instance="a"}': '0x120' },
  RekeyStoreLow: { oidc_rekey_store_used_ratio: '0.8x120' },
  RekeyStoreFull: { oidc_rekey_store_used_ratio: '0.95x120' },
  RekeyClocksApart: { 'oidc_rekey_clock_apart_seconds{instance="a"}': '-3x120' },
  RekeyBacklog: { oidc_rekey_backlog: '1x120' },
  RekeyMailFailed: { [events('two_factor.reset.mail_failed')]: '0+1x120' },
  RekeyServerErrors: { [status(200)]: '0+98x120', [status(503)]: '0+2x120' },
  RekeySlow: Object.fromEntries(
    ['1', '2', '+Inf'].map((le) => [
      `oidc_rekey_request_duration_seconds_bucket{le="${le}"}`,
      le === '1' ? '0+90x120' : '0+100x120',
    ]),
  ),
  RekeyFailures: { oidc_rekey_failures_total: '0+2x120' },
  RekeyAuditDropped: { oidc_rekey_audit_dropped_total: '0+1x120' },
  RekeyGuesses: { 'oidc_rekey_limits_total{limit="password"}': '0+90x120' },
  RekeyManyResets: { [events('two_factor.reset.started')]: '0+1x120' },
  RekeyLogoutFailed: { [events('session.logout_failed')]: '0+1x120' },
  RekeyLinksExpire: { 'oidc_rekey_reset_links_expired_total{followed_by="resent"}': '0+1x120' },
}

const quiet: Readonly<Record<string, string>> = {
  'up{job="oidc-rekey",instance="a"}': '1x120',
  'oidc_rekey_store_up{instance="a"}': '1x120',
  oidc_rekey_store_used_ratio: '0.79x120',
  'oidc_rekey_clock_apart_seconds{instance="a"}': '1x120',
  oidc_rekey_backlog: '0x120',
  [status(200)]: '0+1000x120',
  [events('two_factor.reset.started')]: '0+1x5 6x115',
  'oidc_rekey_limits_total{limit="password"}': '0+5x120',
}

describe('The files for Prometheus', () => {
  let directory: string
  let program: string
  before(async function () {
    this.timeout(300_000)
    program = await promtool()
    directory = await mkdtemp(join(tmpdir(), 'rekey-rules-'))
  })
  after(() => rm(directory, { recursive: true }))

  const written = async (name: string, content: unknown): Promise<string> => {
    const path = join(directory, name)
    await writeFile(path, stringify(content))
    return path
  }

  it('are taken by promtool, the expressions of the dashboard too', async () => {
    await run(program, ['check', 'config', join(folder, 'prometheus.yaml')])
    const recorded = expressions.map((expr, n) => ({ record: `expression_${n}`, expr }))
    const path = await written('expressions.yaml', { groups: [{ name: 'all', rules: recorded }] })
    const { stdout } = await run(program, ['check', 'rules', path])
    expect(stdout).to.contain(`${expressions.length} rules found`)
  })

  const fires = async (alert: string, series: Readonly<Record<string, string>>): Promise<boolean> => {
    const input_series = Object.entries(series).map(([name, values]) => ({ series: name, values }))
    const test = {
      interval: '1m',
      input_series,
      alert_rule_test: [{ eval_time: '2h', alertname: alert, exp_alerts: [] }],
    }
    const path = await written(`${alert}.yaml`, { rule_files: [join(folder, 'alerts.yaml')], tests: [test] })
    // Expected is no alert: a test that fails is an alert that fires.
    const failed = (error: { stdout: string; stderr: string }) => `${error.stdout}${error.stderr}`
    const output = await run(program, ['test', 'rules', path]).then(() => '', failed)
    if (output !== '' && !output.includes(`alertname="${alert}"`)) throw new Error(output)
    return output !== ''
  }

  for (const { alert } of rules)
    it(`have an alert ${alert} that fires, and not on a quiet day`, async () => {
      expect(firesFor).to.have.property(alert)
      expect(await fires(alert, firesFor[alert] ?? {})).to.equal(true)
      expect(await fires(alert, quiet)).to.equal(false)
    })
})
