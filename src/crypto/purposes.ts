/**
 * Every purpose of a seal, digest or derived id, and the fields it is bound to. Values made for one purpose are refused for every other.
 * A new purpose is added here.
 */
export const purposes = {
  /** Seals in an account record. */
  record: {
    authenticator: ['account', 'authenticator'],
    passkey: ['account', 'authenticator'],
    'backup-codes': ['account', 'authenticator'],
    'mailed-link': ['account', 'leadsTo', 'link'],
    'new-password': ['account'],
    doctor: [],
  },
  /** Seals that a browser returns in a cookie, a field or an address. */
  browser: {
    form: ['browser', 'path'],
    ceremony: ['browser', 'path'],
    'set-up': ['interaction'],
    'start-again': ['interaction', 'browser'],
    'link-ticket': ['leadsTo', 'link', 'browser'],
    'opened-link': ['reset', 'browser'],
    'waiting-act': ['session', 'target', 'path'],
    notice: ['session', 'target'],
    'web-session': ['app', 'browser'],
    'web-session-begun': ['app', 'browser'],
    'known-browser': [],
  },
  /** Digests of values that cannot be guessed, and of the content of an act. */
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
    'journal-entry': ['id'],
    restore: ['what'],
    'reset-version': ['reset'],
    credential: ['id'],
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

export type Kind = keyof Purposes

/** One use: its purpose, and a text for each field it is bound to. */
export type Use<K extends Kind> = {
  [P in keyof Purposes[K]]: { readonly for: P } & {
    readonly [F in Fields<Purposes[K][P]>]: string
  }
}[keyof Purposes[K]]

type Fields<T> = T extends readonly (infer F extends string)[] ? F : never

const LENGTH_BYTES = 4

/** What is encoded first, prepared once: the kind and the purpose. */
const heads = new Map(
  Object.entries(purposes).map(([kind, known]) => [
    kind,
    new Map(
      Object.entries(known).map(([purpose, fields]: [string, readonly string[]]) => [
        purpose,
        { head: tuple(kind, purpose), fields },
      ]),
    ),
  ]),
)

/** Injective encoding of a use: kind, purpose and fields, each after its length. */
export function encoded<K extends Kind>(kind: K, use: Use<K>): Buffer {
  const given = use as { readonly for: string } & Readonly<Record<string, unknown>>
  const { for: purpose } = given
  const known = heads.get(kind)?.get(purpose)
  if (!known) throw new TypeError(`no ${kind} is made for ${JSON.stringify(purpose)}`)
  const texts = known.fields.map((field) => {
    const text = Object.hasOwn(given, field) ? given[field] : undefined
    if (typeof text !== 'string') throw new TypeError(`a ${kind} for ${purpose} is bound to its ${field}`)
    return text
  })
  return after(known.head, texts)
}

/** Each text after its length in bytes, so that ('ab', 'c') and ('a', 'bc') differ. */
export function tuple(...texts: string[]): Buffer {
  return after(Buffer.alloc(0), texts)
}

function after(head: Buffer, texts: readonly string[]): Buffer {
  let size = head.length
  for (const text of texts) size += LENGTH_BYTES + Buffer.byteLength(text)
  const bytes = Buffer.allocUnsafe(size)
  bytes.set(head)
  let at = head.length
  for (const text of texts) {
    const length = bytes.write(text, at + LENGTH_BYTES)
    bytes.writeUInt32BE(length, at)
    at += LENGTH_BYTES + length
  }
  return bytes
}
