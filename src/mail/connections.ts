/** Keeps connections to the mail server for the emails that follow: connecting costs both sides more than an email. */
import type { Conversation, MailEnvelope } from './conversation.ts'

/** How long a connection waits for the next email. Less than any server waits: Postfix under load 10 seconds. Milliseconds. */
const IDLE_MS = 5000
/** Connections that wait. Count. */
const MOST_IDLE = 4
/** Emails on one connection, since many servers end it with 421 after some number. Count. */
const MOST_EMAILS = 50

export interface ReadyEmail {
  readonly envelope: MailEnvelope
  readonly source: Buffer
}

export type Compose = (takesEightBit: boolean) => Promise<ReadyEmail>

export interface Connections {
  /** The server's last reply. The email is composed for what the server takes. Nothing is sent twice. */
  send(compose: Compose, signal: AbortSignal): Promise<string>
  /** Ends those that wait, and keeps none from now on. */
  close(): void
}

interface Kept {
  readonly conversation: Conversation
  emails: number
}

export function createConnections(connect: (signal: AbortSignal) => Promise<Conversation>): Connections {
  const idle = createIdle()

  async function sendOn(kept: Kept, compose: Compose, signal: AbortSignal): Promise<string> {
    const { conversation } = kept
    try {
      const { envelope, source } = await compose(conversation.takesEightBit)
      const reply = await conversation.send(envelope, source, signal)
      kept.emails += 1
      idle.keep(kept)
      return reply
    } catch (error) {
      conversation.close()
      throw error
    }
  }

  return {
    async send(compose, signal) {
      const kept = idle.take()
      if (kept) {
        try {
          return await sendOn(kept, compose, signal)
        } catch (error) {
          // What ended this connection ends the others too: a restart, a lost route.
          idle.endAll()
          if (!kept.conversation.endedBeforeText(error)) throw error
        }
      }
      return sendOn({ conversation: await connect(signal), emails: 0 }, compose, signal)
    },
    close: idle.close,
  }
}

function createIdle() {
  const timers = new Map<Kept, NodeJS.Timeout>()
  let isClosed = false
  function forget(kept: Kept): void {
    clearTimeout(timers.get(kept))
    timers.delete(kept)
  }
  function end(kept: Kept): void {
    forget(kept)
    kept.conversation.close()
  }
  const endAll = (): void => timers.forEach((_, kept) => end(kept))

  return {
    endAll,
    keep(kept: Kept): void {
      if (isClosed || timers.size >= MOST_IDLE || kept.emails >= MOST_EMAILS) return kept.conversation.close()
      kept.conversation.rest()
      timers.set(kept, setTimeout(end, IDLE_MS, kept).unref())
    },
    /** The one that was used last. */
    take(): Kept | null {
      for (const kept of [...timers.keys()].toReversed()) {
        forget(kept)
        if (!kept.conversation.isOpen()) continue
        kept.conversation.resume()
        return kept
      }
      return null
    },
    close(): void {
      isClosed = true
      endAll()
    },
  }
}
