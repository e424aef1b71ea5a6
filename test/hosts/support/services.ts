/** Databases for the examples that need one, started when the first asks. */
import { startPostgres } from '../../support/postgresServer.ts'
import { startRedis } from '../../support/redisServer.ts'

interface Service {
  readonly url: string
  stop(): Promise<void>
}

const needed: Readonly<Record<string, { readonly variable: string; readonly start: () => Promise<Service> }>> = {
  postgres: { variable: 'DATABASE_URL', start: startPostgres },
  'redis-adapter': { variable: 'REDIS_URL', start: startRedis },
}

export interface Services {
  environmentOf(example: string): Promise<Readonly<Record<string, string>>>
  close(): Promise<void>
}

export function openServices(): Services {
  const running = new Map<string, Service>()
  return {
    async environmentOf(example) {
      const need = needed[example]
      if (!need) return {}
      const service = running.get(example) ?? (await need.start())
      running.set(example, service)
      return { [need.variable]: service.url }
    },
    async close() {
      await Promise.all([...running.values()].map((service) => service.stop()))
    },
  }
}
