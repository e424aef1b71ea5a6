/**
 * Asks the replicas of one process for writes. WAIT covers the writes of its own connection, so each is repeated there, unchanged; a
 * process that does not have it, such as one that took over without it, cannot confirm it.
 */
import { isReply } from './errors.ts'
import type { Argument, Written } from './server.ts'

interface Sender {
  sendCommand<T>(command: readonly Argument[]): Promise<T>
}

interface Question {
  readonly written: readonly Written[]
  readonly replicas: number
  readonly ms: number
  /** The key is being moved to this node of a cluster. */
  readonly isMoving?: boolean
}

/** For each write how many replicas have it, -1 when the process does not, or the error. */
export async function fence(client: Sender, { written, replicas, ms, isMoving }: Question): Promise<unknown[]> {
  const repeated = written.map(async ({ script, keys, args }) => {
    const asking = isMoving ? client.sendCommand(['ASKING']) : null
    const command = ['EVAL', script, String(keys.length), ...keys, ...args]
    const [isThere] = await Promise.all([client.sendCommand<number>(command), asking])
    return isThere
  })
  // A master that has become a replica refuses WAIT; it has refused the records too.
  const waited = client.sendCommand<number>(['WAIT', String(replicas), String(ms)]).catch((error: unknown) => {
    if (isReply(error)) return 0
    throw error
  })
  const [confirmed, ...answers] = await Promise.all([
    waited,
    ...repeated.map((answer) => answer.catch((error: unknown) => error)),
  ])
  return answers.map((answer) => (answer === 1 ? confirmed : answer === 0 ? -1 : answer))
}
