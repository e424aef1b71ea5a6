/**
 * When a request needs what: our `two_factor` prompt between login and consent. Enforces what a session carries, for every
 * client; the sign-in pages merely fulfil it.
 */
import { type Client, errors, interactionPolicy, type KoaContextWithOIDC } from 'oidc-provider'
import { mustEnrol, mustSaveCodes } from '../core/questions.ts'
import type { Account } from '../core/account.ts'

const { Prompt, Check, base } = interactionPolicy
export type Policy = ReturnType<typeof base>

export interface Assurance {
  /** acr of a sign-in with a second factor. */
  readonly twoFactor: string
  /** acr of a sign-in with the password alone. */
  readonly oneFactor: string
  /** `always`: every sign-in; `when_requested`: only when a request asks for it, or a reset must be followed. */
  readonly required: 'always' | 'when_requested'
}

/** How old a sign-in may be for a factor to be set up on it. Seconds. */
export const FRESH_SECONDS = 300

/** How long the way back from a finished sign-in may take, however fresh it was asked to be. Seconds: less would never end. */
const WAY_BACK_SECONDS = 10

export const reachable = ({ twoFactor, oneFactor, required }: Assurance): string[] =>
  required === 'always' ? [twoFactor] : [twoFactor, oneFactor]

/**
 * What people do to their own account, requestable by `prompt`: in an interaction, because it may end the session it began on. Only a
 * first-party client may ask for it.
 */
export const accountPrompts = ['change_password', 'replace_authenticator', 'new_backup_codes'] as const
export type AccountPrompt = (typeof accountPrompts)[number]
export const isAccountPrompt = (prompt: string): prompt is AccountPrompt => accountPrompts.some((own) => own === prompt)

const accountPromptsOf = ({ prompt }: Params): AccountPrompt[] =>
  typeof prompt === 'string' ? prompt.split(' ').filter(isAccountPrompt) : []

/** Whether this request needs a second factor; refuses what cannot be reached instead of answering with less. */
const needsSecondFactor = (ctx: KoaContextWithOIDC, assurance: Assurance): boolean =>
  needsSecondFactorOf(ctx.oidc.params ?? {}, assurance)

export function needsSecondFactorOf(params: Params, assurance: Assurance): boolean {
  const can = reachable(assurance)
  // The library overwrites an essential acr by acr_values, so both are read from the request itself; the stricter one counts.
  const candidates = [acrValues(params), acrClaim(params)].filter((candidate) => candidate !== null)
  const wanted = candidates.map((candidate) => {
    const first = candidate.find((value) => can.includes(value))
    if (first === undefined)
      throw new errors.UnmetAuthenticationRequirements('none of the requested acr values can be met')
    return first
  })
  // What changes a second factor asks for the one there is, or sets up the first.
  const changes = accountPromptsOf(params).some((prompt) => prompt !== 'change_password')
  return assurance.required === 'always' || changes || wanted.includes(assurance.twoFactor)
}

/** A first one where it is asked for; after a reset whatever is asked, and whoever's page took the password. */
const isSetUpDue = (ctx: KoaContextWithOIDC, account: Account, assurance: Assurance): boolean =>
  account.factor.is === 'reset' || (mustEnrol(account) && needsSecondFactor(ctx, assurance))

type Params = Readonly<Record<string, unknown>>

function acrValues(params: Params): string[] | null {
  const values = params['acr_values']
  return typeof values === 'string' && values !== '' ? values.split(' ') : null
}

function acrClaim(params: Params): string[] | null {
  const claims = params['claims']
  if (typeof claims !== 'string') return null
  const acr = (JSON.parse(claims) as { id_token?: { acr?: { value?: unknown; values?: unknown } | null } }).id_token
    ?.acr
  if (!acr) return null
  const values = Array.isArray(acr.values) ? acr.values : acr.value === undefined ? [] : [acr.value]
  // What is no text can be met by nobody; an object may even refuse to become one.
  return values.length > 0 ? values.map((value) => (typeof value === 'string' ? value : '')) : null
}

export interface AccountPromptPolicy {
  /** Those of our prompts that there is something behind; the others are unknown. */
  readonly offered: readonly AccountPrompt[]
  readonly isFirstParty: (client: Client | undefined) => boolean
}

/**
 * @param accountOf the record of the session's account, read once per request
 */
export function withTwoFactor(
  policy: Policy,
  assurance: Assurance,
  accountOf: (accountId: string) => Promise<Account | null>,
  { offered, isFirstParty }: AccountPromptPolicy,
): Policy {
  const login = policy.get('login')
  if (!login) throw new TypeError('the interaction policy has no login prompt')
  // Stock acr checks send people back to the password, where a second factor can never be proven: an endless login.
  login.checks.remove('essential_acr')
  login.checks.remove('essential_acrs')
  login.checks.add(
    new Check('acr_reachable', 'the requested acr cannot be reached', 'login_required', (ctx) => {
      needsSecondFactor(ctx, assurance) // throws what the relying party is to hear, before anybody types a password
      return false
    }),
  )
  login.checks.add(
    // Somebody else's application must not lead people into changing what protects them: a page of ours would lend it its face.
    new Check('own_prompt_allowed', 'the client may not ask for this prompt', 'login_required', ({ oidc }) => {
      if (accountPromptsOf(oidc.params ?? {}).length > 0 && !isFirstParty(oidc.client))
        throw new errors.UnauthorizedClient('this prompt is for applications of the house')
      return false
    }),
  )
  login.checks.add(
    // The stock check believes a result however long it was kept back. Most relying parties would not notice.
    new Check('sign_in_too_old', 'the sign-in took too long', 'login_required', ({ oidc }) => {
      const { session, params, result } = oidc
      const request = params?.['max_age']
      return (
        request !== undefined && Boolean(result?.login && session?.past(Math.max(Number(request), WAY_BACK_SECONDS)))
      )
    }),
  )
  login.checks.add(
    // A factor is set up on the strength of the password, so that must be fresh. @see ASVS 7.5.1
    new Check('password_too_old', 'the password must be entered again', 'login_required', async (ctx) => {
      const { session, result } = ctx.oidc
      if (!session?.accountId || result?.login || !session.past(FRESH_SECONDS)) return false
      const account = await accountOf(session.accountId)
      return account !== null && isSetUpDue(ctx, account, assurance)
    }),
  )
  login.checks.add(
    new Check('account_gone', 'the account is gone or disabled', 'login_required', (ctx) =>
      Boolean(ctx.oidc.session?.accountId && !ctx.oidc.account),
    ),
  )
  // One's own application needs nobody's leave, though `offline_access` makes it ask for this prompt by name.
  const consent = policy.get('consent')
  if (consent?.checks.get('consent_prompt')) {
    consent.checks.remove('consent_prompt')
    consent.checks.add(
      new Check(
        'consent_prompt',
        'consent prompt was not resolved',
        'consent_required',
        ({ oidc }) => oidc.prompts.has('consent') && oidc.promptPending('consent') && !isFirstParty(oidc.client),
      ),
    )
  }
  const afterLogin = policy.findIndex((prompt) => prompt.name === 'login') + 1
  for (const name of offered.toReversed())
    policy.add(
      new Prompt(
        { name, requestable: true },
        new Check(`${name}_prompt`, `${name} was not resolved`, 'interaction_required', ({ oidc }) =>
          oidc.promptPending(name),
        ),
      ),
      afterLogin,
    )
  policy.add(
    new Prompt(
      { name: 'two_factor', requestable: true },
      new Check('second_factor_missing', 'a second factor is required', 'interaction_required', (ctx) => {
        const needed = needsSecondFactor(ctx, assurance)
        return needed && !ctx.oidc.session?.twoFactor?.at
      }),
      new Check('set_up_required', 'the account needs attention', 'interaction_required', async (ctx) => {
        const accountId = ctx.oidc.session?.accountId
        const account = accountId ? await accountOf(accountId) : null
        if (!account) return true
        return mustSaveCodes(account) || isSetUpDue(ctx, account, assurance)
      }),
    ),
    afterLogin,
  )
  return policy
}
