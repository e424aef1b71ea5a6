/**
 * A service at https://id.site.localhost and its sister domains: `evil`, which sets cookies for all of `site.localhost`, and `app`, a
 * relying party. One TLS listener with a throwaway certificate is in front of the real server.
 */
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { type IncomingMessage, request, type ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { generate } from 'selfsigned'
import { assemble, type Assembled } from '../../src/server/assemble.ts'
import { readConfiguration } from '../../src/server/configuration/read.ts'
import { createProvider } from '../../src/server/provider.ts'
import { linkIn, mailboxOf } from './managementCalls.ts'
import { openDevice, sees } from './browser.ts'
import { freePorts, startServer, type TestServer } from './server.ts'

export const BACK = 'Back at the application'

export interface SisterDomains {
  readonly issuer: string
  readonly server: TestServer
  readonly service: Assembled
  /** A new browser context. */
  device(): Promise<Page>
  /** An authorization request of the relying party. */
  request(parameters?: Readonly<Record<string, string>>): string
  /** Opens `evil` in the browser, which plants these cookies for the whole site. */
  plant(page: Page, cookies: readonly PlantedCookie[]): Promise<void>
  /** The newest link mailed to a person. */
  link(email: string): Promise<string>
  close(): Promise<void>
}

export interface PlantedCookie {
  readonly name: string
  readonly value: string
  readonly path: string
}

export async function startSisterDomains(): Promise<SisterDomains> {
  const [port = 0] = await freePorts(1)
  const issuer = `https://id.site.localhost:${port}`
  const back = `https://app.site.localhost:${port}/back`
  const directory = await mkdtemp(join(tmpdir(), 'rekey-sisters-'))
  const configuration = join(directory, 'configuration.yaml')
  const client = { client_id: 'app', redirect_uris: [back], token_endpoint_auth_method: 'none', first_party: true }
  await writeFile(configuration, JSON.stringify({ demo: true, allowDemoOnNetwork: true, clients: [client] }))
  const environment = { CONFIG: configuration, ISSUER: issuer }
  const server = await startServer(environment, { store: 'sqlite', processes: 1 })
  const service = await assemble(
    await readConfiguration({ ...environment, DATA_DIR: server.dataDirectory, LOG_LEVEL: 'silent' }),
  )
  // A reset counts the sessions and grants of a provider.
  await service.rekey.attach(createProvider(service.rekey, service.configuration, service.secrets))
  const target = new URL(server.issuer)
  let planted: readonly PlantedCookie[] = []

  const answer = (res: ServerResponse, h1: string, cookies: readonly string[] = []): void => {
    res.writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'set-cookie': [...cookies] })
    res.end(`<!doctype html><html lang="en"><title>${h1}</title><h1>${h1}</h1></html>`)
  }
  const forward = (req: IncomingMessage, res: ServerResponse): void => {
    const { hostname: host } = target
    const onward = request({ host, port: target.port, method: req.method, path: req.url, headers: req.headers })
    onward.on('response', (got) => {
      res.writeHead(got.statusCode ?? 502, got.rawHeaders)
      got.pipe(res)
    })
    onward.on('error', () => res.destroy())
    req.pipe(onward)
  }
  const { private: key, cert } = await generate([{ name: 'commonName', value: 'site.localhost' }])
  const front = createServer({ key, cert }, (req, res) => {
    const [name] = (req.headers.host ?? '').split('.')
    if (name === 'id') return forward(req, res)
    const lines = planted.map((item) => `${item.name}=${item.value}; Domain=site.localhost; Path=${item.path}; Secure`)
    return name === 'evil' ? answer(res, 'Evil', lines) : answer(res, BACK)
  })
  front.listen(port, '127.0.0.1')
  await once(front, 'listening')

  const devices: Page[] = []
  return {
    issuer,
    server,
    service,
    async device() {
      const page = await openDevice({ ignoreHTTPSErrors: true })
      devices.push(page)
      return page
    },
    request: (parameters = {}) =>
      `${issuer}/auth?${new URLSearchParams({
        client_id: 'app',
        response_type: 'code',
        redirect_uri: back,
        scope: 'openid',
        code_challenge: createHash('sha256').update(randomBytes(32)).digest('base64url'),
        code_challenge_method: 'S256',
        ...parameters,
      }).toString()}`,
    async plant(page, cookies) {
      planted = cookies
      await page.goto(`https://evil.site.localhost:${port}/`)
      await sees(page, 'Evil')
    },
    async link(email) {
      await service.rekey.idle()
      const [newest] = (await mailboxOf(service)(email)).flatMap(linkIn)
      if (newest === undefined) throw new Error(`no link for ${email}`)
      return issuer + newest
    },
    async close() {
      await Promise.all(devices.map((page) => page.context().close()))
      front.close()
      front.closeAllConnections()
      await service.rekey.close()
      await service.close()
      await server.remove()
      await rm(directory, { recursive: true, force: true })
    },
  }
}
