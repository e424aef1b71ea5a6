/** The room that the files of a store may still use. */
import { statfs, stat } from 'node:fs/promises'
import { join } from 'node:path'

/** A smaller store counts as this large: on a large disk its own share says nothing until other programs have filled it. Bytes: 512 MiB. */
const LEAST_BYTES = 536_870_912

/**
 * The store's share of what it uses and of what is free: 80 % when 128 MiB are free beside a small store, 95 % with 27 MiB. What other
 * files use is not counted, so that a large disk that is nearly full of them does not stop sign-ins early.
 */
export async function diskUsed(directory: string, names: readonly string[], least = LEAST_BYTES): Promise<number> {
  const sizes = names.flatMap((name) => [name, `${name}-wal`]).map((name) => sizeOf(join(directory, name)))
  const [{ bavail, bsize }, ...all] = await Promise.all([statfs(directory), ...sizes])
  const own = Math.max(
    least,
    all.reduce((sum, size) => sum + size, 0),
  )
  return own / (own + bavail * bsize)
}

const sizeOf = (path: string): Promise<number> =>
  stat(path).then(
    ({ size }) => size,
    () => 0,
  )
