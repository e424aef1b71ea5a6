/** Who is signed in at the sample application: in memory, since a demonstration may forget. */
import { newId } from '../../crypto/tokens.ts'
import type { Notice } from './pages.ts'
import type { Pending, SignedIn } from './relyingParty.ts'

export interface Session {
  /** Requests under way, by state: several tabs may ask at once. */
  readonly pending: Map<string, Pending>
  signedIn: SignedIn | null
  /** What the last act had to say. */
  notice: Notice | null
  /** The management token, until it has been shown. */
  token: string | null
}

const mostSessions = 1000
const mostPending = 10

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

    /** The same session under a new id: the one from before the sign-in may be known to somebody else. */
    renew(id: string | undefined, session: Session): string {
      if (id !== undefined) sessions.delete(id)
      return create(session).id
    },

    remember(session: Session, pending: Pending): void {
      trim(session.pending.set(pending.state, pending), mostPending)
    },

    /** Ends what the provider has ended: that session, or every one of that person. */
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

/** Forgets the oldest. */
function trim(map: Map<string, unknown>, most: number): void {
  for (const key of map.keys()) {
    if (map.size <= most) return
    map.delete(key)
  }
}
