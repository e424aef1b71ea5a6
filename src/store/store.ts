/**
 * What a database must do for us, and nothing about how. Five small shelves:
 *
 *   records    one versioned document per account, changed by compare-and-set only
 *   artefacts  what node-oidc-provider keeps (sessions, codes, tokens, interactions), with a deadline each
 *   profiles   the accounts of the embedded directory: who exists, under which email
 *   journals   append-only lists (audit, development mailbox), newest first
 *   counters   numbers that end by themselves, shared by every process: what a limiter counts
 *
 * Every driver passes the same contract suite. Times are epoch seconds from the clock the driver was given; a
 * database's own clock only tidies up. Strings are well-formed Unicode (NUL included, no lone surrogates) and are ordered by
 * their UTF-8 bytes. A limit below 1 finds nothing. A driver that cannot answer throws `StoreUnavailable`, never a guess.
 */

/** The store did not answer in time or at all: the outcome of a write is unknown and the caller may retry. Becomes a 503. */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable'
}

/** The clock a driver is given. */
export interface Clock {
  /** Epoch seconds. */
  now(): number
}

export interface Store {
  readonly records: Records
  readonly artefacts: Artefacts
  readonly profiles: Profiles
  readonly counters: Counters
  journal(name: 'audit' | 'mailbox'): Journal
  /** Share of the memory that the database may use which it does use, 0 to 1; null: it has no such limit. Absent: a driver on disk. */
  memoryUsed?(): Promise<number | null>
  /** One cheap round trip that proves the store answers. Throws `StoreUnavailable`. */
  ping(): Promise<void>
  close(): Promise<void>
  /** What `npm start` prints: where the links are kept. Never a password. */
  readonly description: string
}

export interface Versioned {
  readonly text: string
  /** Starts at 1 and rises by one with every swap. */
  readonly version: number
}

export interface Records {
  read(id: string): Promise<Versioned | null>
  /**
   * Writes `text` if the stored version is `expectedVersion` (0: there must be no record), else changes nothing and says false.
   * After true the record survives a crash of the process and of the machine.
   */
  swap(id: string, text: string, expectedVersion: number, options?: SwapOptions): Promise<boolean>
  /**
   * Ids of at most `limit` records whose `wakeAt` has come, soonest first. Each is leased: its `wakeAt` moves to
   * `now + leaseSeconds`, in the same step, so that two workers do not take the same one. The version stays.
   */
  due(now: number, limit: number, leaseSeconds: number): Promise<string[]>
  /** How many records have a `wakeAt` earlier than `now`. */
  backlog(now: number): Promise<number>
}

export interface SwapOptions {
  /** When the worker should look at this record next; null or absent: nothing waits. */
  readonly wakeAt?: number | null
  /** Wait until as many replicas as the deployment asks for have it; a driver without replicas ignores this. */
  readonly durable?: boolean
}

export interface Artefact {
  /** JSON. */
  readonly text: string
  /** When it was taken, or null while it is good. */
  readonly takenAt: number | null
}

/**
 * Where an artefact can be found besides its id. `uid` and `userCode` are unique within a kind: they name the artefact that was
 * last written with them, and an older one with the same keeps its id only (the provider rotates the id of a session).
 */
export interface ArtefactIndexes {
  readonly uid?: string
  readonly userCode?: string
  readonly grantId?: string
  readonly accountId?: string
}

export interface ArtefactOptions {
  /** Epoch seconds; at and after it the artefact is absent. Absent: it never expires. */
  readonly expiresAt?: number
  readonly indexes?: ArtefactIndexes
}

export interface Artefacts {
  /**
   * Creates or replaces, deadline and indexes included. Replacing keeps `takenAt`: an artefact once taken stays taken. One that
   * has expired is absent, so what takes its place is new.
   */
  put(kind: string, id: string, text: string, options?: ArtefactOptions): Promise<void>
  /** Creates only; false when one is there already (a live one). */
  add(kind: string, id: string, text: string, options?: ArtefactOptions): Promise<boolean>
  /**
   * Changes the text of a live artefact, and its deadline when one is given; false, and nothing comes of it, when there is none. The
   * indexes of grant and account may let go of it at its first deadline.
   */
  replace(kind: string, id: string, text: string, expiresAt?: number): Promise<boolean>
  get(kind: string, id: string): Promise<Artefact | null>
  /** The id and artefact which the unique index names. */
  find(kind: string, index: 'uid' | 'userCode', value: string): Promise<(Artefact & { readonly id: string }) | null>
  /** Marks as taken; true for exactly one caller, however many ask at once. False also when it is absent. */
  take(kind: string, id: string): Promise<boolean>
  /** True when this call removed it: true for exactly one caller. */
  delete(kind: string, id: string): Promise<boolean>
  /** Live artefacts of one account, ordered by id, those after `after` only. */
  ofAccount(
    kind: string,
    accountId: string,
    after: string,
    limit: number,
  ): Promise<(Artefact & { readonly id: string })[]>
  countOfAccount(kind: string, accountId: string): Promise<number>
  /** Removes every artefact of the kind that carries this grant. */
  deleteOfGrant(kind: string, grantId: string): Promise<void>
  /** Removes what has expired; drivers whose database does that by itself do nothing. */
  tidy(): Promise<void>
}

export interface ProfileKeys {
  /** Lower case, unique. */
  readonly email: string
  /** Lower-case words that `search` finds by their beginning, of at most 64 characters; the first eight of them. */
  readonly words: readonly string[]
  /** One word out of a handful, such as `active.reset`: a list walks once for each that is asked for. */
  readonly status: string
}

export interface ProfileQuery {
  /** Lower case; a prefix of the email or of one of the words. Empty: everybody. */
  readonly search?: string
  /** Any of these; absent: whatever it is. */
  readonly statuses?: readonly string[]
  /** Emails strictly after this one (the cursor). */
  readonly after?: string
  readonly limit: number
}

export interface Profiles {
  read(id: string): Promise<Versioned | null>
  findByEmail(email: string): Promise<(Versioned & { readonly id: string }) | null>
  /** As `Records.swap`; `'taken'` when the email belongs to another id, and nothing was changed. */
  swap(id: string, text: string, expectedVersion: number, keys: ProfileKeys): Promise<boolean | 'taken'>
  /** Ordered by email, as they stand at one instant: who changes status meanwhile is found in the old or in the new one. */
  list(query: ProfileQuery): Promise<(Versioned & { readonly id: string })[]>
}

export interface JournalEntry {
  /** Unique in its journal: appending the same id again changes nothing. */
  readonly id: string
  readonly at: number
  readonly text: string
  /** Such as `user:ID`, `actor:ID`, `type:two_factor.reset.started`. */
  readonly tags: readonly string[]
}

export interface JournalQuery {
  /** All of them must be there. */
  readonly tags?: readonly string[]
  /** The first and the last second, both included. */
  readonly from?: number
  readonly to?: number
  /** Entries older than this one (the cursor, an entry's `position`); one that no entry ever had finds nothing, or what is older. */
  readonly before?: string
  readonly limit: number
}

export interface Journal {
  append(entry: JournalEntry): Promise<void>
  /** Newest first (by `at`, then by order of arrival). `position` is opaque and sorts nothing for the reader. */
  list(query: JournalQuery): Promise<(JournalEntry & { readonly position: string })[]>
}

export interface Counter {
  readonly count: number
  /** Epoch seconds; at and after it the counter is absent. */
  readonly until: number
}

/** May be lost with the machine, never with the process. */
export interface Counters {
  /** null: nothing is counted under this name now. */
  read(name: string): Promise<Counter | null>
  /**
   * Adds in one step, however many do so at once. A counter that is absent starts at `count` and ends after `seconds`; one that is
   * there keeps its end.
   */
  add(name: string, count: number, seconds: number): Promise<Counter>
  /** Replaces whatever is there. */
  set(name: string, count: number, seconds: number): Promise<Counter>
  /** True when there was one. */
  delete(name: string): Promise<boolean>
  /** Removes what has ended; drivers whose database does that by itself do nothing. */
  tidy(): Promise<void>
}
