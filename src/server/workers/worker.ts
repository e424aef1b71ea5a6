/** A worker process: it serves, and does what its primary says. */
import type { Configuration } from '../configuration/configuration.ts'
import { serve, type Serving } from '../serve.ts'
import { readToWorker, type ToPrimary, type ToWorker } from './messages.ts'

/** A terminal and a service manager send these to every process of the service; the primary decides what they mean. */
const ignored = ['SIGTERM', 'SIGQUIT', 'SIGINT', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'] as const

type Handlers = { readonly [K in ToWorker['is']]: (message: Extract<ToWorker, { is: K }>) => void | Promise<void> }

export async function runWorker(configuration: Configuration, readAgain: () => Promise<Configuration>): Promise<void> {
  for (const signal of ignored) process.on(signal, () => undefined)
  // A port comes through the channel, and nothing else may be open while it is waited for.
  process.channel?.ref()
  const lines: string[] = []
  const serving = await serve(configuration, (line) => lines.push(line), true)
  const handlers = handlersOf(serving, readAgain)
  process.on('message', (message) => {
    const known = readToWorker(message)
    if (known) void handle(handlers, known)
  })
  await send({ is: 'ready', lines })
}

async function handle<K extends ToWorker['is']>(
  handlers: Handlers,
  message: Extract<ToWorker, { is: K }>,
): Promise<void> {
  try {
    await handlers[message.is](message)
  } catch (error) {
    process.stderr.write(`oidc-rekey: ${error instanceof Error ? error.message : String(error)}\n`)
    process.exit(1)
  }
}

function handlersOf(serving: Serving, readAgain: () => Promise<Configuration>): Handlers {
  /** What this process has counted is not lost with it. */
  async function exit(): Promise<void> {
    await send({ is: 'measured', id: null, values: await serving.measured(true) })
    process.exit(0)
  }
  return {
    reload: () => serving.reloadClients(readAgain),
    'end-delay': () => void serving.endDelay(),
    measure: async ({ id }) => send({ is: 'measured', id, values: await serving.measured() }),
    async stop({ delaySeconds }) {
      await serving.stop(delaySeconds)
      await exit()
    },
    async retire() {
      await serving.retire()
      await exit()
    },
  }
}

/** Resolves when it is on its way, also when there is no primary any more. */
const send = (message: ToPrimary): Promise<void> =>
  new Promise((resolve) => {
    if (process.send) process.send(message, () => resolve())
    else resolve()
  })
