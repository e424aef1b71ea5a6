/** The alert rules and the dashboard name what `/metrics` has: names, labels and their values. `npm run faults` has promtool read them. */
import { expect } from 'chai'
import { existsSync } from 'node:fs'
import { storeRoom } from '../../src/core/storeRoom.ts'
import { createMetrics } from '../../src/server/metrics.ts'
import { membersOf } from './declared.ts'
import { dashboard, expressions, rules } from './monitoring.ts'
import { read, root } from './pages.ts'

const metrics = createMetrics(
  async () => ({ store: 'ok', clock: 'ok', mail_backlog: 0, clock_apart_seconds: 0 }) as never,
  async () => 0.5,
)

/** As a scrape shows them: of a histogram its three series. */
async function series(): Promise<Map<string, readonly string[]>> {
  const source = read('src/server/metrics.ts').text
  const found = new Map<string, readonly string[]>()
  for (const { name, type } of await metrics.values()) {
    const definition = source.split(`name: '${name}',`)[1]?.split('registers,')[0] ?? ''
    const [, labels = ''] = /labelNames: \[([^\]]*)\]/.exec(definition) ?? []
    const known = ['job', 'instance', ...[...labels.matchAll(/'(\w+)'/g)].map(([, label = '']) => label)]
    if (String(type) === 'histogram')
      for (const end of ['_bucket', '_count', '_sum']) found.set(name + end, [...known, 'le'])
    else found.set(name, known)
  }
  return found
}

/** `name{label="value",…}` of an expression. */
const selectors = expressions.flatMap((expr) =>
  [...expr.matchAll(/\b((?:oidc_rekey|process|nodejs)_\w+)(?:\{([^}]*)\})?/g)].map(([, name = '', inner = '']) => ({
    expr,
    name,
    labels: [...inner.matchAll(/(\w+)=~?"([^"]*)"/g)].map(([, label = '', value = '']) => ({ label, value })),
  })),
)

describe('The alert rules and the dashboard', () => {
  it('name metrics that there are, with their labels', async () => {
    const known = await series()
    expect(selectors.length).to.be.at.least(expressions.length - 1)
    for (const { expr, name, labels } of selectors) {
      expect([...known.keys()], expr).to.include(name)
      expect(known.get(name), expr).to.include.members(labels.map(({ label }) => label))
    }
  })

  it('group by labels that the metric has', async () => {
    const known = await series()
    for (const expr of expressions)
      for (const [, labels = '', name = ''] of expr.matchAll(/ by \(([^)]*)\) \(\w+\((\w+)/g))
        expect(known.get(name), expr).to.include.members(labels.split(',').map((label) => label.trim()))
  })

  it('name types of audit lines that there are', () => {
    const types = selectors.flatMap(({ labels }) =>
      labels.filter(({ label }) => label === 'type').flatMap(({ value }) => value.split('|')),
    )
    expect(types).to.not.be.empty
    expect(membersOf('AuditType')).to.include.members(types)
  })

  it('use every metric of this project', async () => {
    const used = new Set(selectors.map(({ name }) => name.replace(/_(bucket|count|sum)$/, '')))
    const own = (await metrics.values()).map(({ name }) => name).filter((name) => name.startsWith('oidc_rekey_'))
    const shown = expressions.slice(rules.length).join(' ')
    for (const name of own) {
      expect([...used]).to.include(name)
      expect(shown, 'the dashboard').to.include(name)
    }
  })

  it('warn where the service does', () => {
    const shareOf = (name: string): number => Number(rules.find(({ alert }) => alert === name)?.expr.split('>= ')[1])
    const [low, full] = [shareOf('RekeyStoreLow'), shareOf('RekeyStoreFull')]
    expect([low - 0.001, low, full - 0.001, full].map((used) => storeRoom(used))).to.deep.equal([
      'ok',
      'low',
      'low',
      'nearly-full',
    ])
  })

  it('lead to a paragraph of the documents', () => {
    for (const { alert, annotations } of rules) {
      const [path = '', heading] = annotations.runbook.split('#')
      expect(existsSync(new URL(path, root)), alert).to.equal(true)
      const headings = [...read(path).text.matchAll(/^#+ (.*)$/gm)].map(([, text = '']) =>
        text
          .toLowerCase()
          .replaceAll(/[^\w -]/g, '')
          .replaceAll(' ', '-'),
      )
      if (heading !== undefined) expect(headings, alert).to.include(heading)
    }
  })

  it('have panels that do not lie on each other, each with a description', () => {
    const panels = dashboard.panels.filter(({ type }) => type !== 'row') as unknown as readonly {
      readonly title: string
      readonly description: string
      readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number }
    }[]
    const fields = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, n) => `${x + (n % w)},${y + Math.floor(n / w)}`),
    )
    expect(new Set(fields).size).to.equal(fields.length)
    for (const { title, description } of panels) expect(description, title).to.match(/\w/)
  })
})
