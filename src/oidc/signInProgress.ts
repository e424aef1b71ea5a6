/** Stores the progress of a sign-in in the provider's interaction, only after a proof, and extends its lifetime. */
import type { Context } from 'koa'
import type { Interaction, KoaContextWithOIDC, Provider } from 'oidc-provider'
import { SignInOver } from '../errors.ts'
import type { Clock } from '../ports.ts'
import { extendCookies, keepCookies } from './internals.ts'
import { createLookups } from '../core/lookups.ts'
import type { Pending, SignIn } from './signIn.ts'

export interface Progress {
  /** Replaces the stored progress. */
  save(signIn: SignIn, pending: Pending): Promise<void>
  /** As `save`, with at least so many seconds from now; the browser's cookies are extended too. */
  prolong(ctx: Context, signIn: SignIn, pending: Pending, seconds: number): Promise<void>
  /** At the start, where its page is ours: its cookies last until the end that `lengthen` may set. */
  begun(ctx: KoaContextWithOIDC): void
  /** After the password: the usual lifetime of a sign-in. Nothing is stored until the next `save`. */
  lengthen(ctx: Context, signIn: SignIn): SignIn
  /** Detaches it from its session, so that the next epoch, which ends the session, does not end the sign-in. */
  detach(signIn: SignIn): Promise<void>
}

/** The library's object of each sign-in: read once per request. */
export interface OpenInteractions {
  of(signIn: SignIn): Interaction
  add(signIn: SignIn, interaction: Interaction): void
  /** The account of a sign-in that this process saved. */
  accountOf(uid: string): string | undefined
  save(interaction: Interaction): Promise<void>
}

export function createOpenInteractions(clock: Clock): OpenInteractions {
  const interactions = new WeakMap<SignIn, Interaction>()
  const accounts = createLookups<string>()
  return {
    of(signIn) {
      const interaction = interactions.get(signIn)
      if (!interaction) throw new TypeError('not a sign-in that details() returned')
      return interaction
    },
    add: (signIn, interaction) => void interactions.set(signIn, interaction),
    accountOf: (uid) => accounts.get(uid),
    async save(interaction) {
      const { login, pending } = interaction.result ?? {}
      const accountId = login?.accountId ?? (pending as Pending | undefined)?.accountId
      if (accountId !== undefined) accounts.learn(interaction.uid, accountId)
      await interaction.save(Math.max(1, interaction.exp - clock.now()))
    },
  }
}

export interface ProgressOptions {
  readonly provider: () => Provider
  readonly clock: Clock
  /** Lifetime of a sign-in after its password. Seconds. */
  readonly signInSeconds: () => number
  /** Whether the page of a prompt is ours. */
  readonly hasPage: (prompt: string) => boolean
}

export function createProgress(open: OpenInteractions, options: ProgressOptions): Progress {
  const { provider, clock, signInSeconds, hasPage } = options
  function keepCookiesOf(ctx: Context, { uid, exp, returnTo }: Interaction): void {
    const path = ctx.path.slice(0, ctx.path.indexOf(uid) + uid.length)
    keepCookies(provider(), ctx, { uid, path, returnTo: new URL(returnTo).pathname, seconds: exp - clock.now() })
  }

  return {
    // Not merged with the last submission: an earlier result would leak into this one.
    async save(signIn, pending) {
      const interaction = open.of(signIn)
      if (pending.browser === null) throw new TypeError('progress of a sign-in that belongs to no browser')
      interaction.result = { pending }
      await open.save(interaction)
    },

    async prolong(ctx, signIn, pending, seconds) {
      const interaction = open.of(signIn)
      interaction.result = { pending }
      await interaction.save(Math.max(seconds, interaction.exp - clock.now()))
      keepCookiesOf(ctx, interaction)
    },

    begun(ctx) {
      const { Interaction: interaction } = ctx.oidc.entities
      if (!interaction || !hasPage(interaction.prompt.name)) return
      const seconds = interaction.exp - clock.now() + signInSeconds()
      extendCookies(provider(), ctx, { uid: interaction.uid, seconds })
    },

    lengthen(ctx, signIn) {
      const interaction = open.of(signIn)
      const until = clock.now() + signInSeconds()
      if (until <= interaction.exp) return signIn
      interaction.exp = until
      // The first password finds the cookies of the start. A later one may come at any time.
      if (signIn.pending) keepCookiesOf(ctx, interaction)
      const longer = { ...signIn, expiresAt: until }
      open.add(longer, interaction)
      return longer
    },

    async detach(signIn) {
      const interaction = open.of(signIn)
      if (!interaction.session) return
      delete interaction.session
      // A concurrent tab may have finished it: a finished sign-in must not be stored as unfinished.
      const stored = await provider().Interaction.find(interaction.jti)
      if (!stored) throw new SignInOver('it was finished meanwhile')
      if (stored.session) await open.save(interaction)
    },
  }
}
