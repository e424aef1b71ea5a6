/**
 * What every directory must do: the sentences of `Directory` in ports.ts. Methods that a directory lacks are not tested. It may contain other
 * people; each test adds its own.
 */
import { creation } from './directoryContract/creation.ts'
import { factors } from './directoryContract/factors.ts'
import type { OpenDirectory } from './directoryContract/fixture.ts'
import { lists } from './directoryContract/lists.ts'
import { passwords } from './directoryContract/passwords.ts'
import { reading } from './directoryContract/reading.ts'
import type { Runner } from './runner.ts'

export type { OpenDirectory, OpenedDirectory } from './directoryContract/fixture.ts'

/** @param open opens a directory that can be filled, once for each group of tests */
export function directoryContract(runner: Runner, open: OpenDirectory): void {
  for (const part of [reading, factors, lists, creation, passwords]) part(runner, open)
}
