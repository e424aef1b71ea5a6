/** Documents stay short, plain and linked, and their code compiles. */
import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect } from 'chai'
import { documents, read, root } from './pages.ts'

const run = promisify(execFile)

/** Words that no standard explains, in any form. */
const privateWords =
  /\b(whoever|whomever|nobody's|letters?|desk|house|doors?|corridor|owed|owes|settled|settles|anew)\b/gi

const MOST_WORDS = 25

const withoutCode = (text: string): string => text.replaceAll(/```.*?```/gs, '')

/** Sentences of the prose: no tables, no code, no headings. */
const sentencesOf = (text: string): string[] =>
  withoutCode(text)
    .split(/\n(?=\n|[-#|]|\d+\. )/)
    .map((block) => block.replaceAll(/\s+/g, ' ').trim())
    .filter((block) => !/^[#|!]/.test(block))
    .flatMap((block) => block.split(/(?<=[.!?:;])\s+/))

describe('The text of the documents', () => {
  for (const { path, text } of documents) {
    it(`${path} is short`, () => {
      // A changelog only grows until a release.
      const most = { 'README.md': 130, 'CHANGELOG.md': 400 }[path] ?? 200
      expect(text.trimEnd().split('\n')).to.have.lengthOf.at.most(most)
    })

    it(`${path} has short sentences`, () => {
      const long = sentencesOf(text).filter((sentence) => sentence.split(' ').length > MOST_WORDS)
      expect(long).to.deep.equal([])
    })

    it(`${path} has no private words`, () => {
      // Printed output is quoted unchanged.
      const found = withoutCode(text)
        .replaceAll(/`[^`]*`/g, '')
        .match(privateWords)
      expect(found).to.equal(null)
    })

    it(`${path} names files that exist`, () => {
      const files = [...text.matchAll(/`([\w.-]+(?:\/[\w.-]+)+\.(?:ts|js|yaml|md))`/g)].map(([, file = '']) => file)
      const missing = files.filter((file) => !['', 'src/'].some((base) => existsSync(new URL(base + file, root))))
      expect(missing).to.deep.equal([])
    })

    it(`${path} links to existing targets`, () => {
      const links = [...withoutCode(text).matchAll(/\]\((?!https?:)([^)#]*)(#[^)]+)?\)/g)]
      for (const [link, target = ''] of links)
        expect(existsSync(new URL(target, new URL(path, root))), link).to.equal(true)
    })
  }

  it('of docs names no file of src, which is not in the package', () => {
    const named = documents
      .filter(({ path }) => path.startsWith('docs/'))
      .flatMap(({ path, text }) =>
        [...text.matchAll(/(?<!examples\/\w+\/)\bsrc\/[\w/.-]*/g)].map(([file]) => `${path}: ${file}`),
      )
    expect(named).to.deep.equal([])
  })

  it('has no private words in the example file', () => {
    expect(read('config/production.example.yaml').text.match(privateWords)).to.equal(null)
  })

  it('has code that compiles', async () => {
    const blocks = documents.flatMap(({ path, text }) =>
      [...text.matchAll(/```ts\n(.*?)```/gs)].map(([, code = ''], n) => ({
        name: `${path.replaceAll(/\W/g, '-')}-${n}.ts`,
        code,
      })),
    )
    expect(blocks).to.not.be.empty
    const cache = fileURLToPath(new URL('node_modules/.cache', root))
    mkdirSync(cache, { recursive: true })
    const folder = mkdtempSync(join(cache, 'docs-'))
    try {
      for (const { name, code } of blocks) writeFileSync(join(folder, name), code)
      const compilerOptions = { types: ['node'] }
      const files = blocks.map(({ name }) => name)
      writeFileSync(
        join(folder, 'tsconfig.json'),
        JSON.stringify({ extends: '../../../tsconfig.json', compilerOptions, files, include: [] }),
      )
      const tsc = join(dirname(cache), '.bin/tsc')
      const { stdout } = await run(tsc, ['--project', folder]).catch((error: { stdout: string }) => error)
      expect(stdout).to.equal('')
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})
