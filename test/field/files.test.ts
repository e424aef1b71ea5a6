/** Every file and standard input is decoded strictly, in one place: a byte order mark is skipped, other encodings are a fault. */
import { expect } from 'chai'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { languagesIn } from '../../src/i18n/languages.ts'
import { words } from '../../src/i18n/messages.ts'
import { templates } from '../../src/mail/templates.ts'
import { createViews } from '../../src/http/pages/render.ts'
import type { Environment } from '../../src/server/configuration/environment.ts'
import { readConfiguration } from '../../src/server/configuration/read.ts'
import { readSecrets } from '../../src/server/secrets.ts'
import { runCommand } from '../../src/server/commands/commandLine.ts'
import { importAccounts } from '../../src/server/commands/importAccounts.ts'
import { readEntries } from '../../src/server/commands/importFile.ts'
import { createDirectory } from '../../src/server/directory.ts'
import { memoryStore } from '../../src/store/memory.ts'
import { recovery } from '../support/recovery.ts'

const clock = { now: () => 1_800_000_000 }
const bom = Buffer.from([0xef, 0xbb, 0xbf])
const utf16 = (text: string, bigEndian = false): Buffer => {
  const bytes = Buffer.from(text, 'utf16le')
  return bigEndian ? bytes.swap16() : bytes
}

interface Encoding {
  readonly of: (text: string) => Buffer
  /** null: the text is read. */
  readonly fault: RegExp | null
}

/** Applied to texts with ü in their second line. */
const encodings: Readonly<Record<string, Encoding>> = {
  'UTF-8': { of: (text) => Buffer.from(text), fault: null },
  'UTF-8 with a byte order mark': { of: (text) => Buffer.concat([bom, Buffer.from(text)]), fault: null },
  'UTF-8 with CRLF': { of: (text) => Buffer.from(text.replaceAll('\n', '\r\n')), fault: null },
  'Windows-1252': { of: (text) => Buffer.from(text, 'latin1'), fault: /: line 2 is not UTF-8: save it as UTF-8$/ },
  'UTF-16 LE with a mark': { of: (text) => utf16(`\uFEFF${text}`), fault: /: is UTF-16: save it as UTF-8$/ },
  'UTF-16 BE with a mark': { of: (text) => utf16(`\uFEFF${text}`, true), fault: /: is UTF-16: save it as UTF-8$/ },
  'UTF-16 LE without a mark': { of: (text) => utf16(text), fault: /: is UTF-16: save it as UTF-8$/ },
  'a sequence that is cut': {
    of: (text) => Buffer.concat([Buffer.from(`${text}\n\n`), Buffer.from([0xc3])]),
    fault: /: line \d+ is not UTF-8: save it as UTF-8$/,
  },
  'a surrogate in UTF-8 (CESU-8)': {
    of: (text) => Buffer.concat([Buffer.from(`${text}\n`), Buffer.from([0xed, 0xa0, 0xbd])]),
    fault: /: line \d+ is not UTF-8: save it as UTF-8$/,
  },
  'a NUL byte': { of: (text) => Buffer.from(text.replace('ü', 'ü\0')), fault: /: line 2 contains a NUL byte$/ },
}

interface Source {
  /** Below the folder of the test. */
  readonly file: string
  readonly text: string
  /** What is made of the text. It throws, or rejects, for another encoding. */
  readonly read: (root: string, path: string) => unknown
  readonly shows: unknown
}

const jwk = { kty: 'oct', k: 'secret', note: 'ü' }
const brand = { name: 'Acme ID' }
const mail = { issuer: 'https://id.example', brand, words: () => words('en') }
const person = { email: 'ana@example.com', name: 'Ana', locale: null }

const sources: Readonly<Record<string, Source>> = {
  'the configuration': {
    file: 'config.yaml',
    text: 'brand:\n  name: Grün\n',
    read: async (root, path) => (await readConfiguration({ CONFIG: path, DATA_DIR: root })).brand.name,
    shows: 'Grün',
  },
  'a key set that was generated': {
    file: 'jwks.json',
    text: JSON.stringify({ keys: [jwk] }, null, 1)
      .replaceAll(/\n/g, '')
      .replace('"keys"', '\n"keys"'),
    read: async (root) => (await readSecrets(await readConfiguration({ DATA_DIR: root }))).jwks.keys,
    shows: [jwk],
  },
  'a language': {
    file: 'en.json',
    text: '{\n"sign-in.submit": "Grün"}',
    read: (root) => languagesIn(root).wordsOf('en').say('sign-in.submit'),
    shows: 'Grün',
  },
  'a template of emails': {
    file: 'mail/email.txt.ejs',
    text: '<%\n/* ü */ %>Grün',
    read: (root) => templates({ ...mail, own: root }).newBackupCodes({ person, at: 0 }).text,
    shows: 'Grün',
  },
  'a template of pages': {
    file: 'dead-link.ejs',
    text: '<%\n/* ü */ %>Grün',
    read: (root) => typeof createViews({ brand, base: '', languages: ['en'], own: root }),
    shows: 'object',
  },
  'accounts as JSON Lines': {
    file: 'accounts.jsonl',
    text: '{"email": "a@example.com", "name": "A"}\n{"email": "b@example.com", "name": "Grün"}\n',
    read: async (_, path) => (await imported(path)).join(),
    shows: 'A,Grün',
  },
  'accounts as a JSON list': {
    file: 'accounts.json',
    text: '[{"email": "a@example.com", "name": "A"},\n{"email": "b@example.com", "name": "Grün"}]',
    read: async (_, path) => (await imported(path)).join(),
    shows: 'A,Grün',
  },
  'accounts as YAML': {
    file: 'accounts.yaml',
    text: '- {email: a@example.com, name: A}\n- {email: b@example.com, name: Grün}\n',
    read: async (_, path) => (await imported(path)).join(),
    shows: 'A,Grün',
  },
}

const noBytes: Buffer = Buffer.alloc(0)
const newDirectory = () => createDirectory({ profiles: memoryStore({ clock }).profiles, clock })
const adopt = async () => undefined

/** Exit code and lines of standard error. */
async function runFor(
  environment: Environment,
  args: readonly string[],
  { bytes = noBytes, accounts = newDirectory() } = {},
): Promise<[status: number, said: string[]]> {
  const said: string[] = []
  const status = await runCommand(args, {
    environment,
    out: () => undefined,
    error: (line) => said.push(line),
    input: async () => bytes,
    serve: adopt,
    examine: async () => [],
    open: async () => ({
      accounts,
      clock,
      adopt,
      replaceFactor: adopt,
      resetFactor: async () => null,
      deleteAccount: adopt,
      reseal: async () => true,
      ...recovery,
      close: adopt,
    }),
  })
  return [status, said]
}

/** Names of the people that the file brings. Rejects, and has created none, if the file is refused. */
async function imported(path: string): Promise<readonly string[]> {
  const accounts = newDirectory()
  const list = async () => (await accounts.list({ limit: 9 })).map(({ name }) => name)
  try {
    await importAccounts(readEntries(path), { accounts, clock, adopt, report: () => undefined })
  } catch (error) {
    expect(await list()).to.deep.equal([])
    throw error
  }
  return list()
}

describe('Bytes of a file', () => {
  const root = mkdtempSync(join(tmpdir(), 'rekey-files-'))
  after(() => rmSync(root, { recursive: true }))

  for (const [what, { file, text, read, shows }] of Object.entries(sources))
    for (const [encoding, { of, fault }] of Object.entries(encodings))
      it(`${what} in ${encoding} ${fault ? 'is refused in one line' : 'is read'}`, async () => {
        const folder = mkdtempSync(join(root, 'a-'))
        const path = join(folder, file)
        mkdirSync(dirname(path), { recursive: true })
        writeFileSync(path, of(text))
        const outcome = await (async () => read(folder, path))().catch((error: Error) => error)
        if (fault === null) expect(outcome).to.deep.equal(shows)
        else
          expect(outcome)
            .to.be.an('error')
            .with.property('message')
            .that.matches(fault)
            .and.satisfies((line: string) => line.startsWith(`${path}: `) && !line.includes('\n'))
      })

  it('of an argument or a variable are not replaced silently', async () => {
    // What Node makes of bytes that are not UTF-8.
    expect(await runFor({}, ['accounts', 'list', '--search', 'Jos\uFFFD'])).to.deep.equal([
      2,
      ['oidc-rekey: an argument is not UTF-8'],
    ])
    const [status, said] = await runFor({ HOST: '\uFFFD' }, ['config', 'check'])
    expect([status, ...said]).to.deep.equal([1, 'oidc-rekey: HOST: is not UTF-8'])
  })

  it('are decoded in one file', () => {
    const others = readdirSync('src', { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts') && file !== 'decoding.ts')
      .filter((file) =>
        /readFile(Sync)?\([^()]*(\([^()]*\)[^()]*)?,|createReadStream|stream\/consumers/.test(
          readFileSync(`src/${file}`, 'utf8'),
        ),
      )
    expect(others).to.deep.equal(['cli.ts'])
  })
})

describe('accounts import', () => {
  const root = mkdtempSync(join(tmpdir(), 'rekey-entries-'))
  after(() => rmSync(root, { recursive: true }))

  async function entries(text: string) {
    const path = join(root, 'accounts.json')
    writeFileSync(path, text)
    const read: [line: number, value: unknown][] = []
    for await (const entry of readEntries(path)) read.push([entry.line, 'fault' in entry ? entry.fault : entry.value])
    return read
  }

  it('names the first line of each item of a JSON list', async () => {
    const text = '\n[\n {"a": "[,\\"{", "b":\n[1, [2], {}]}\n,\n7, null, {}, [3],\n\n"x"]\n'
    const items = [
      [3, { a: '[,"{', b: [1, [2], {}] }],
      [6, 7],
      [6, null],
      [6, {}],
      [6, [3]],
      [8, 'x'],
    ]
    expect(await entries(text)).to.deep.equal(items)
    expect(await entries('[]')).to.deep.equal([])
    expect(await entries('[{"password": "half')).to.deep.equal([[1, 'begins as a JSON list and is not JSON']])
  })

  it('counts lines across blocks, and skips the mark of a file that was appended', async () => {
    const line = `{"a": "${'ü'.repeat(700)}"}`
    const read = await entries(`${`${line}\n`.repeat(150)}\uFEFF${line}\r\n\n7`)
    expect(read).to.have.length(152)
    expect(read.map(([at]) => at).slice(149)).to.deep.equal([150, 151, 153])
    expect(new Set(read.slice(0, 151).map(([, value]) => JSON.stringify(value))).size).to.equal(1)
  })

  it('refuses a fault in the last line before it creates an account', async () => {
    const path = join(root, 'long.jsonl')
    const line = '{"email": "a@example.com", "name": "A"}\n'
    writeFileSync(path, Buffer.concat([Buffer.from(line.repeat(5000)), Buffer.from('{"name": "Jos\xe9"}', 'latin1')]))
    const error = await imported(path).catch(({ message }: Error) => message)
    expect(error).to.equal(`${path}: line 5001 is not UTF-8: save it as UTF-8`)
  })
})

describe('accounts create --password-stdin', () => {
  const password = 'grüne Wiese 7 Kühe'
  const rows: Readonly<Record<string, readonly [bytes: Buffer, fault: string | null]>> = {
    'no newline': [Buffer.from(password), null],
    'a newline': [Buffer.from(`${password}\n`), null],
    CRLF: [Buffer.from(`${password}\r\n`), null],
    CR: [Buffer.from(`${password}\r`), null],
    'a byte order mark': [Buffer.concat([bom, Buffer.from(`${password}\n`)]), null],
    'a second line': [Buffer.from(`${password}\nmore`), 'standard input must be the password, on one line'],
    'an empty line in front': [Buffer.from(`\n${password}\n`), 'standard input must be the password, on one line'],
    'two newlines': [Buffer.from(`${password}\n\n`), 'standard input must be the password, on one line'],
    'CR inside': [Buffer.from('grüne\rWiese 7 Kühe'), 'standard input must be the password, on one line'],
    'a NUL byte': [Buffer.from(`${password}\0`), 'standard input: line 1 contains a NUL byte'],
    'Windows-1252': [Buffer.from(password, 'latin1'), 'standard input: line 1 is not UTF-8: save it as UTF-8'],
    'UTF-16': [utf16(`\uFEFF${password}\r\n`), 'standard input: is UTF-16: save it as UTF-8'],
    nothing: [Buffer.alloc(0), 'the password is empty'],
  }
  for (const [what, [bytes, fault]] of Object.entries(rows))
    it(`${what} ${fault ? 'is refused, nothing is created' : 'gives the password as it was typed'}`, async () => {
      const accounts = newDirectory()
      const args = ['accounts', 'create', '--email', 'ana@example.com', '--name', 'Ana', '--password-stdin']
      const [status, said] = await runFor({}, args, { bytes, accounts })
      const signedIn = await accounts.authenticate('ana@example.com', password)
      expect([status === 0, signedIn !== null]).to.deep.equal([fault === null, fault === null])
      expect(said).to.deep.equal(fault === null ? [] : [`oidc-rekey: ${fault}`])
    })
})
