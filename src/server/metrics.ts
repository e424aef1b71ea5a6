/**
 * What a monitoring system is told, in Prometheus' words, on a listener of its own: what people and machines were answered, what the audit
 * heard, what is owed and whether the store answers. Labels are patterns, types and statuses: never a person, a path or an address.
 */
import { createServer, type Server } from 'node:http'
import { once } from 'node:events'
import type { Middleware } from 'koa'
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { AuditEvent, Clock } from '../ports.ts'
import type { LimitEvent, Store } from '../index.ts'
import { routeOf } from './log.ts'

export interface Metrics {
  /** Around every request. */
  readonly requests: Middleware
  /** A line of the audit that was written. */
  audited(event: AuditEvent): void
  /** Audit lines about sign-ins that were given up. */
  dropped(count: number): void
  /** A wrong password, or an attempt that a limit stopped. */
  limited(event: LimitEvent): void
  /** A failure that is in the log. */
  failed(): void
  /** Serves `GET /metrics` and nothing else; resolves when it listens. */
  listen(port: number, host: string): Promise<Server>
}

/** Seconds. A sign-in's page takes milliseconds, its password some tens of them; 2 s is an outage. */
const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5]

export function createMetrics({ store, clock }: { readonly store: Store; readonly clock: Clock }): Metrics {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry })

  const requests = new Histogram({
    name: 'oidc_rekey_request_duration_seconds',
    help: 'Answers, by the pattern of their route',
    labelNames: ['method', 'route', 'status'] as const,
    buckets: SECONDS,
    registers,
  })
  const events = new Counter({
    name: 'oidc_rekey_audit_events_total',
    help: 'Lines of the audit written by this process, by type and outcome',
    labelNames: ['type', 'outcome'] as const,
    registers,
  })
  const dropped = new Counter({
    name: 'oidc_rekey_audit_dropped_total',
    help: 'Audit lines about sign-ins given up, because the log did not take them and too many waited',
    registers,
  })
  const failures = new Counter({
    name: 'oidc_rekey_failures_total',
    help: 'Failures nobody waited for, and those behind a 5xx; each stands in the log',
    registers,
  })
  const limits = new Counter({
    name: 'oidc_rekey_limits_total',
    help: 'Wrong passwords, and attempts that a limit stopped, by limit',
    labelNames: ['limit'] as const,
    registers,
  })
  const up = new Gauge({ name: 'oidc_rekey_store_up', help: '1 while the store answers', registers })
  const backlog = new Gauge({
    name: 'oidc_rekey_backlog',
    help: 'Accounts with something overdue: a letter, an audit line, a logout',
    registers,
  })
  /** Asked of the store when somebody looks. */
  async function collect(): Promise<string> {
    const overdue = await store.ping().then(
      () => store.records.backlog(clock.now()),
      () => null,
    )
    up.set(overdue === null ? 0 : 1)
    if (overdue === null) backlog.remove()
    else backlog.set(overdue)
    return registry.metrics()
  }

  return {
    async requests(ctx, next) {
      const done = requests.startTimer()
      ctx.res.once('close', () => done({ method: ctx.method, route: routeOf(ctx), status: String(ctx.res.statusCode) }))
      await next()
    },
    audited: ({ type, outcome }) => events.inc({ type, outcome }),
    dropped: (count) => dropped.inc(count),
    limited: (limit) => limits.inc({ limit }),
    failed: () => failures.inc(),
    async listen(port, host) {
      const server = createServer((request, response) => {
        if (request.method !== 'GET' || request.url !== '/metrics') return void response.writeHead(404).end()
        collect().then(
          (text) => response.writeHead(200, { 'Content-Type': registry.contentType }).end(text),
          () => response.writeHead(500).end(),
        )
      })
      server.listen(port, host)
      await once(server, 'listening')
      return server
    },
  }
}
