/**
 * Every purpose for which something is sealed, digested or derived, and the fields it is bound to. A new one is added here:
 * seals, digests and ids take nothing else, so that what was made for one purpose is refused for every other.
 */
export const purposes = {
  /** Seals in an account record. */
  record: {
    authenticator: ['account', 'authenticator'],
    'backup-codes': ['account', 'authenticator'],
    'mailed-link': ['account', 'leadsTo', 'link'],
    'new-password': ['account'],
  },
  /** Seals that a browser brings back, in a cookie, a field or an address. */
  browser: {
    form: ['browser', 'path'],
    'set-up': ['interaction'],
    'start-again': ['interaction', 'browser'],
    'link-ticket': ['leadsTo', 'link', 'browser'],
    'opened-link': ['reset', 'browser'],
    'waiting-act': ['session', 'target', 'path'],
    'web-session': ['app', 'browser'],
    'web-session-begun': ['app', 'browser'],
    'known-browser': [],
  },
  /** Digests of what cannot be guessed, and of what an act says. */
  digest: {
    'mailed-link': ['leadsTo', 'secret'],
    form: ['nonce'],
    browser: ['secret'],
    'sign-in-browser': ['interaction', 'browser'],
    'sign-in-secret': ['nonce'],
    'browser-binding': ['secret'],
    'sign-in-cookie': ['signIn'],
    'link-browser': ['secret'],
    act: ['does', 'what'],
    'known-account': ['account'],
    mount: ['base'],
    'session-tag': ['session'],
    asset: ['content'],
  },
  /** Ids derived under a key. */
  id: {
    act: ['does', 'actor', 'key'],
    'client-secret': ['client', 'half'],
    'sign-in-event': ['type', 'what'],
    'sign-in-line': ['type', 'what'],
    limit: ['name', 'key'],
    'stand-in': ['email'],
  },
} as const

type Purposes = typeof purposes

/** What makes use of purposes: two kinds of seals, digests, derived ids. */
export type Kind = keyof Purposes

/** One use: what it is for, and a text for each field it is bound to. */
export type Use<K extends Kind> = {
  [P in keyof Purposes[K]]: { readonly for: P } & {
    readonly [F in Fields<Purposes[K][P]>]: string
  }
}[keyof Purposes[K]]

type Fields<T> = T extends readonly (infer F extends string)[] ? F : never

/** The same bytes for the same use, and never for two: kind, purpose and fields, each behind its length. */
export function encoded<K extends Kind>(kind: K, use: Use<K>): Buffer {
  const { for: purpose, ...given } = use as { readonly for: string } & Readonly<Record<string, unknown>>
  const known: Readonly<Record<string, readonly string[]>> = purposes[kind]
  const fields = Object.hasOwn(known, purpose) ? known[purpose] : undefined
  if (!fields) throw new TypeError(`no ${kind} is made for ${JSON.stringify(purpose)}`)
  const texts = fields.map((field) => {
    const text = given[field]
    if (typeof text !== 'string') throw new TypeError(`a ${kind} for ${purpose} is bound to its ${field}`)
    return text
  })
  return tuple(kind, purpose, ...texts)
}

/** Each text behind its length in bytes, so that ('ab', 'c') and ('a', 'bc') differ. */
export function tuple(...texts: string[]): Buffer {
  return Buffer.concat(
    texts.flatMap((text) => {
      const length = Buffer.alloc(4)
      length.writeUInt32BE(Buffer.byteLength(text))
      return [length, Buffer.from(text)]
    }),
  )
}
