/** What the bare provider stores: the library's models by an adapter, and one document per account, replaced by compare-and-set. */
import type { Adapter } from 'oidc-provider'

export interface Account {
  readonly id: string
  readonly email: string
  readonly roles: readonly string[]
  /** null: not set up. `lastStep`: the time step of the last code that was used. */
  readonly totp: { readonly secret: string; readonly lastStep: number } | null
  /** Digest of the link of a reset. */
  readonly link?: string
}

export interface Stored {
  readonly account: Account
  readonly version: number
}

export interface Database {
  adapter(model: string): Adapter
  create(account: Account): Promise<void>
  byId(id: string): Promise<Stored | undefined>
  byEmail(email: string): Promise<Stored | undefined>
  /** Replaces the version that was read; false: another one is there. */
  swap(read: Stored, account: Account): Promise<boolean>
  close(): Promise<void>
}

/** Models that are used once. */
export const consumable: ReadonlySet<string> = new Set(['AuthorizationCode', 'RefreshToken', 'DeviceCode'])

export const now = (): number => Math.floor(Date.now() / 1000)
