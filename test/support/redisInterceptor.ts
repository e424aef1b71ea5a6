/**
 * A proxy between a server and its Redis that counts commands and injects a fault at one of them. Handshakes, pings and the polling of
 * the worker do not count.
 */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

export interface FaultLine {
  readonly url: string
  /**
   * Calls `strike` at a later command, by its number or the first of this name and key: before it arrives, or after it is executed, when
   * its answer is lost.
   */
  breakAt(which: number | RegExp, moment: Moment, strike: () => void): void
  /** Names and keys of the commands since `breakAt`. */
  resume(): readonly string[]
  close(): Promise<void>
}

export type Moment = 'before' | 'after'

const OWN = /^(PING|HELLO|CLIENT|INFO|ROLE|SELECT|CONFIG|ZRANGEBYSCORE|ZCOUNT)\b|:(due|format)$/

export async function openFaultLine(port: number): Promise<FaultLine> {
  const pairs = new Set<Socket>()
  let plan: { readonly which: number | RegExp; readonly moment: Moment; readonly strike: () => void } | null = null
  let passed: string[] = []
  /** Answers are dropped; the first one shows that the command was executed. */
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
      // A frozen Redis still receives the bytes that it has not read.
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

/** The end of the first complete command; 0: incomplete. @see RESP: an array of bulk strings */
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

/** `HMGET rekey:…`; for a script, the first key. */
function nameOf(command: Buffer): string {
  const words = command.toString('utf8').split('\r\n')
  const [name = '', first = '', , key = ''] = words.filter((_, index) => index > 0 && index % 2 === 0)
  return `${name} ${name === 'EVAL' ? key : first}`
}
