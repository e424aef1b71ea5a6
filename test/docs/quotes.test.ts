/** Code that the documents quote from the examples is there, line by line: `npm run hosts` runs it. */
import { existsSync } from 'node:fs'
import { expect } from 'chai'
import { documents, read, root } from './pages.ts'

const quotes = documents.flatMap(({ path, text }) =>
  [...text.matchAll(/```js\n(.*?)```/gs)].map(([, code = '']) => ({ path, lines: code.trimEnd().split('\n') })),
)

describe('Code quoted in the documents', () => {
  it('is there', () => expect(quotes).to.not.be.empty)

  for (const { path, lines } of quotes) {
    const [, file = ''] = /^\/\/ (examples\/\S+)$/.exec(lines[0] ?? '') ?? []

    it(`${path} quotes ${file || lines[0]} in its order`, () => {
      expect(existsSync(new URL(file || 'none', root)), lines[0]).to.equal(true)
      const source = read(file).text.split('\n')
      let next = 0
      for (const line of lines.slice(1)) {
        const at = source.findIndex((item, n) => n >= next && item.trim() === line.trim())
        expect(at, line).to.be.at.least(0)
        next = at + 1
      }
    })
  }

  it('is TypeScript, quoted, tested where it stands, or for other software', () => {
    const languages = documents.flatMap(({ text }) => [...text.matchAll(/^ *```(\w+)$/gm)].map(([, name]) => name))
    expect([...new Set(languages)]).to.have.members(['ts', 'js', 'sh', 'json', 'nginx', 'text', 'sql'])
  })
})
