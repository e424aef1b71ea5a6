/** `npm run build`: dist, from nothing, so that no file of an earlier build is published. */
import { spawnSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')

rmSync(join(root, 'dist'), { recursive: true, force: true })
const tsc = join(root, 'node_modules/.bin/tsc')
const { status } = spawnSync(tsc, ['--project', 'config/tsconfig.build.json'], { cwd: root, stdio: 'inherit' })
process.exitCode = status ?? 1
