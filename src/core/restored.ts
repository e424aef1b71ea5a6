/** What a restore of the store ends in an account, and what became of it. */

export interface EndedAfterBackup {
  /** Names this restore of the store. */
  readonly restore: string
  readonly factor: boolean
  readonly codes: boolean
  readonly password: boolean
  readonly disabled: boolean
  /** The address in the backup may be another person's: no link is mailed to it. */
  readonly email: boolean
}

export interface RestoredAccount {
  /** `lost`: its record is damaged or missing, and refuses everything until a reset. `unknown`: the directory has no such person. */
  readonly is: 'restored' | 'unchanged' | 'lost' | 'unknown'
  /** `frozen`: no link was mailed, and an administrator must start a reset. null: the second factor is as it was. */
  readonly reset: 'mailed' | 'frozen' | null
  /** `ended`: no link was mailed. null: the password is as it was. */
  readonly password: 'mailed' | 'ended' | null
}
