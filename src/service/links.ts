/**
 * Mailed links. Only the email contains the token: the record keeps its digest, and an index maps the id of the link to the account.
 */
import type { Account } from '../core/account.ts'
import type { Purpose } from '../core/link.ts'
import { linkOf, linkRefusal } from '../core/questions.ts'
import type { Caller, NewLink } from '../core/command.ts'
import type { Refusal } from '../core/refusal.ts'
import { linkUse } from '../crypto/recordUses.ts'
import type { Sealing } from '../crypto/sealing.ts'
import { digest, newId, newToken } from '../crypto/tokens.ts'
import type { Accounts, Outcome } from '../accounts/accounts.ts'
import type { Clock, Directory, Person } from '../ports.ts'

export type LinkLookup =
  | ({ readonly is: 'live'; readonly expiresAt: number } & FoundLink)
  /** `whose`: the account of an authentic link; null: the link is not authentic. */
  | { readonly is: 'dead'; readonly refusal: Refusal; readonly whose: FoundLink | null }

export interface FoundLink {
  readonly account: Account
  /** null: not in the directory any more. */
  readonly person: Person | null
  readonly resetId: string
  readonly digest: string
}

export interface Links {
  readonly newLink: MakeLink
  /** The link of a token. All tokens that are not authentic cause the same work. Changes nothing. */
  find(token: string, purpose: Purpose): Promise<LinkLookup>
  openLink(account: Account, linkDigest: string, by: Caller): Promise<Outcome>
  /** Mails a new link in place of an expired one. */
  renewLink(expired: FoundLink, purpose: Purpose, by: Caller): Promise<Outcome>
  /** The link in a sealed entry of the outbox. */
  openSealedLink(purpose: Purpose, sealed: string, accountId: string, resetId: string): string
  /** Mails an invitation that replaces an earlier one. @param id of it; absent: a new one */
  invite(accountId: string, by: Caller, id?: string): Promise<Outcome>
}

/** Maps the id of a link to its account. */
export interface LinkIndex {
  get(kind: 'ResetHint', id: string): Promise<{ readonly text: string } | null>
  put(kind: 'ResetHint', id: string, text: string, options: { readonly expiresAt: number }): Promise<void>
}

export interface LinksOptions {
  readonly accounts: Accounts
  readonly sealing: Sealing<'record'>
  readonly artefacts: LinkIndex
  readonly directory: Pick<Directory, 'find'>
  readonly clock: Clock
  /** Addresses of links: `{issuer}/two-factor/reset`. */
  readonly linkBases: { readonly [P in Purpose]: string }
}

/** How long the index keeps a link. Longer than any link or resend is valid. Seconds: 400 days. */
const LINK_INDEX_SECONDS = 34_560_000

/** Read in place of a missing account, so that a garbage link costs the same reads as a real one. */
const NOBODY = 'nobody'

const digestOf = (leadsTo: Purpose, secret: string): string => digest({ for: 'mailed-link', leadsTo, secret })

/** Makes a link and its index entry. @param indexSeconds how long the entry is kept */
export type MakeLink = (accountId: string, leadsTo: Purpose, id: string, indexSeconds?: number) => Promise<NewLink>

export function createLinks({ accounts, sealing, artefacts, directory, clock, linkBases }: LinksOptions): Links {
  const newLink: MakeLink = async (accountId, leadsTo, id, indexSeconds = LINK_INDEX_SECONDS) => {
    const secret = newToken().reveal()
    await artefacts.put('ResetHint', id, accountId, { expiresAt: clock.now() + indexSeconds })
    const sealed = sealing.seal(`${id}.${secret}`, linkUse(accountId, leadsTo, id))
    return { digest: digestOf(leadsTo, secret), sealed }
  }

  return {
    newLink,

    async find(token, purpose) {
      const [resetId = '', secret = ''] = token.length <= 200 ? token.split('.') : []
      const indexed = await artefacts.get('ResetHint', resetId || NOBODY)
      const whose = indexed?.text ?? NOBODY
      const [account, person] = await Promise.all([accounts.getStored(whose), directory.find(whose)])
      const linkDigest = digestOf(purpose, secret)
      const link = account ? linkOf(account, linkDigest, purpose) : undefined
      if (!account || !link || link.resetId !== resetId)
        return { is: 'dead', refusal: { is: 'link-unknown' }, whose: null }
      const refusal = linkRefusal(link, account, clock.now())
      if (refusal) return { is: 'dead', refusal, whose: { account, person, resetId, digest: linkDigest } }
      return { is: 'live', account, person, resetId, digest: linkDigest, expiresAt: link.expiresAt }
    },

    async renewLink({ account, resetId, digest: expired }, purpose, by) {
      const link = await newLink(account.id, purpose, resetId)
      return accounts.execute(account.id, () => ({ is: 'renew-link', digest: expired, link, by }), { durable: true })
    },

    openLink: (read, linkDigest, by) =>
      accounts.execute(read.id, () => ({ is: 'open-link', digest: linkDigest, by }), { read }),

    openSealedLink: (purpose, sealed, accountId, resetId) =>
      `${linkBases[purpose]}/${sealing.open(sealed, linkUse(accountId, purpose, resetId))}`,

    async invite(accountId, by, id = newId()) {
      const link = await newLink(accountId, 'invitation', id)
      return accounts.execute(accountId, () => ({ is: 'invite', id, link, by }), { durable: true })
    },
  }
}
