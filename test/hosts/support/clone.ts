/** A clone of this repository, installed by npm without its development packages, and by what its refusal says then. */
import { execFileSync, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { freePorts } from '../../support/server.ts'
import { startProcess } from './process.ts'

const quickly = ['--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error']

/** @param parent the folder in which the clone is made */
export async function runCloneModes(parent: string): Promise<void> {
  const folder = join(parent, 'clone')
  execFileSync('git', ['checkout-index', '--all', `--prefix=${folder}/`])
  const [port, samplePort] = await freePorts(2)
  const env = { ...process.env, PORT: `${port}`, SAMPLE_PORT: `${samplePort}` }
  // The worst settings that a machine may have; the remedy must overrule both.
  const hostile = { ...env, NODE_ENV: 'production', npm_config_ignore_scripts: 'true' }
  execFileSync('npm', ['ci', ...quickly], { cwd: folder, env: hostile, stdio: 'pipe' })
  const { status, stderr } = spawnSync('npm', ['start'], { cwd: folder, env, encoding: 'utf8' })
  const [, remedy = ''] = /run "([^"]+)"/.exec(stderr) ?? []
  if (status !== 1 || !remedy.startsWith('npm ci ')) throw new Error(`no remedy, exit code ${status}: ${stderr}`)
  execFileSync('npm', [...remedy.split(' ').slice(1), ...quickly], { cwd: folder, env: hostile, stdio: 'pipe' })
  const ready = `http://localhost:${port}/health/ready`
  const serving = await startProcess(['npm', 'start'], { cwd: folder, env, answers: ready })
  // npm itself ends by the signal that it passes on.
  await serving.stop()
}
