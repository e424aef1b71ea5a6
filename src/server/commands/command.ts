/** The types of a command, of its environment, and of the service that it uses. */
import type { ParseArgsOptionDescriptor } from 'node:util'
import type { Clock } from '../../ports.ts'
import { type Configuration, readConfiguration } from '../configuration/read.ts'
import type { Environment } from '../configuration/environment.ts'
import type { DirectoryOfServer } from '../directory.ts'
import type { Finding } from '../../errors.ts'
import type { Rekey, Store } from '../../index.ts'
import type { Subject } from './examine.ts'
import type { Adopt } from './importAccounts.ts'

/** The part of the assembled service that commands use; it opens no socket. */
export interface Service {
  readonly accounts: DirectoryOfServer
  readonly clock: Clock
  readonly adopt: Adopt
  readonly replaceFactor: Adopt
  /**
   * The break-glass reset: audited with the command line as its actor.
   * @returns when a mailed link changed the password not long ago; null: none did
   */
  resetFactor(id: string, reason: string | null): Promise<number | null>
  /** Deletes the account for ever: audited with the command line as its actor. */
  deleteAccount(id: string): Promise<void>
  /** False: nothing of this account was sealed with an older key. */
  reseal(id: string): Promise<boolean>
  readonly exportAudit: Rekey['exportAudit']
  readonly restored: Rekey['restored']
  readonly noteRestored: Rekey['noteRestored']
  readonly records: Store['records']
  close(): Promise<void>
}

/** The environment of a command; tests replace it. */
export interface Shell {
  readonly environment: Environment
  /** One line each. */
  readonly out: (line: string) => void
  readonly error: (line: string) => void
  /** The whole of standard input. */
  readonly input: () => Promise<Uint8Array>
  /** Where long work says how far it is, at most so often; absent: nowhere. */
  readonly progress?: { readonly everyMs: number; readonly show: (text: string) => void }
  /** Calls `stop` at the first Ctrl-C, and returns how to forget it; a second one ends the process. */
  readonly onInterrupt?: (stop: () => void) => () => void
  /** @param how `isRestoring`: also while a restore of the store is not finished */
  open(configuration: Configuration, how?: { readonly isRestoring: boolean }): Promise<Service>
  examine(subject: Subject): Promise<readonly Finding[]>
  /** Resolves when the service listens; it then runs until a signal stops it, and another has it read its clients again. */
  serve(configuration: Configuration, readAgain: () => Promise<Configuration>): Promise<void>
}

export interface Given {
  readonly values: Readonly<Record<string, string | boolean | (string | boolean)[] | undefined>>
  readonly positionals: readonly string[]
}

export interface Option extends ParseArgsOptionDescriptor {
  readonly does: string
}

export interface Command {
  /** Arguments after the name, as the usage line shows them. */
  readonly takes: string
  /** One line. */
  readonly does: string
  readonly options: Readonly<Record<string, Option>>
  /** Count. */
  readonly positionals: number
  run(shell: Shell, given: Given): Promise<number>
}

/** Wrong usage: exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** Opens the service for one act, and always closes it. */
export async function withService<T>(shell: Shell, work: (service: Service) => Promise<T>): Promise<T> {
  const service = await shell.open(await readConfiguration(shell.environment))
  try {
    return await work(service)
  } finally {
    await service.close()
  }
}
