/** What the mount itself must have: our configuration, our prompt, a page to sign in, keys for cookies. */
import { begunSignIn, keepsStamp, promptsOf } from '../oidc/inspection.ts'
import { isLoopback } from '../options.ts'
import { type Check, type Facts, messageOf, type Trouble } from './check.ts'

export const notWrapped: Check<Facts> = {
  severity: 'fatal',
  mend: 'Write new Provider(issuer, rekey.configuration(yours)), then await rekey.attach(provider), once, before its first request',
  run({ provider, attachment, isSecond, issuer }) {
    if (isSecond) return [{ found: 'attach was called twice for this provider' }]
    if (!attachment.adapters.has(provider.Grant.adapter))
      return [{ found: 'the provider was made without rekey.configuration()' }]
    if (provider.issuer !== issuer)
      return [
        {
          found: `the provider is ${provider.issuer}, and oidc-rekey was made for ${issuer}`,
          mend: 'Give both the same issuer',
        },
      ]
    return keepsStamp(provider) ? [] : [{ found: 'the provider was used before attach, so its sessions keep no stamp' }]
  },
}

export const policy: Check<Facts> = {
  severity: 'fatal',
  mend: 'Change interactions.policy before rekey.configuration(), and use no prompt named two_factor of your own',
  run({ provider, attachment }) {
    const prompts = promptsOf(provider, attachment.configuration())
    const positions = prompts.flatMap(({ name }, index) => (name === 'two_factor' ? [index] : []))
    const login = prompts.findIndex(({ name }) => name === 'login')
    if (login < 0)
      return [
        {
          found: 'interactions.policy has no prompt login',
          mend: 'Start from interactionPolicy.base(), before rekey.configuration()',
        },
      ]
    if (positions.length > 1)
      return [
        {
          found: 'interactions.policy has the prompt two_factor twice',
          mend: 'Give your own prompt two_factor another name: rename it before rekey.configuration()',
        },
      ]
    const [at] = positions
    if (at === undefined || !prompts[at]?.isOurs)
      return [{ found: 'interactions.policy has no prompt two_factor of ours' }]
    return at === login + 1 ? [] : [{ found: 'the prompt two_factor does not follow login in interactions.policy' }]
  },
}

export const signIn: Check<Facts> = {
  severity: 'fatal',
  mend: 'Give interactions.url, the address of your sign-in page, or a directory with authenticate()',
  async run(facts) {
    const { attachment, directory } = facts
    const host = attachment.configuration()
    const seen = troublesSeen(facts)
    if (!host.interactions?.url)
      return directory.authenticate
        ? seen
        : [...seen, { found: 'nobody can sign in: there is neither interactions.url nor directory.authenticate' }]
    return [...seen, ...(await troublesOfUrl(facts))]
  },
}

/** What the sign-ins since the start have shown. */
const troublesSeen = ({ unboundSignIns, unstampedSignIns }: Facts): Trouble[] => [
  ...(unboundSignIns() > 0 ? [unbound] : []),
  ...(unstampedSignIns() > 0 ? [unstamped] : []),
]

const unbound: Trouble = {
  severity: 'warn',
  found: 'loginResult was called without { req, res }, so that a sign-in is bound to no browser',
  mend: 'Pass the request and the response: rekey.loginResult(accountId, facts, { req, res })',
}
const unstamped: Trouble = {
  severity: 'warn',
  found: 'a sign-in finished without rekey.loginResult() and was refused',
  mend: 'Give its result to provider.interactionFinished: await rekey.loginResult(accountId, facts, { req, res })',
}

async function troublesOfUrl({ provider, attachment, issuer, isOurs }: Facts): Promise<Trouble[]> {
  const { interactions, clients } = attachment.configuration()
  try {
    const [ctx, interaction] = await begunSignIn(
      provider,
      (clients ?? []).map(({ client_id: id }) => id),
    )
    const given: unknown = await interactions?.url?.(ctx, interaction)
    if (typeof given !== 'string' || given === '') return [{ found: 'interactions.url gives no address' }]
    const url = new URL(given, issuer)
    const isTaken = url.origin === new URL(issuer).origin && isOurs(url.pathname)
    return isTaken ? [{ found: `interactions.url leads to ${url.pathname}, which is an address of oidc-rekey` }] : []
  } catch (error) {
    return [{ found: `interactions.url fails at a first sign-in: ${messageOf(error)}` }]
  }
}

/** As long as those that the standalone server takes. Characters. */
const SHORTEST_KEY = 32

export const cookieKeys: Check<Facts> = {
  severity: 'fatal',
  mend: 'Set cookies: { keys: [a random string of 32 characters or more] }',
  run({ provider, issuer }) {
    // On plain http, for development, cookies are weaker anyhow.
    const { protocol, hostname } = new URL(issuer)
    const severity = protocol === 'https:' && !isLoopback(hostname) ? 'fatal' : 'warn'
    const keys: unknown = provider.keys
    if (!keys || (Array.isArray(keys) && keys.length === 0))
      return [{ severity, found: 'cookies.keys is not set, so that cookies are not signed' }]
    const isShort = Array.isArray(keys) && keys.some((key) => typeof key === 'string' && key.length < SHORTEST_KEY)
    return isShort ? [{ severity, found: `a key of cookies.keys is shorter than ${SHORTEST_KEY} characters` }] : []
  },
}
