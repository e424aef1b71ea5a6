/** The keys of mail: what is refused and in which words, and the command that tries them. */
import { expect } from 'chai'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runCommand } from '../../src/server/commands/commandLine.ts'
import { configurationFixture } from '../server/configurationFixture.ts'
import { type MailScript, openScriptedMailServer } from '../support/scriptedMailServer.ts'
import { freePort } from '../support/freePort.ts'

describe('SMTP_URL and the keys of mail', () => {
  const { read, faultsOf } = configurationFixture()

  /** The URL, and what is said of it. Secrets are marked so that a test can look for them. */
  const urls: Readonly<Record<string, string>> = {
    'smtp://mx.example.com?ignoreTLS=true': 'has the option ignoreTLS: write mail.tls: off',
    'smtp://mx.example.com?requireTLS=false': 'has the option requireTLS: write mail.tls: required, the default',
    'smtp://mx.example.com?opportunisticTLS=1': 'has the option opportunisticTLS: write mail.tls: opportunistic',
    'smtp://mx.example.com/?tls.rejectUnauthorized=false':
      'has the option tls.rejectUnauthorized: write mail.ca_file with the authority of the certificate',
    'smtp://mx.example.com?name=id.example.com': 'has the option name: write mail.ehlo_name',
    'smtp://mx.example.com?secure=true': 'has the option secure: write smtps://',
    'smtp://mx.example.com?auth.type=oauth2': 'has the option auth.type: write mail.oauth2',
    'smtp://mx.example.com?pool=true':
      'has the option pool: write nothing: a connection waits for the emails that follow',
    'smtp://mx.example.com?S3CR3T': 'has a query: a ? of user or password is written %3F',
    'smtp://mx.example.com/S3CR3T': 'has a path: a / of user or password is written %2F',
    'smtp://mx.example.com#S3CR3T': 'has a fragment: a # of user or password is written %23',
    'smtp://me:S3CR3T%@mx.example.com': 'has a % in user or password that is not written %25',
    'smtp://me:S3CR3T%0d%0aQUIT@mx.example.com': 'has a line break in user or password',
    'smtp://:S3CR3T@mx.example.com': 'has a password and no user',
    'smtp://me:S3C/R3T@mx.example.com':
      'must be smtp:// or smtps://, with every / ? # @ : of user and password percent-encoded',
    'http://me:S3CR3T@mx.example.com':
      'must be smtp:// or smtps://, with every / ? # @ : of user and password percent-encoded',
    'mx.example.com': 'must be smtp:// or smtps://, with every / ? # @ : of user and password percent-encoded',
    'smtp://me@mx.example.com': 'has a user and no password',
  }
  for (const [url, fault] of Object.entries(urls))
    it(`${url} ${fault}`, async () => {
      expect(await faultsOf('', { SMTP_URL: url })).to.deep.equal([`SMTP_URL: ${fault}`])
    })

  it('names every option of the query at once', async () =>
    expect(await faultsOf("mail: { smtp_url: 'smtp://mx.example.com?ignoreTLS=true&name=x' }")).to.have.length(2))

  const oauth2 = 'oauth2: { token_url: https://t.example.com/token, client_id: c, client_secret: S3CR3T'
  const contradictions: Readonly<Record<string, string>> = {
    'smtp_url: smtps://mx.example.com, tls: off':
      'mail.tls: off contradicts smtps://, which is encrypted from the start: write smtp://',
    'smtp_url: smtps://mx.example.com, tls: opportunistic':
      'mail.tls: opportunistic contradicts smtps://, which is encrypted from the start: write smtp://',
    [`smtp_url: smtp://mx.example.com, ${oauth2} }`]:
      'mail.oauth2.user: the mailbox is required, here or as the user of mail.smtp_url',
    [`smtp_url: 'smtp://a:S3CR3T@mx.example.com', ${oauth2} }`]:
      'mail.smtp_url: has a password beside mail.oauth2: leave it out',
    [`smtp_url: smtp://a@mx.example.com, tls: off, ${oauth2} }`]:
      'mail.tls: must be required with mail.oauth2: the token would travel readable',
    [`smtp_url: smtp://a@mx.example.com, ${oauth2.replace('https', 'http')} }`]: 'mail.oauth2.token_url: must be https',
    'timeout_seconds: 4': 'mail.timeout_seconds: must be a whole number of seconds from 5 to 600, is 4',
    'timeout_seconds: 601': 'mail.timeout_seconds: must be a whole number of seconds from 5 to 600, is 601',
    'tls: maybe': 'mail.tls: must be required or opportunistic or off, is "maybe"',
    "ehlo_name: '[127.0.0.1]'": 'mail.ehlo_name: must be a host name such as id.example.com, is "[127.0.0.1]"',
    'ehlo_name: localhost': 'mail.ehlo_name: must be a host name such as id.example.com, is "localhost"',
    'ca_file: /nowhere/ca.pem': 'mail.ca_file: cannot be read: there is no such file or folder, is "/nowhere/ca.pem"',
    [`smtp_url: smtp://a@mx.example.com, ${oauth2.replace('//', '//c:S3CR3T@')} }`]:
      'mail.oauth2.token_url: has a user and a password, which are not sent',
    'oauth2: { client_secret: S3CR3T, token: x }': 'mail.oauth2.token_url: must be an https URL, is missing',
  }
  for (const [keys, fault] of Object.entries(contradictions))
    it(`${keys.replace(/ \}$/, '')}: ${fault}`, async () => {
      const faults = await faultsOf(`mail: { ${keys} }`)
      expect(faults).to.include(fault)
      expect(faults.join()).not.to.contain('S3CR3T')
    })

  it('says at the start what is weaker than the default, on loopback nothing', async () => {
    const noticesOf = async (keys: string) => (await read(`mail: { ${keys} }`)).notices
    expect(await noticesOf('smtp_url: smtp://mx.example.com')).to.deep.equal([])
    expect(await noticesOf('smtp_url: smtp://127.0.0.1:25, tls: off')).to.deep.equal([])
    expect(await noticesOf('smtp_url: smtp://mx.example.com, tls: opportunistic')).to.deep.equal([
      'mail.tls: opportunistic: emails with links may travel readable',
    ])
    expect(await noticesOf("smtp_url: 'smtp://a:b@mx.example.com', tls: off")).to.deep.equal([
      'mail.tls: off: the password of the mail server and emails with links may travel readable',
    ])
  })

  describe('mail test', () => {
    let folder: string
    before(async () => void (folder = await mkdtemp(join(tmpdir(), 'rekey-mail-test-'))))
    after(() => rm(folder, { recursive: true }))

    async function run(keys: string, to = 'ana@example.com') {
      const CONFIG = join(folder, 'test.yaml')
      await writeFile(CONFIG, `issuer: https://id.example.com\ndemo: false\nmail: ${keys}`)
      const lines: string[] = []
      const shell = {
        environment: { CONFIG },
        out: (line: string) => lines.push(line),
        error: (line: string) => lines.push(line),
      }
      const status = await runCommand(['mail', 'test', to], shell as unknown as Parameters<typeof runCommand>[1])
      return { status, lines }
    }
    async function tried(script: MailScript, user = '', more = '') {
      const server = await openScriptedMailServer(script)
      const result = await run(`{ smtp_url: 'smtp://${user}127.0.0.1:${server.port}'${more} }`)
      await server.close()
      return { ...result, lines: result.lines.map((line) => line.replace(`:${server.port}`, ':PORT')), server }
    }

    it('says that a message was accepted', async () => {
      const { status, lines, server } = await tried({})
      expect([status, lines]).to.deep.equal([0, ['accepted by 127.0.0.1:PORT: 250 2.0.0']])
      expect(server.commands).to.include('RCPT TO:<ana@example.com>').and.include('EHLO id.example.com')
      expect(server.texts[0]?.toString()).to.match(/^https:\/\/id\.example\.com\r$/m)
    })

    it('says why not, in one line', async () => {
      const refused = await tried({ rcpt: '550 5.1.1 no such user' })
      expect([refused.status, refused.lines]).to.deep.equal([
        1,
        [
          'oidc-rekey: not accepted by 127.0.0.1:PORT: recipient: the mail server does not take this address (550 5.1.1 at RCPT)',
        ],
      ])
      const { lines } = await tried({ auth: '535 5.7.8 no' }, 'me:S3CR3T@')
      expect(lines).to.deep.equal([
        'oidc-rekey: not accepted by 127.0.0.1:PORT: auth: the mail server wants a user or encryption, or does not take the user (535 5.7.8 at AUTH)',
      ])
      expect((await tried({}, '', ', tls: required')).lines.join()).to.match(/: tls: .*\(502 5\.5\.1 at STARTTLS\)$/)
      expect((await run(`{ smtp_url: 'smtp://127.0.0.1:${await freePort()}' }`)).lines.join()).to.contain(': refused: ')
      expect((await run(`{ smtp_url: 'smtp://127.0.0.1:${await freePort()}' }`, 'ana')).lines.join()).to.contain(
        ': not an address',
      )
    })

    it('says that there is no mail server, and that an address is needed', async () => {
      const { status, lines } = await run('{}')
      expect([status, lines.length, lines[0]]).to.deep.equal([
        1,
        1,
        'oidc-rekey: SMTP is not configured: set SMTP_URL (mail.smtp_url); emails go to the development mailbox',
      ])
    })
  })
})
