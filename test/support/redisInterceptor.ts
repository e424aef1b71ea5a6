/**
 * The line between a server and its Redis, on which commands can be counted: a fault strikes at an exact one of them. Only what is
 * done for somebody counts, not the client's own greetings and pings, nor the worker's looking for what is due.
 */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

export interface FaultLine {
  readonly url: string
  /**
   * Lets `strike` happen at a command from now on, by its number or the first of this name and key: before it arrives, or when it is
   * done and its answer on the way back, which is lost.
   */
  breakAt(which: number | RegExp, moment: Moment, strike: () => void): void
  /** Says what the commands since `breakAt` were: their names and keys. */
  resume(): readonly string[]
  close(): Promise<void>
}

export type Moment = 'before' | 'after'

const OWN = /^(PING|HELLO|CLIENT|INFO|ROLE|SELECT|CONFIG|ZRANGEBYSCORE|ZCOUNT)\b|:(due|format)$/

export async function openFaultLine(port: number): Promise<FaultLine> {
  const pairs = new Set<Socket>()
  let plan: { readonly which: number | RegExp; readonly moment: Moment; readonly strike: () => void } | null = null
  let passed: string[] = []
  /** Answers get lost; the first to come says that the command was done. */
  let losing: { onAnswer: () => void } | null = null

  function pass(command: string): void {
    if (OWN.test(command)) return
    passed.push(command)
    if (!plan) return
    const { which, moment, strike } = plan
    if (typeof which === 'number' ? which !== passed.length : !which.test(command)) return
    plan = null
    if (moment === 'before') return strike()
    losing = { onAnswer: strike }
  }

  const line = createServer((client) => {
    const redis = connect(port, '127.0.0.1')
    let rest = Buffer.alloc(0)
    for (const socket of [client, redis]) {
      pairs.add(socket)
      socket.setNoDelay().on('error', () => {})
    }
    redis.on('close', () => {
      pairs.delete(redis)
      client.destroy()
    })
    client.on('close', () => {
      pairs.delete(client)
      // Bytes that a frozen Redis has not read yet stay there for it.
      redis.end()
    })
    client.on('data', (data) => {
      rest = Buffer.concat([rest, data])
      for (let end = endOfCommand(rest); end > 0; end = endOfCommand(rest)) {
        const command = rest.subarray(0, end)
        rest = rest.subarray(end)
        pass(nameOf(command))
        redis.write(command)
      }
    })
    redis.on('data', (data) => {
      if (!losing) return void client.write(data)
      const { onAnswer } = losing
      losing.onAnswer = () => {}
      onAnswer()
    })
  }).listen(0, '127.0.0.1')
  await once(line, 'listening')
  return {
    url: `redis://127.0.0.1:${(line.address() as AddressInfo).port}`,
    breakAt(which, moment, strike) {
      passed = []
      plan = { which, moment, strike }
    },
    resume() {
      plan = null
      losing = null
      return passed
    },
    async close() {
      for (const socket of pairs) socket.destroy()
      line.close()
      await once(line, 'close')
    },
  }
}

/** Where the first whole command of these bytes ends; 0: it is not there yet. @see RESP: an array of bulk strings */
function endOfCommand(bytes: Buffer): number {
  let at = 0
  const number = (): number => {
    const end = bytes.indexOf('\r\n', at)
    if (end < 0) return NaN
    const value = Number(bytes.toString('latin1', at + 1, end))
    at = end + 2
    return value
  }
  const count = number()
  for (let word = 0; word < count; word++) {
    const length = number()
    at += length + 2
    if (at > bytes.length) return 0
  }
  return count > 0 && at <= bytes.length ? at : 0
}

/** `HMGET rekey:…`; of a script its first key. */
function nameOf(command: Buffer): string {
  const words = command.toString('utf8').split('\r\n')
  const [name = '', first = '', , key = ''] = words.filter((_, index) => index > 0 && index % 2 === 0)
  return `${name} ${name === 'EVAL' ? key : first}`
}
