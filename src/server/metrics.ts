/**
 * Prometheus metrics of a process: responses, audit events, limits, backlog and the store. Labels are route patterns, types and
 * statuses: never a person, a path or an address.
 */
import type { Context, Middleware } from 'koa'
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { AuditEvent } from '../ports.ts'
import type { LimitEvent, ResetOutcome } from '../index.ts'
import { routeOf } from './log.ts'
import type { Readiness } from './readiness.ts'

export type MeasuredValues = Awaited<ReturnType<Registry['getMetricsAsJSON']>>

export interface Metrics {
  /** Measures every request. */
  readonly requests: Middleware
  audited(event: AuditEvent): void
  /** Audit lines about sign-ins were dropped. */
  dropped(count: number): void
  /** A reset was completed, or its link had expired. */
  reset(outcome: ResetOutcome): void
  /** A password was wrong, or a limit stopped an attempt. */
  limited(event: LimitEvent): void
  failed(): void
  /** In the format of Prometheus. */
  text(): Promise<string>
  /** To be added to those of other processes. */
  values(): Promise<MeasuredValues>
  /** The same without the store, which may be closed. */
  lastValues(): Promise<MeasuredValues>
}

/** Seconds. A sign-in's page takes milliseconds, its password some tens of them; 2 s is an outage. */
const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5]

/** Seconds: one minute to an hour, the hours of a link's life, days up to those of a sign-in that sets up. */
const RECOVERY_SECONDS = [60, 300, 900, 3600, 4 * 3600, 8 * 3600, 86_400, 3 * 86_400, 7 * 86_400, 30 * 86_400]

const resetInstruments = (registers: Registry[]) => ({
  recovery: new Histogram({
    name: 'oidc_rekey_reset_recovery_seconds',
    help: 'From a reset to the completed set-up, by the way in: link or sign-in',
    labelNames: ['via'] as const,
    buckets: RECOVERY_SECONDS,
    registers,
  }),
  expired: new Counter({
    name: 'oidc_rekey_reset_links_expired_total',
    help: 'Links of resets that had expired unused, by what followed: completed, resent, superseded, revoked',
    labelNames: ['followed_by'] as const,
    registers,
  }),
})

function instruments(registry: Registry) {
  const registers = [registry]
  return {
    ...resetInstruments(registers),
    requests: new Histogram({
      name: 'oidc_rekey_request_duration_seconds',
      help: 'Responses, by route pattern, without the time that a call waited for a change on purpose',
      labelNames: ['method', 'route', 'status'] as const,
      buckets: SECONDS,
      registers,
    }),
    events: new Counter({
      name: 'oidc_rekey_audit_events_total',
      help: 'Audit lines written by this process, by type and outcome',
      labelNames: ['type', 'outcome'] as const,
      registers,
    }),
    dropped: new Counter({
      name: 'oidc_rekey_audit_dropped_total',
      help: 'Audit lines about sign-ins dropped, because the log was not available and too many waited',
      registers,
    }),
    failures: new Counter({
      name: 'oidc_rekey_failures_total',
      help: 'Failures in the background and behind a 5xx; each is in the log',
      registers,
    }),
    limits: new Counter({
      name: 'oidc_rekey_limits_total',
      help: 'Wrong passwords, and attempts that a limit stopped, by limit',
      labelNames: ['limit'] as const,
      registers,
    }),
    used: new Gauge({
      name: 'oidc_rekey_store_used_ratio',
      help: 'Used share of the memory or disk that the store may use; absent: no limit, or not known',
      aggregator: 'max',
      registers,
    }),
    apart: new Gauge({
      name: 'oidc_rekey_clock_apart_seconds',
      help: 'Difference between the clock of this process and that of the store',
      aggregator: 'max',
      registers,
    }),
    up: new Gauge({
      name: 'oidc_rekey_store_up',
      help: '1 while the store answers and takes writes',
      aggregator: 'min',
      registers,
    }),
    backlog: new Gauge({
      name: 'oidc_rekey_backlog',
      help: 'Accounts with an overdue effect: an email, an audit line, a logout',
      aggregator: 'max',
      registers,
    }),
  }
}

/** How long the request waited for a change because it asked to: the duration is that of the work. */
const waitedMs = ({ state }: Context): number => (typeof state['waitedMs'] === 'number' ? state['waitedMs'] : 0)

export function createMetrics(readiness: () => Promise<Readiness>, usedShare: () => Promise<number | null>): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const { requests, events, dropped, failures, recovery, expired, limits, apart, up, used, backlog } =
    instruments(registry)

  /** Queries the store at each scrape. */
  async function collect(): Promise<void> {
    const { store, mail_backlog: overdue, clock_apart_seconds: seconds } = await readiness()
    up.set(store === 'ok' ? 1 : 0)
    const share = await usedShare().catch(() => null)
    if (share === null) used.remove()
    else used.set(share)
    if (seconds === undefined) apart.remove()
    else apart.set(seconds)
    if (overdue === null) backlog.remove()
    else backlog.set(overdue)
  }

  return {
    async requests(ctx, next) {
      const began = performance.now()
      ctx.res.once('close', () => {
        const labels = { method: ctx.method, route: routeOf(ctx), status: String(ctx.res.statusCode) }
        requests.observe(labels, (performance.now() - began - waitedMs(ctx)) / 1000)
      })
      await next()
    },
    audited: ({ type, outcome }) => events.inc({ type, outcome }),
    dropped: (count) => dropped.inc(count),
    reset(outcome) {
      if (outcome.is === 'completed') recovery.observe({ via: outcome.via }, outcome.seconds)
      else expired.inc({ followed_by: outcome.followedBy })
    },
    limited: (limit) => limits.inc({ limit }),
    failed: () => failures.inc(),
    async text() {
      await collect()
      return registry.metrics()
    },
    async values() {
      await collect()
      return registry.getMetricsAsJSON()
    },
    lastValues: () => registry.getMetricsAsJSON(),
  }
}
