/** The directory for the embedded store and for generated secrets. With a database and all keys none is needed. */
import { access, constants, mkdir } from 'node:fs/promises'
import type { Configuration } from './configuration/configuration.ts'

/** Makes it, if anything will be in it. */
export async function prepareDataDirectory(configuration: Configuration): Promise<void> {
  const { dataDirectory: path, store, keys, demo } = configuration
  const isNeeded = store.is === 'sqlite' || demo || !keys.encryption || !keys.cookies || !keys.jwks
  if (!isNeeded) return
  try {
    await mkdir(path, { recursive: true, mode: 0o700 })
    await access(path, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new Error(`DATA_DIR (data_directory): cannot write to ${path} (${code}). ${remedyOf(code)}`, { cause: error })
  }
}

const remedyOf = (code: string | undefined): string =>
  code === 'EROFS'
    ? 'Its file system is read-only: name a directory on a writable one'
    : 'Name a directory that this user may write, or change the owner of this one'
