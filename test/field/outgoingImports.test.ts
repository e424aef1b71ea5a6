/** Nothing but the one file opens outgoing HTTP connections, and nothing but the mailer SMTP ones. */
import { expect } from 'chai'
import { globSync, readFileSync } from 'node:fs'

const files = globSync('src/**/*.ts').map((path) => ({ path, text: readFileSync(path, 'utf8') }))
const filesWith = (pattern: RegExp): string[] => files.filter(({ text }) => pattern.test(text)).map(({ path }) => path)

describe('outgoing connections', () => {
  it('are opened by one file for HTTP', () => {
    expect(filesWith(/(?<![\w.])fetch\(|globalThis\.fetch/)).to.deep.equal([])
    expect(filesWith(/import \{[^}]*\b(request|get)\b[^}]*\} from 'node:https?'/)).to.deep.equal([
      'src/outgoing/outgoing.ts',
    ])
    expect(filesWith(/import (\w+|\* as \w+) from 'node:https?'/)).to.deep.equal([])
    expect(filesWith(/from '(undici|axios|got|node-fetch|node:http2)'/)).to.deep.equal([])
  })

  it('of libraries that fetch get that function', () => {
    expect(filesWith(/createRemoteJWKSet\((?![^)]*\), \{ \[customFetch\])/)).to.deep.equal([])
    for (const path of filesWith(/\.discovery\(/)) expect(readFileSync(path, 'utf8'), path).to.contain('customFetch')
  })

  it('are opened by one file for SMTP', () =>
    expect(filesWith(/from 'nodemailer(\/lib\/smtp-[\w-]+)?'/)).to.deep.equal(['src/mail/conversation.ts']))
})
