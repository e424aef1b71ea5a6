/**
 * The project's cache for programs the tests bring along: made once, shared by every run, gone with node_modules.
 * What is here is never edited and can be thrown away at any time.
 */
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'

const root = join(import.meta.dirname, '../../node_modules/.cache/oidc-rekey')

/** The directory `name` in the cache, filled by `fill` the first time. Appears whole or not at all. */
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
    // Two runs may start at once; the rename that came second finds the first one's work, which is as good.
    if (!existsSync(home)) throw error
  }
  return home
}
