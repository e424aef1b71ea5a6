/** Sessions of the sample application, in memory. */
import { newId } from '../../crypto/tokens.ts'
import type { Notice, ShownToken } from './pages.ts'
import type { Pending, SignedIn } from './relyingParty.ts'

export interface Session {
  /** Unanswered requests by state: there may be several tabs. */
  readonly pending: Map<string, Pending>
  signedIn: SignedIn | null
  /** The result of the last act. */
  notice: Notice | null
  /** The management token, until it has been shown. */
  token: ShownToken | null
}

const mostSessions = 1000
const mostPending = 10

export type Sessions = ReturnType<typeof createSessions>

export function createSessions() {
  const sessions = new Map<string, Session>()

  function create(content: Partial<Session> = {}): { id: string; session: Session } {
    const session = { pending: new Map<string, Pending>(), signedIn: null, notice: null, token: null, ...content }
    const id = newId()
    trim(sessions.set(id, session), mostSessions)
    return { id, session }
  }

  return {
    create,

    find: (id: string | undefined): Session | null => (id === undefined ? null : (sessions.get(id) ?? null)),

    /** A new id for the session: another person may know the id from before the sign-in (session fixation). */
    renew(id: string | undefined, session: Session): string {
      if (id !== undefined) sessions.delete(id)
      return create(session).id
    },

    remember(session: Session, pending: Pending): void {
      trim(session.pending.set(pending.state, pending), mostPending)
    },

    /** Ends the session with this `sid`, or without one all sessions of the person. */
    end({ sid, sub }: { sid: string | null; sub: string | null }): void {
      for (const session of sessions.values()) {
        const claims = session.signedIn?.claims
        if (!claims || (sid === null ? claims.sub !== sub : claims.sid !== sid)) continue
        Object.assign(session, {
          signedIn: null,
          token: null,
          notice: { role: 'status', text: 'You were signed out by the provider.' },
        })
      }
    },
  }
}

/** Removes the oldest. */
function trim(map: Map<string, unknown>, most: number): void {
  for (const key of map.keys()) {
    if (map.size <= most) return
    map.delete(key)
  }
}
