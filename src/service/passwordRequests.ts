/**
 * Requests for a link to a new password. Each is stored as a row, known email or not; the worker looks the person up later, so that
 * neither the answer nor its time reveals who has an account.
 */
import { z } from 'zod'
import type { Caller } from '../core/command.ts'
import { newId } from '../crypto/tokens.ts'
import type { Clock, Directory, Person } from '../ports.ts'
import type { Artefacts } from '../store/store.ts'

export interface PasswordRequests {
  /** Returns once the request is stored. */
  add(email: string, by: Omit<Caller, 'actor'>): Promise<void>
  /** Answers the stored requests; called by the worker. */
  answer(): Promise<void>
}

const KIND = 'PasswordRequest'
/** All requests share one index. */
const QUEUE = 'password-requests'
/** A request that could not be answered expires then. Seconds. */
const LIFETIME_SECONDS = 3600
/** Another worker answers a request that was taken and not finished within this time. Seconds. */
const LEASE_SECONDS = 30
/** Requests answered per round. Count. */
const BATCH = 20
/** Longest email address (RFC 5321 §4.5.3.1.3 without the brackets). Characters: longer input matches no account. */
const LONGEST_EMAIL = 254

const stored = z.object({
  email: z.string(),
  by: z.object({
    requestId: z.string().nullable(),
    address: z.string().nullable(),
    device: z.object({ browser: z.string().nullable(), system: z.string().nullable() }).optional(),
  }),
})

export function createPasswordRequests({
  artefacts,
  directory,
  clock,
  send,
  onError,
}: {
  readonly artefacts: Artefacts
  readonly directory: Pick<Directory, 'findByEmail'>
  readonly clock: Clock
  readonly send: (person: Person, by: Caller) => Promise<unknown>
  readonly onError: (error: unknown, doing: string) => void
}): PasswordRequests {
  async function answerOne(id: string, text: string): Promise<void> {
    const { email, by } = stored.parse(JSON.parse(text))
    const person = await directory.findByEmail?.(email)
    if (person) await send(person, { ...(by as Omit<Caller, 'actor'>), actor: null })
    await artefacts.delete(KIND, id)
  }

  return {
    async add(email, { requestId, address, device }) {
      const text = JSON.stringify({ email: email.slice(0, LONGEST_EMAIL + 1), by: { requestId, address, device } })
      const options = { expiresAt: clock.now() + LIFETIME_SECONDS, indexes: { accountId: QUEUE } }
      await artefacts.put(KIND, newId(), text, options)
    },

    async answer() {
      try {
        for (const { id, text, takenAt } of await artefacts.ofAccount(KIND, QUEUE, '', BATCH)) {
          const isMine = takenAt === null ? await artefacts.take(KIND, id) : clock.now() - takenAt >= LEASE_SECONDS
          if (isMine) await answerOne(id, text)
        }
      } catch (error) {
        onError(error, 'answering password requests')
      }
    },
  }
}
