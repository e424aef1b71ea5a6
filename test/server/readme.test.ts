import { readFileSync } from 'node:fs'
import { expect } from 'chai'
import { variables } from '../../src/server/configuration/environment.ts'

describe('the README', () => {
  it('tells every variable that is read, and no other', () => {
    const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')
    const rows = readme.split('\n').filter((line) => /^\| `[A-Z_]+`/.test(line))
    const notified = rows.flatMap((row) => [...row.split('|')[1]!.matchAll(/`([A-Z_]+)`/g)].map(([, name]) => name))
    expect(notified).to.have.members(['CONFIG', 'NODE_ENV', ...Object.keys(variables)])
  })
})
