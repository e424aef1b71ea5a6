/** What sentinels say of a master, and whether a write that some of its replicas have can still be lost. */
import { type Endpoint, nameOf } from './client.ts'

/** What one sentinel says. */
export interface View {
  /** The master, or what a failover has made the master. */
  readonly endpoint: Endpoint
  readonly epoch: number
  /** Of this endpoint, such as `master`, or `s_down,master,failover_in_progress`. */
  readonly flags: string
  readonly replicas: number
  readonly otherSentinels: number
}

const isFailing = (flags: string): boolean => /failover_in_progress|[os]_down/.test(flags)

/**
 * Every sentinel must name this process and know of no failover from it, since at first only the one that leads a failover knows of it.
 * @param all how many sentinels there are
 * @returns what may go wrong, null: nothing
 */
export function unsteady(views: readonly View[], all: number, endpoint: Endpoint | undefined): string | null {
  const [first] = views
  if (!first || views.length < all || first.otherSentinels >= all)
    return 'not every sentinel has confirmed that no failover is under way'
  const isSteady = (view: View): boolean =>
    endpoint !== undefined && nameOf(view.endpoint) === nameOf(endpoint) && !isFailing(view.flags)
  if (views.every(isSteady)) return null
  const said = new Set(views.map((view) => `${nameOf(view.endpoint)} ${view.flags}`))
  return `a failover may be under way: ${[...said].join(', ')}`
}

/** The answers to GET-MASTER-ADDR-BY-NAME and MASTER. A sentinel that ends a failover names the promoted server in the first only. */
export function viewOf([host, port]: readonly [string, string], master: Readonly<Record<string, string>>): View {
  const isPromoted = master['ip'] !== host || master['port'] !== port
  return {
    endpoint: { host, port: Number(port) },
    epoch: Number(master['config-epoch']),
    flags: isPromoted ? 'master' : (master['flags'] ?? ''),
    replicas: Number(master['num-slaves']),
    otherSentinels: Number(master['num-other-sentinels']),
  }
}
