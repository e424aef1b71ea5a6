/** The standalone server in this process, with people, relying parties and browsers of the attacks. */
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { hashPassword } from '../../src/crypto/passwords.ts'
import { createApplication } from '../../src/server/application.ts'
import { assemble } from '../../src/server/assemble.ts'
import { readConfiguration } from '../../src/server/configuration/read.ts'
import { fixedOrigin } from '../../src/server/fixedOrigin.ts'
import { machineEndpoints } from '../../src/server/machineEndpoints.ts'
import { createProvider } from '../../src/server/provider.ts'
import { createVisitor } from '../support/client.ts'
import { createManagementCalls, mailboxOf } from '../support/managementCalls.ts'
import { createPeople } from '../support/people.ts'
import { clients, createRelyingParties } from '../support/relyingParties.ts'
import { freePorts } from '../support/server.ts'
import type { ServiceUnderTest } from '../support/serverFixture.ts'
import { createSignIns } from '../support/signIns.ts'

export type Standalone = Awaited<ReturnType<typeof openStandalone>>

const password = `Pa55-${randomBytes(12).toString('hex')}`
let hashed: Promise<string> | undefined

/**
 * @param settings of the configuration file, by the port
 * @param host of the issuer; the server listens on loopback
 * @param kept the directory, which remains, and the ports, for a server that starts again; null: those of its own
 */
export async function openStandalone(
  settings: object | ((port: number) => object) = {},
  host = 'localhost',
  kept: { readonly directory: string; readonly ports: readonly number[] } | null = null,
) {
  const directory = kept?.directory ?? (await mkdtemp(join(tmpdir(), 'rekey-field-')))
  const file = join(directory, 'configuration.yaml')
  const [port = 0, sample] = kept?.ports ?? (await freePorts(2))
  const given = typeof settings === 'function' ? (settings as (port: number) => object)(port) : settings
  await writeFile(file, JSON.stringify({ demo: true, clients, ...given }))
  const configuration = await readConfiguration({
    CONFIG: file,
    DATA_DIR: join(directory, 'data'),
    PORT: String(port),
    SAMPLE_PORT: String(sample),
    ISSUER: `http://${host}:${port}`,
    LOG_LEVEL: 'silent',
  })
  const assembled = await assemble(configuration)
  const provider = createProvider(assembled.rekey, configuration, assembled.secrets)
  const app = createApplication({ ...assembled, provider, demoPassword: password, isStopping: () => false })
  await assembled.rekey.attach(provider)
  const answer = app.callback()
  const addresses = { ...configuration, isMachineEndpoint: machineEndpoints(provider) }
  const server = createServer(fixedOrigin(addresses, 0, (req, res) => void answer(req, res)))
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  const service: ServiceUnderTest = {
    server: assembled.clock,
    issuer: configuration.issuer,
    host: assembled,
    password,
    passwordHash: await (hashed ??= hashPassword(password)),
    visitor: () => createVisitor(configuration.issuer),
    mailed: mailboxOf(assembled),
    async advance() {
      throw new Error('the clock of this process cannot be moved')
    },
    async eventually(check) {
      await assembled.rekey.idle()
      return check()
    },
  }
  const people = createPeople(service)
  const relyingParties = createRelyingParties(service)
  const signIns = createSignIns(service, relyingParties)
  const calls = createManagementCalls(service, people, relyingParties, signIns)
  return {
    ...service,
    provider,
    ...people,
    ...relyingParties,
    ...signIns,
    ...calls,
    async close(): Promise<void> {
      server.close()
      server.closeAllConnections()
      await assembled.rekey.close()
      await assembled.close()
      if (kept === null) await rm(directory, { recursive: true, force: true })
    },
  }
}
