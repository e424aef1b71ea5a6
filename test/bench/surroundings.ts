/** What an operator gives to a server: a mail server and keys. */
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { SMTPServer } from 'smtp-server'

interface Surroundings {
  readonly environment: Readonly<Record<string, string>>
  close(): Promise<void>
}

export async function startSurroundings(): Promise<Surroundings> {
  const mail = await startMailServer()
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  return {
    environment: {
      SMTP_URL: `smtp://127.0.0.1:${(mail.server.address() as AddressInfo).port}`,
      MAIL_FROM: 'no-reply@example.com',
      JWKS: JSON.stringify({ keys: [{ ...privateKey.export({ format: 'jwk' }), kid: '1', alg: 'RS256', use: 'sig' }] }),
      ENCRYPTION_KEYS: `1:${randomBytes(32).toString('base64url')}`,
      COOKIE_KEYS: randomBytes(32).toString('base64url'),
    },
    close: () => new Promise<void>((resolve) => mail.close(resolve)),
  }
}

/** A mail server that takes everything. */
async function startMailServer(): Promise<SMTPServer> {
  const server = new SMTPServer({
    logger: false,
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    disableReverseLookup: true,
    onData(stream, _session, done) {
      stream.resume().once('end', () => done())
    },
  })
  server.on('error', () => undefined)
  server.listen(0, '127.0.0.1')
  await once(server.server, 'listening')
  return server
}
