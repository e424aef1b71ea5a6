/**
 * The contract of a store: what every database driver must do. Five collections:
 *
 *   records    one versioned document per account, changed only by compare-and-set
 *   artefacts  what node-oidc-provider stores (sessions, codes, tokens, interactions), each with a deadline
 *   profiles   the people of the embedded directory, unique by email
 *   journals   append-only lists (audit, development mailbox), newest first; texts can be redacted, the oldest removed
 *   counters   numbers that expire, shared by every process, for limiters
 *
 * Every driver passes the same contract suite (test/store/contract). Times are epoch seconds of the clock that the driver was
 * given; the database's own clock only frees space. Strings are well-formed Unicode (NUL included, no lone surrogates), ordered
 * by their UTF-8 bytes. A limit below 1 finds nothing. A driver that cannot answer throws `StoreUnavailable`.
 */

/** Decides what has expired. */
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
  /** Used share of the memory that the database may use, 0 to 1; null: it has no limit. Absent: a driver on disk. */
  memoryUsed?(): Promise<number | null>
  /** Used share of the disk that its files may use, 0 to 1. Absent: not on a disk of this machine. */
  diskUsed?(): Promise<number>
  /** True: begin no sign-in that a request without a session asks for. From memory. Absent: not watched. */
  isNearlyFull?(): boolean
  /** Judges the settings of the database, as opening it did. Absent: opening it judged all. */
  preflight?(): Promise<Preflight>
  /** One cheap round trip. Throws `StoreUnavailable`. */
  ping(): Promise<void>
  close(): Promise<void>
  /** For `npm start` and logs. Contains no password. */
  readonly description: string
}

export interface Preflight {
  /** Sentences without a full stop: why this database must not be used. */
  readonly faults: readonly string[]
  readonly warnings: readonly string[]
  /** The database's clock, epoch seconds; null: not known, or that of this machine. */
  readonly now: number | null
}

export interface Versioned {
  readonly text: string
  /** 1 when created; every swap adds 1. */
  readonly version: number
}

export interface Records {
  read(id: string): Promise<Versioned | null>
  /**
   * Writes `text` if the stored version is `expectedVersion` (0: no record exists); otherwise changes nothing and returns false.
   * After true the record survives a crash of the process and of the machine.
   */
  swap(id: string, text: string, expectedVersion: number, options?: SwapOptions): Promise<boolean>
  /**
   * Ids of at most `limit` records whose `wakeAt` has passed, earliest first. Each is leased in the same step: its `wakeAt` becomes
   * `now + leaseSeconds`, so that two workers do not take the same record. The version does not change.
   */
  due(now: number, limit: number, leaseSeconds: number): Promise<string[]>
  /** How many records have a `wakeAt` earlier than `now`. */
  backlog(now: number): Promise<number>
}

export interface WriteOptions {
  /** Wait for the configured number of replicas; a driver without replicas ignores this. */
  readonly durable?: boolean
}

export interface SwapOptions extends WriteOptions {
  /** When the worker reads this record next; null or absent: never. */
  readonly wakeAt?: number | null
}

export interface Artefact {
  /** JSON. */
  readonly text: string
  /** null: not taken. */
  readonly takenAt: number | null
}

/**
 * Further keys of an artefact. `uid` and `userCode` are unique within a kind: they find the artefact last written with them; an older
 * one is then found by its id only (the provider rotates the id of a session).
 */
export interface ArtefactIndexes {
  readonly uid?: string
  readonly userCode?: string
  readonly grantId?: string
  readonly accountId?: string
}

export interface ArtefactOptions {
  /** Epoch seconds; from then on the artefact is absent. Not set: it never expires. */
  readonly expiresAt?: number
  readonly indexes?: ArtefactIndexes
}

export interface Artefacts {
  /**
   * Creates or replaces, deadline and indexes included. Replacing keeps `takenAt`, except that of an expired artefact, which
   * counts as absent.
   */
  put(kind: string, id: string, text: string, options?: ArtefactOptions): Promise<void>
  /** Creates only; false when an unexpired one exists. */
  add(kind: string, id: string, text: string, options?: ArtefactOptions): Promise<boolean>
  /**
   * Changes the text of an unexpired artefact, and its deadline if given; false when there is none. The indexes of grant and
   * account may drop it at its first deadline.
   */
  replace(kind: string, id: string, text: string, expiresAt?: number): Promise<boolean>
  get(kind: string, id: string): Promise<Artefact | null>
  find(kind: string, index: 'uid' | 'userCode', value: string): Promise<(Artefact & { readonly id: string }) | null>
  /** Marks as taken; true for exactly one of any number of concurrent callers. False also when it is absent. */
  take(kind: string, id: string): Promise<boolean>
  /** True for the one call that removed it. */
  delete(kind: string, id: string): Promise<boolean>
  /** Unexpired artefacts of one account with an id after `after`, in order of ids. */
  ofAccount(
    kind: string,
    accountId: string,
    after: string,
    limit: number,
  ): Promise<(Artefact & { readonly id: string })[]>
  countOfAccount(kind: string, accountId: string): Promise<number>
  /** Removes every artefact of the kind with this grant. */
  deleteOfGrant(kind: string, grantId: string): Promise<void>
  /** Removes what has expired; drivers whose database does so itself do nothing. */
  tidy(): Promise<void>
}

export interface ProfileKeys {
  /** Lower case, unique. */
  readonly email: string
  /** Lower-case words of at most 64 characters whose prefixes `search` finds; the first eight count. */
  readonly words: readonly string[]
  /** One of a few values, such as `active.reset`: a list needs one range scan for each that the query names. */
  readonly status: string
  /** Such as `group:sales`: found when whole, never by a prefix. */
  readonly tags: readonly string[]
}

export interface ProfileFilter {
  /** Lower case; a prefix of the email or of one of the words. Empty: all. */
  readonly search?: string
  /** Any of these; absent: any. */
  readonly statuses?: readonly string[]
  /** Of each of these lists the profile has at least one tag. The first list is scanned, so the rarest tags come first. */
  readonly tags?: readonly (readonly string[])[]
}

export interface ProfileQuery extends ProfileFilter {
  /** The cursor: emails strictly after this one. */
  readonly after?: string
  readonly limit: number
}

export interface Profiles {
  read(id: string): Promise<Versioned | null>
  findByEmail(email: string): Promise<(Versioned & { readonly id: string }) | null>
  /** As `Records.swap`; `'taken'`: the email belongs to another id, nothing was changed. */
  swap(id: string, text: string, expectedVersion: number, keys: ProfileKeys & WriteOptions): Promise<boolean | 'taken'>
  /** Waits until the configured replicas have the profile at this version. Absent: a driver without replicas. */
  confirm?(id: string, version: number): Promise<void>
  /** In order of emails, at one instant: a profile that changes status meanwhile is found under the old or the new one. */
  list(query: ProfileQuery): Promise<(Versioned & { readonly id: string })[]>
  /** How many profiles match, at most `most`: it costs no more than a list so long. Absent: an older driver. */
  count?(query: ProfileFilter, most: number): Promise<number>
}

export interface JournalEntry {
  /** Unique in its journal: appending an id again changes nothing. */
  readonly id: string
  readonly at: number
  readonly text: string
  /** Such as `user:ID`, `actor:ID`, `type:two_factor.reset.started`. */
  readonly tags: readonly string[]
}

export interface JournalQuery {
  /** The entry must have all of them. */
  readonly tags?: readonly string[]
  /** First and last second, inclusive. */
  readonly from?: number
  readonly to?: number
  /** The cursor, an entry's `position`: entries older than it. A position that no entry had finds nothing, or older entries. */
  readonly before?: string
  readonly limit: number
}

export interface RemovalQuery {
  /** The last second that is removed. */
  readonly to: number
  /** Only entries with this tag. */
  readonly tag?: string
  readonly limit: number
}

export interface Journal {
  /** Entries arrive in the order in which one process appends them, concurrently or not. */
  append(entry: JournalEntry, options?: WriteOptions): Promise<void>
  /** Replaces the text of an entry; its time, tags and position stay. False: there is no such entry, and nothing was changed. */
  replace(id: string, text: string, options?: WriteOptions): Promise<boolean>
  /** Newest first (by `at`, then by order of arrival). `position` is opaque: readers must not compare it. */
  list(query: JournalQuery): Promise<(JournalEntry & { readonly position: string })[]>
  /** Removes at most `limit` entries, the oldest first, and returns their number. After a crash the same call removes the rest. */
  remove(query: RemovalQuery): Promise<number>
}

export interface Counter {
  readonly count: number
  /** Epoch seconds; from then on the counter is absent. */
  readonly until: number
}

/** Counters survive the process, but not necessarily the machine. */
export interface Counters {
  /** null: absent. */
  read(name: string): Promise<Counter | null>
  /**
   * Adds atomically. An absent counter starts at `count` and expires after `seconds`; an existing one keeps its expiry.
   */
  add(name: string, count: number, seconds: number): Promise<Counter>
  set(name: string, count: number, seconds: number): Promise<Counter>
  /** True when it existed. */
  delete(name: string): Promise<boolean>
  /** As `Artefacts.tidy`. */
  tidy(): Promise<void>
}
