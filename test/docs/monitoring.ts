/** The alert rules and the dashboard of the examples, for the tests that compare them with the metrics. */
import { parse } from 'yaml'
import { read } from './pages.ts'

export interface Rule {
  readonly alert: string
  readonly expr: string
  readonly annotations: { readonly summary: string; readonly runbook: string }
}

const { groups } = parse(read('examples/monitoring/alerts.yaml').text) as {
  readonly groups: readonly { readonly rules: readonly Rule[] }[]
}
export const rules = groups.flatMap((group) => group.rules)

interface Panel {
  readonly title: string
  readonly type: string
  readonly targets?: readonly { readonly expr: string }[]
}

export const dashboard = JSON.parse(read('examples/monitoring/dashboard.json').text) as {
  readonly panels: readonly Panel[]
}

/** Without the variables of Grafana. */
export const expressions: readonly string[] = [
  ...rules.map(({ expr }) => expr),
  ...dashboard.panels
    .flatMap(({ targets = [] }) => targets.map(({ expr }) => expr))
    .map((expr) => expr.replaceAll('$__rate_interval', '5m').replaceAll('$job', 'oidc-rekey')),
]
