/**
 * The project's cache of programs for the tests: filled once, shared by every run, removed with node_modules. Files are never edited and
 * can be deleted at any time.
 */
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'

const root = join(import.meta.dirname, '../../node_modules/.cache/oidc-rekey')

/** The directory `name` in the cache, filled by `fill` the first time, atomically. */
export async function cached(name: string, fill: (directory: string) => Promise<void>): Promise<string> {
  const home = join(root, name)
  if (existsSync(home)) return home
  await mkdir(root, { recursive: true })
  const draft = await mkdtemp(`${home}.`)
  try {
    await fill(draft)
    await rename(draft, home)
  } catch (error) {
    await rm(draft, { recursive: true, force: true })
    // Two runs may start at once: the second rename fails, and the first directory is used.
    if (!existsSync(home)) throw error
  }
  return home
}
