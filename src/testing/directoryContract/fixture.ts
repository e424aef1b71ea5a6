/** One directory for a group of tests, and people of their own for each. */
import { fail } from 'node:assert/strict'
import { newId } from '../../crypto/tokens.ts'
import { completeDirectory } from '../../hostDirectory.ts'
import type { AccountStatus, Directory, HostDirectory } from '../../ports.ts'
import type { Runner } from '../runner.ts'

export interface AddedPerson {
  /** Lower case; no other person has it. */
  readonly email: string
  readonly name: string
  readonly status: AccountStatus
  /** Which they sign in with, where there is `authenticate`. */
  readonly password: string
}

export interface OpenedDirectory {
  readonly directory: HostDirectory
  /** Puts a person without a second factor into what is behind the directory; returns their id. */
  add(person: AddedPerson): Promise<string>
  /** Removes what was added. */
  close(): Promise<void>
}

export type OpenDirectory = () => Promise<OpenedDirectory>

export const password = 'correct horse battery staple'
/** When a second factor was set up. Epoch seconds. */
export const start = 1_800_000_000

export function directoryStage(runner: Runner, open: OpenDirectory) {
  let opened: OpenedDirectory | undefined
  runner.before(async () => {
    opened = await open()
  })
  runner.after(async () => opened?.close())
  const current = (): OpenedDirectory => opened ?? fail('the directory was not opened')
  return {
    get directory(): Directory {
      return completeDirectory(current().directory)
    },
    /** A directory without names leaves them out; then the email stands for the name. */
    async hasName(): Promise<boolean> {
      const { id } = await this.add()
      return typeof (await current().directory.find(id))?.name === 'string'
    },
    /** A directory without this column leaves it out; then everybody is active. */
    async hasStatus(): Promise<boolean> {
      const { id } = await this.add()
      return (await current().directory.find(id))?.status !== undefined
    },
    /** A new person with a new email. */
    async add(more: Partial<AddedPerson> = {}): Promise<AddedPerson & { readonly id: string }> {
      const person = {
        email: `${unique()}@example.com`,
        name: 'Ana Silva',
        status: 'active',
        password,
        ...more,
      } as const
      return { ...person, id: await current().add(person) }
    },
  }
}

/** A word that no other person has. */
export const unique = (): string =>
  `t${newId()
    .toLowerCase()
    .replaceAll(/[^a-z0-9]/g, '')}`
