/** The programs `postgres` and `initdb`, and the user who runs them: PostgreSQL refuses to run as root. */
import { constants, realpathSync, rmSync } from 'node:fs'
import { chmod, cp, mkdtemp, readdir, readFile, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { libraryPath, onPath, type Program, unpackedPackage } from './debian.ts'

export interface PostgresPrograms {
  readonly postgres: string
  readonly initdb: string
  readonly env: Program['env']
}

/** For `spawn`: `nobody` when the tests run as root, else no change. */
export const ordinaryUser: { readonly uid?: number; readonly gid?: number } =
  process.getuid?.() === 0 ? await userNobody() : {}

let programs: Promise<PostgresPrograms> | undefined

export function postgresPrograms(): Promise<PostgresPrograms> {
  return (programs ??= find())
}

async function find(): Promise<PostgresPrograms> {
  const own = process.env['POSTGRES'] ?? onPath('postgres') ?? (await newest('/'))
  try {
    return own ? beside(own, {}) : await unpacked()
  } catch (cause) {
    const command = process.platform === 'darwin' ? 'brew install postgresql' : 'sudo apt-get install postgresql'
    throw new Error(`The tests need PostgreSQL: ${command} (or set POSTGRES to the path of postgres)`, { cause })
  }
}

/** PostgreSQL finds its other files from where it lies, and so does this. */
function beside(path: string, env: Program['env']): PostgresPrograms {
  const postgres = realpathSync(path)
  return { postgres, initdb: join(dirname(postgres), 'initdb'), env }
}

/** The newest below a root directory. Debian puts several versions side by side and none on PATH. */
async function newest(root: string): Promise<string | undefined> {
  const home = join(root, 'usr/lib/postgresql')
  const versions = await readdir(home).catch(() => [])
  const [version] = versions.toSorted((a, b) => Number(b) - Number(a))
  return version === undefined ? undefined : join(home, version, 'bin/postgres')
}

async function unpacked(): Promise<PostgresPrograms> {
  // Perl belongs to Debian's scripts; LLVM, four times the size of all the rest, to a compiler that is loaded when it is there.
  const isNeeded = (name: string) => /^(lib|postgresql-\d)/.test(name) && !/perl|llvm|libz3/.test(name)
  const cache = await unpackedPackage('postgresql', isNeeded)
  const root = (await canBeReadBy(cache, ordinaryUser)) ? cache : await copied(cache)
  const postgres = await newest(root)
  if (!postgres) throw new Error(`no postgres in ${root}`)
  return beside(postgres, await libraryPath(root))
}

/** A checkout below /root is closed to others. */
async function canBeReadBy(path: string, { uid }: typeof ordinaryUser): Promise<boolean> {
  if (uid === undefined) return true
  for (let here = path; ; here = dirname(here)) {
    if (!((await stat(here)).mode & constants.S_IXOTH)) return false
    if (relative(here, '/') === '') return true
  }
}

async function copied(root: string): Promise<string> {
  const copy = await mkdtemp(join(tmpdir(), 'oidc-rekey-postgresql-'))
  process.once('exit', () => rmSync(copy, { recursive: true, force: true }))
  await chmod(copy, 0o755)
  await cp(root, copy, { recursive: true, verbatimSymlinks: true })
  return copy
}

async function userNobody(): Promise<{ uid: number; gid: number }> {
  const users = await readFile('/etc/passwd', 'utf8')
  const [, uid = '65534', gid = '65534'] = /^nobody:[^:]*:(\d+):(\d+):/m.exec(users) ?? []
  return { uid: Number(uid), gid: Number(gid) }
}
