/** Access tokens for the mail server: grants of Microsoft 365 and Google, their failures, and what never leaves. */
import { expect } from 'chai'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { MailDeferred } from '../../src/errors.ts'
import { smtpMailer } from '../../src/mail/smtp.ts'
import { createOutgoing } from '../../src/outgoing/outgoing.ts'
import { type MailScript, openScriptedMailServer } from '../support/scriptedMailServer.ts'

const email = { to: 'ana@example.com', subject: 's', text: 't', html: '<p>t</p>', id: '1', locale: 'en' }
const SECRETS = /S3CR3T|R3FR3SH|token-\d/

describe('mail.oauth2', () => {
  const open: { close(): unknown }[] = []
  afterEach(async () => {
    for (const item of open.splice(0).toReversed()) await item.close()
  })

  interface Endpoint {
    readonly url: string
    readonly forms: Record<string, string>[]
  }

  async function endpoint(answer: (count: number) => readonly [number, object | string]): Promise<Endpoint> {
    const forms: Record<string, string>[] = []
    const server: Server = createServer((request, response) => {
      void text(request)
        .then((body) => forms.push(Object.fromEntries(new URLSearchParams(body))))
        .then((count) => {
          const [status, content] = answer(count)
          return response.writeHead(status).end(typeof content === 'string' ? content : JSON.stringify(content))
        })
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    open.push(server)
    return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`, forms }
  }

  async function mailer(tokenUrl: string, script: MailScript, more: { refreshToken?: string; scope?: string } = {}) {
    const server = await openScriptedMailServer({ auth: '', ...script })
    const made = smtpMailer({
      url: `smtp://127.0.0.1:${server.port}`,
      from: 'no-reply@example.com',
      oauth2: { tokenUrl, clientId: 'app', clientSecret: 'S3CR3T', user: 'no-reply@example.com', ...more },
      outgoing: createOutgoing({ allow: ['127.0.0.1'] }),
    })
    open.push(server, made)
    const tokens = (): string[] =>
      server.commands
        .filter((line) => line.startsWith('AUTH XOAUTH2 '))
        .map((line) => Buffer.from(line.slice(13), 'base64').toString().replaceAll('\x01', '|'))
    const failing = () =>
      made.send(email).then(
        () => expect.fail('it was sent'),
        (error: MailDeferred) => {
          expect(error).to.be.instanceOf(MailDeferred)
          expect(`${error.message} ${error.reason} ${JSON.stringify(error)}`).not.to.match(SECRETS)
          return error.reason
        },
      )
    return { ...made, failing, tokens, hangUp: server.hangUp }
  }
  const granting = (count: number) => [200, { access_token: `token-${count}`, expires_in: 3600 }] as const

  it('asks by client credentials with a scope, once for many connections', async () => {
    const { url, forms } = await endpoint(granting)
    const { send, tokens, hangUp } = await mailer(url, {}, { scope: 'https://outlook.office365.com/.default' })
    await send(email)
    hangUp()
    await send(email)
    expect(forms).to.deep.equal([
      {
        grant_type: 'client_credentials',
        client_id: 'app',
        client_secret: 'S3CR3T',
        scope: 'https://outlook.office365.com/.default',
      },
    ])
    expect(tokens()).to.deep.equal(Array(2).fill('user=no-reply@example.com|auth=Bearer token-1||'))
  })

  it('asks by a refresh token, and uses the one that replaces it', async () => {
    const { url, forms } = await endpoint((count) => [
      200,
      { access_token: `token-${count}`, expires_in: 0, refresh_token: `R3FR3SH-${count + 1}` },
    ])
    const { send, hangUp } = await mailer(url, {}, { refreshToken: 'R3FR3SH-1' })
    await send(email)
    hangUp()
    await send(email)
    expect(forms.map(({ grant_type: grant, refresh_token: token }) => [grant, token])).to.deep.equal([
      ['refresh_token', 'R3FR3SH-1'],
      ['refresh_token', 'R3FR3SH-2'],
    ])
  })

  it('says that the mail server does not take the token', async () => {
    const { url, forms } = await endpoint(granting)
    const { failing } = await mailer(url, { auth: '535 5.7.3 Authentication unsuccessful' })
    expect(await failing()).to.equal(
      'auth: the mail server wants a user or encryption, or does not take the user (535 5.7.3 at AUTH)',
    )
    expect(forms.length).to.be.greaterThan(0)
  })

  const refusals: readonly (readonly [string, readonly [number, object | string], string])[] = [
    [
      'an error of RFC 6749',
      [401, { error: 'invalid_client', error_description: 'S3CR3T is wrong' }],
      'invalid_client',
    ],
    ['an outage', [503, 'S3CR3T'], 'status 503'],
    ['a redirect', [302, ''], 'status 302'],
    ['no token', [200, { token_type: 'Bearer' }], 'status 200'],
    ['an odd error', [400, { error: 'S3CR3T <b>' }], 'status 400'],
  ]
  for (const [what, answer, word] of refusals)
    it(`says why there is no token: ${what}`, async () => {
      const { url } = await endpoint(() => answer)
      const { failing } = await mailer(url, {})
      expect(await failing()).to.equal(`token: there is no access token, see mail.oauth2 (${word})`)
    })

  it('reaches private networks only where they are allowed', async () => {
    const { failing } = await mailer('https://10.20.30.40/token', {})
    expect(await failing())
      .to.contain('token: ')
      .and.contain('(private-address)')
  })

  it('cannot be printed', async () => {
    const { url } = await endpoint(granting)
    const made = await mailer(url, {}, { refreshToken: 'R3FR3SH' })
    expect(JSON.stringify(made)).not.to.match(SECRETS)
  })
})
