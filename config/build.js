/** `npm run build`: dist, from nothing, so that no file of an earlier build is published. */
import { spawnSync } from 'node:child_process'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')

rmSync(join(root, 'dist'), { recursive: true, force: true })
const tsc = join(root, 'node_modules/.bin/tsc')
const { status } = spawnSync(tsc, ['--project', 'config/tsconfig.build.json'], { cwd: root, stdio: 'inherit' })
if (status !== 0) throw new Error('the build has failed')

// A declaration that imports JSON compiles in one of the three ways to resolve modules: the keys are written out instead.
const messages = join(root, 'dist/i18n/messages.d.ts')
const [importing, keys] = [/^import en from .*\n/m, 'keyof typeof en']
const declared = readFileSync(messages, 'utf8')
if (!importing.test(declared) || !declared.includes(keys)) throw new Error(`${messages} is not what it was`)
const union = Object.keys(JSON.parse(readFileSync(join(root, 'views/locales/en.json'), 'utf8'))).map(
  (key) => `'${key}'`,
)
writeFileSync(messages, declared.replace(importing, '').replaceAll(keys, union.join(' | ')))
