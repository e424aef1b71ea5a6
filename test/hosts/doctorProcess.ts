/** A host for `doctor --module`, which keeps its server open. FAULT: `warn`, `fatal`, or none. */
import { createServer } from 'node:http'
import { Provider } from 'oidc-provider'
import { createRekey } from '../../src/index.ts'
import { memoryStore } from '../../src/store/memory.ts'
import { clock } from '../support/host.ts'
import { configuration, directory, issuer, keys } from './doctorHost.ts'

const fault = process.env['FAULT']
export const rekey = await createRekey({
  issuer,
  directory,
  keys,
  existingFactors: 'none',
  store: memoryStore({ clock }),
  mail: { send: async () => undefined },
})
const wrapped = rekey.configuration({ ...configuration, ...(fault === 'warn' && { ttl: { Interaction: 600 } }) })
const provider = new Provider(issuer, fault === 'fatal' ? configuration : wrapped)
const answer = provider.callback()
createServer((req, res) => void answer(req, res)).listen(0, '127.0.0.1')
await rekey.attach(provider)
