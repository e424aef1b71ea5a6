import { expect } from 'chai'
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

/** Output and exit status of the check for a tree of these files. */
function check(
  files: Readonly<Record<string, string>>,
  ...options: string[]
): { readonly faults: string[]; readonly status: number | null } {
  const root = mkdtempSync(join(tmpdir(), 'structure-'))
  try {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true })
      writeFileSync(join(root, path), text)
    }
    const { stdout, stderr, status } = spawnSync(process.execPath, ['config/structure.js', root, ...options], {
      encoding: 'utf8',
    })
    expect(stderr).to.equal('')
    return { faults: stdout.split('\n').filter(Boolean), status }
  } finally {
    rmSync(root, { recursive: true })
  }
}

const lines = (count: number, line: string): string => `${line}\n`.repeat(count)
const body = (count: number): string => `export function count() {\n${lines(count - 2, '  void 0')}}\n`

interface Case {
  readonly rule: string
  readonly bad: Readonly<Record<string, string>>
  readonly faults: readonly string[]
  readonly good: Readonly<Record<string, string>>
}

const cases: readonly Case[] = [
  {
    rule: 'import circle',
    bad: {
      'src/core/a.ts': "import type { B } from './b.ts'\nexport type A = B",
      'src/core/b.ts': "export type B = 1\nexport type { A } from './a.ts'",
    },
    faults: ['src/core/a.ts:1: import circle: src/core/a.ts → src/core/b.ts → src/core/a.ts'],
    good: {
      'src/core/a.ts': "import type { B } from './b.ts'\nexport type A = B",
      'src/core/b.ts': 'export type B = 1',
    },
  },
  {
    rule: 'import circle of three, one of them by import()',
    bad: {
      'src/core/a.ts': "import { b } from './b.ts'\nexport const a = b",
      'src/core/b.ts': "\nimport { c } from './c.ts'\nexport const b = c",
      'src/core/c.ts': "export const c = () => import('./a.ts')",
    },
    faults: ['src/core/a.ts:1: import circle: src/core/a.ts → src/core/b.ts → src/core/c.ts → src/core/a.ts'],
    good: {
      'src/core/a.ts': "import { b } from './b.ts'\nimport { c } from './c.ts'\nexport const a = b + c",
      'src/core/b.ts': "import { c } from './c.ts'\nexport const b = c",
      'src/core/c.ts': 'export const c = 1',
    },
  },
  {
    rule: 'closed room',
    bad: {
      'src/http/console/users.ts': "import type { Row } from '../api/rows.ts'\nexport type User = Row",
      'src/http/api/rows.ts': "import '../routes.ts'\nexport type Row = 1",
      'src/http/routes.ts': '',
      'src/service/resets.ts': "import '../oidc/grants.ts'",
      'src/oidc/grants.ts': '',
      'src/hall.ts': '',
    },
    faults: [
      'src/hall.ts:1: closed room: is in no room of config/rooms.ts',
      'src/http/api/rows.ts:1: closed room: http/api imports src/http/routes.ts',
      'src/http/console/users.ts:1: closed room: http/console imports src/http/api/rows.ts',
      'src/service/resets.ts:1: closed room: service imports src/oidc/grants.ts',
    ],
    good: {
      'src/http/console/users.ts': "import type { Row } from '../pages/rows.ts'\nexport type User = Row",
      'src/http/pages/rows.ts': 'export type Row = 1',
      'src/http/routes.ts': "import './console/users.ts'",
      'src/service/resets.ts': "import '../oidc/sessions.ts'",
      'src/oidc/sessions.ts': "import '../store/store.ts'",
      'src/store/store.ts': '',
      'test/a.test.ts': "import '../src/http/routes.ts'",
    },
  },
  {
    rule: 'private word in a file name',
    bad: { 'test/support/arenaOfTwo.ts': '', 'src/http/own-clients.ts': '' },
    faults: [
      'src/http/own-clients.ts:1: private word in a file name: own-clients.ts: "own client": say first-party …',
      'test/support/arenaOfTwo.ts:1: private word in a file name: arenaOfTwo.ts: "arena": say server fixture',
    ],
    good: { 'test/journeys/letters.test.ts': '', 'src/http/placeholder.ts': '' },
  },
  {
    rule: 'private word',
    bad: {
      'src/core/a.ts': [
        'export interface Desk { readonly place_of: string }',
        'const { session: visit, told = 1 } = given',
        'export const run = (oneOf: number, [debt]: number[]) => ({ isOwed: true })',
        "import { x as corridor } from './x.ts'",
        'class A { #heard = 1 }',
        'export function to() {}',
      ].join('\n'),
    },
    faults: [
      'src/core/a.ts:1: private word: Desk: "desk": say request context, services',
      'src/core/a.ts:1: private word: place_of: "place": say first-party app, stage path',
      'src/core/a.ts:2: private word: visit: "visit": say web session',
      'src/core/a.ts:2: private word: told: "told": say audited, notify, observed',
      'src/core/a.ts:3: private word: debt: "debt": say outbox entry',
      'src/core/a.ts:3: private word: isOwed: "owed": say outbox entry',
      'src/core/a.ts:4: private word: corridor: "corridor": say accounts',
      'src/core/a.ts:5: private word: heard: "heard": say audited, notify, observed',
      'src/core/a.ts:6: private word: to: "to": say seeOther',
    ],
    good: {
      'src/core/a.ts': [
        'export const parameters = { id_token_hint: hint, response_mode: form_post, replaced: 1, redesk: 2 }',
        'export const move = ({ from, to }: Range) => library.desk(from, to).place',
        'export const { desk: context } = library',
        "import { corridor } from 'library'",
      ].join('\n'),
      'test/b.ts': 'export const letter = relyingParty.letters',
    },
  },
  {
    rule: 'long file',
    bad: { 'src/core/a.ts': lines(251, '// text') },
    faults: ['src/core/a.ts:1: long file: 251 lines'],
    good: { 'src/core/a.ts': lines(250, '// text'), 'test/a.ts': lines(251, '// text') },
  },
  {
    rule: 'long function',
    bad: { 'src/core/a.ts': `\n${body(61)}`, 'src/core/b.ts': `export const f = () => [\n${lines(59, '  1,')}]\n` },
    faults: [
      'src/core/a.ts:2: long function: a function of 61 lines',
      'src/core/b.ts:1: long function: a function of 61 lines',
    ],
    good: { 'src/core/a.ts': body(60), 'src/testing/storeContract/a.ts': body(61) },
  },
  {
    rule: 'many parameters',
    bad: {
      'src/core/a.ts': 'export type F = (a: 1, b: 2, c: 3, d: 4, e: 5) => void',
      'test/b.ts': 'f((a, b, c, d, ...e) => a)',
    },
    faults: [
      'src/core/a.ts:1: many parameters: 5 parameters in a row',
      'test/b.ts:1: many parameters: 5 parameters in a row',
    ],
    good: { 'src/core/a.ts': 'export const f = (a: 1, b: 2, c: 3, { d, e }: O) => a' },
  },
  {
    rule: 'top-level await',
    bad: { 'src/core/a.ts': 'export const a = () => 1\nawait a()\nfor await (const b of []) void b' },
    faults: ['src/core/a.ts:2: top-level await: await', 'src/core/a.ts:3: top-level await: await'],
    good: {
      'src/core/a.ts': 'export const a = async () => {\n  await 1\n  for await (const b of []) void b\n}',
      'src/cli.ts': 'await 1',
      'test/a.test.ts': 'await 1',
    },
  },
]

describe('config/structure.js', () => {
  for (const { rule, bad, faults, good } of cases) {
    it(`${rule}: finds it`, () => {
      expect(check(bad)).to.deep.equal({ faults, status: 1 })
    })
    it(`${rule}: accepts what is allowed`, () => {
      expect(check(good)).to.deep.equal({ faults: [], status: 0 })
    })
  }

  it('checks only the named rules', () => {
    const files = { 'src/core/a.ts': `${body(61)}export type F = (a: 1, b: 2, c: 3, d: 4, e: 5) => void` }
    const { faults } = check(files, '--only', 'many parameters,private word')
    expect(faults).to.deep.equal(['src/core/a.ts:62: many parameters: 5 parameters in a row'])
  })

  it('has a case for every rule', () => {
    const covered = cases.map(({ rule }) => rule)
    const source = spawnSync(
      process.execPath,
      ['--print', "import('./config/structure.js').then((m) => console.log(Object.keys(m.rules).join()))"],
      {
        encoding: 'utf8',
      },
    )
    expect(covered).to.include.members((source.stdout.split('\n')[0] ?? '').split(','))
  })
})
