/** A relying party's back-channel logout endpoint, which answers, or accepts the request without an answer. */
import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { decodeJwt } from 'jose'

interface LogoutToken {
  readonly sub: string
  readonly sid: unknown
}

export interface BackchannelReceiver {
  readonly url: string
  answers: boolean
  /** Of answered requests, oldest first. */
  readonly logouts: readonly LogoutToken[]
  /** Of requests without an answer. */
  readonly unanswered: readonly LogoutToken[]
  close(): Promise<void>
}

export async function openBackchannelReceiver(): Promise<BackchannelReceiver> {
  const [logouts, unanswered]: [LogoutToken[], LogoutToken[]] = [[], []]
  const state = { answers: true }
  const take = (body: string, response: ServerResponse): void => {
    const { sub = '', sid } = decodeJwt(new URLSearchParams(body).get('logout_token') ?? '')
    if (!state.answers) return void unanswered.push({ sub, sid })
    logouts.push({ sub, sid })
    response.end()
  }
  const server = createServer((request, response) => void text(request).then((body) => take(body, response)))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return Object.assign(state, {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/logout`,
    logouts,
    unanswered,
    async close() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  })
}
