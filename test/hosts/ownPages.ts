/** What a host of each framework answers by itself: a page, refusals and a failure. They are the same with rekey and without. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { Listener } from '../support/host.ts'

/** Addresses of the host that answer with an error of its own. */
export const ownErrors: Readonly<Record<string, number>> = {
  '/own/refused': 401,
  '/own/unknown': 404,
  '/own/invalid': 422,
  '/own/broken': 500,
}

export const ownPage = '<!doctype html><script>document.title = "ours"</script><h1>Welcome</h1>'

interface Answer {
  readonly path: string
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** The whole answers of the host's own addresses but for their dates. */
export async function ownAnswers({ origin }: { readonly origin: string }): Promise<Answer[]> {
  const paths = [...Object.keys(ownErrors), '/own/page']
  return Promise.all(
    paths.map(async (path) => {
      const response = await fetch(origin + path, { redirect: 'manual' })
      const headers = Object.fromEntries([...response.headers].filter(([name]) => name !== 'date'))
      return { path, status: response.status, headers, body: await response.text() }
    }),
  )
}

/** The same of a host without rekey. */
export async function answersBefore(application: Listener): Promise<Answer[]> {
  const server = createServer((req, res) => void application(req, res)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  try {
    return await ownAnswers({ origin: `http://127.0.0.1:${(server.address() as { port: number }).port}` })
  } finally {
    server.closeAllConnections()
    server.close()
  }
}
