/** The address of a mail server: `smtp://user:password@host:587` or `smtps://…`. Options have keys of their own. */
export interface Relay {
  readonly host: string
  readonly port: number
  /** TLS from the start. */
  readonly isTls: boolean
  readonly user: string | null
  readonly password: string | null
}

export type TlsMode = 'required' | 'opportunistic' | 'off'

/** Options that nodemailer reads from the query, and what is written in their place. */
const insteadOf: Readonly<Record<string, string>> = {
  ignoreTLS: 'mail.tls: off',
  requireTLS: 'mail.tls: required, the default',
  opportunisticTLS: 'mail.tls: opportunistic',
  secure: 'smtps://',
  'tls.rejectUnauthorized': 'mail.ca_file with the authority of the certificate',
  'tls.ca': 'mail.ca_file',
  'tls.servername': 'the name in the certificate as the host',
  'tls.minVersion': 'nothing: TLS 1.2 or newer is required',
  'tls.ciphers': 'nothing: those of Node.js',
  name: 'mail.ehlo_name',
  'auth.type': 'mail.oauth2',
  'auth.user': 'the user in front of the host',
  'auth.pass': 'the password in front of the host',
  authMethod: 'nothing: the server names its methods',
  forceAuth: 'nothing: a user is always used',
  logger: 'nothing: emails contain links, so that conversations are not logged',
  debug: 'nothing: emails contain links, so that conversations are not logged',
  pool: 'nothing: a connection waits for the emails that follow',
  maxConnections: 'nothing: emails that are sent at the same time have a connection each',
  connectionTimeout: 'mail.timeout_seconds, for the whole email',
  greetingTimeout: 'mail.timeout_seconds, for the whole email',
  socketTimeout: 'mail.timeout_seconds, for the whole email',
  proxy: 'nothing: proxies are not used',
  from: 'mail.from',
}

/** Sentences that contain neither user nor password. */
export function relayFaults(text: string): string[] {
  const url = URL.parse(text)
  if (!url || !/^smtps?:$/.test(url.protocol) || url.hostname === '')
    return ['must be smtp:// or smtps://, with every / ? # @ : of user and password percent-encoded']
  return [...optionFaults(url), ...credentialFaults(url)]
}

function* optionFaults({ searchParams, search, hash, pathname }: URL): Iterable<string> {
  // The name of an unknown one may be part of a password.
  const known = [...searchParams.keys()].filter((name) => Object.hasOwn(insteadOf, name))
  for (const name of known) yield `has the option ${name}: write ${insteadOf[name]}`
  if (search !== '' && known.length === 0) yield 'has a query: a ? of user or password is written %3F'
  if (hash !== '') yield 'has a fragment: a # of user or password is written %23'
  if (pathname !== '' && pathname !== '/') yield 'has a path: a / of user or password is written %2F'
}

function* credentialFaults({ username, password }: URL): Iterable<string> {
  if (decoded(username) === null || decoded(password) === null)
    yield 'has a % in user or password that is not written %25'
  else if (/[\0\r\n]/.test(`${decoded(username)}${decoded(password)}`)) yield 'has a line break in user or password'
  if (username === '' && password !== '') yield 'has a password and no user'
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text)
  } catch {
    return null
  }
}

/** @throws TypeError with all faults */
export function readRelay(text: string): Relay {
  const faults = relayFaults(text)
  if (faults.length > 0) throw new TypeError(`the address of the mail server ${faults.join(', ')}`)
  const { protocol, hostname, port, username, password } = new URL(text)
  const isTls = protocol === 'smtps:'
  return {
    host: hostname.replace(/^\[(.*)\]$/, '$1'),
    port: port === '' ? (isTls ? 465 : 587) : Number(port),
    isTls,
    user: decoded(username) || null,
    password: decoded(password) || null,
  }
}
