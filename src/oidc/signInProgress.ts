/** Keeps the progress of a sign-in in the provider's interaction, written only when something was proven, and how long that is kept. */
import type { Context } from 'koa'
import type { Interaction, Provider } from 'oidc-provider'
import { SignInOver } from '../errors.ts'
import type { Clock } from '../ports.ts'
import { keepCookies } from './internals.ts'
import type { Pending, SignIn } from './signIn.ts'

export interface Progress {
  /** Notes progress; what was known before is replaced. */
  save(signIn: SignIn, pending: Pending): Promise<void>
  /** The same with more time from now on; the browser's cookies last as long. Seconds. */
  prolong(ctx: Context, signIn: SignIn, pending: Pending, seconds: number): Promise<void>
  /** The password was accepted: from now on it is kept as long as a sign-in usually is. Nothing is stored until the next `save`. */
  lengthen(ctx: Context, signIn: SignIn): SignIn
  /** Unties it from its session, which ends with the epoch that is about to rise: the sign-in must not end with it. */
  detach(signIn: SignIn): Promise<void>
}

/** The library's object behind each sign-in that was handed out: read once per request. */
export interface OpenInteractions {
  of(signIn: SignIn): Interaction
  add(signIn: SignIn, interaction: Interaction): void
  save(interaction: Interaction): Promise<void>
}

export function createOpenInteractions(clock: Clock): OpenInteractions {
  const interactions = new WeakMap<SignIn, Interaction>()
  return {
    of(signIn) {
      const interaction = interactions.get(signIn)
      if (!interaction) throw new TypeError('not a sign-in that details() returned')
      return interaction
    },
    add: (signIn, interaction) => void interactions.set(signIn, interaction),
    async save(interaction) {
      await interaction.save(Math.max(1, interaction.exp - clock.now()))
    },
  }
}

export interface ProgressOptions {
  readonly provider: () => Provider
  readonly clock: Clock
  /** How long a sign-in is kept whose password was accepted. Seconds. */
  readonly signInSeconds: () => number
}

export function createProgress(open: OpenInteractions, { provider, clock, signInSeconds }: ProgressOptions): Progress {
  function keepCookiesOf(ctx: Context, { uid, exp, returnTo }: Interaction): void {
    const path = ctx.path.slice(0, ctx.path.indexOf(uid) + uid.length)
    keepCookies(provider(), ctx, { uid, path, returnTo: new URL(returnTo).pathname, seconds: exp - clock.now() })
  }

  return {
    // Results replace each other whole: merged with the last submission, an earlier step's would leak into this one.
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

    lengthen(ctx, signIn) {
      const interaction = open.of(signIn)
      const until = clock.now() + signInSeconds()
      if (until <= interaction.exp) return signIn
      interaction.exp = until
      keepCookiesOf(ctx, interaction)
      const longer = { ...signIn, expiresAt: until }
      open.add(longer, interaction)
      return longer
    },

    async detach(signIn) {
      const interaction = open.of(signIn)
      if (!interaction.session) return
      delete interaction.session
      // Another tab may have finished it: what is finished must not become unfinished again.
      const stored = await provider().Interaction.find(interaction.jti)
      if (!stored) throw new SignInOver('it was finished meanwhile')
      if (stored.session) await open.save(interaction)
    },
  }
}
