/**
 * Programs of the tests: from the machine, or on Debian and Ubuntu from the distribution's package, unpacked into the project's cache.
 * Nothing is installed, no root is needed, and apt verifies signatures.
 */
import { execFile } from 'node:child_process'
import { accessSync, constants, existsSync } from 'node:fs'
import { mkdir, readdir } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { cached } from './cache.ts'

const run = promisify(execFile)

/** The path of a program, and additional environment variables. */
export interface Program {
  readonly path: string
  readonly env: Readonly<Record<string, string>>
}

/** The first of `names` that is executable on PATH. */
export function onPath(...names: string[]): string | undefined {
  const apps = (process.env.PATH ?? '').split(delimiter).filter(Boolean)
  return names.flatMap((name) => apps.map((where) => join(where, name))).find(isExecutable)
}

function isExecutable(path: string) {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** `/usr/bin/NAME` of the Debian package NAME and of the packages it needs that this machine does not have. */
export async function fromDebianPackage(name: string): Promise<Program> {
  const root = await unpackedPackage(name)
  return { path: join(root, 'usr/bin', name), env: await libraryPath(root) }
}

/** The root directory under which the package lies. `isNeeded` leaves out dependencies that the tests can do without. */
export async function unpackedPackage(name: string, isNeeded = (_dependency: string) => true): Promise<string> {
  if (!existsSync('/etc/debian_version') || !onPath('apt-get'))
    throw new Error(`no Debian package to take ${name} from`)
  return cached(name, async (directory) => unpack(name, directory, isNeeded))
}

export async function libraryPath(root: string): Promise<Program['env']> {
  // The multiarch directory (x86_64-linux-gnu, aarch64-linux-gnu) is read rather than known.
  const directories = ['usr/lib', 'lib'].map(async (where) =>
    (await readdir(join(root, where)).catch(() => [])).map((library) => join(root, where, library)),
  )
  return { LD_LIBRARY_PATH: (await Promise.all(directories)).flat().join(delimiter) }
}

async function unpack(name: string, directory: string, isNeeded: (dependency: string) => boolean) {
  const apt = join(directory, '.apt')
  await mkdir(join(apt, 'lists/partial'), { recursive: true })
  await mkdir(join(apt, 'archives/partial'), { recursive: true })
  const settings = {
    'Dir::State::Lists': join(apt, 'lists'),
    'Dir::Cache': apt,
    'Dir::Cache::Archives': join(apt, 'archives'),
    // As root apt would drop to a user who need not be able to read a checkout below /root.
    'APT::Sandbox::User': 'root',
    'Acquire::Languages': 'none',
  }
  const options = Object.entries(settings).flatMap(([key, value]) => ['-o', `${key}=${value}`])
  const aptGet = async (...words: string[]) =>
    run('apt-get', [...options, '-qq', ...words], { cwd: join(apt, 'archives') })
  await aptGet('update')
  const plan = await aptGet('install', '--simulate', '--no-install-recommends', name)
  // `Inst NAME (VERSION …)` is missing here; `Inst NAME [OLD] (NEW …)` is an upgrade, and a second libc beside the
  // machine's own loader would not even start.
  const missing = [...plan.stdout.matchAll(/^Inst (\S+) \(/gm)].map(([, wanted]) => wanted ?? '').filter(isNeeded)
  await aptGet('download', ...missing)
  for (const file of await readdir(join(apt, 'archives'))) {
    if (file.endsWith('.deb')) await run('dpkg', ['-x', join(apt, 'archives', file), directory])
  }
}
