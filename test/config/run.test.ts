import { expect } from 'chai'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> }

describe('config/run.js', () => {
  it('runs a file with its arguments, as if it had been started directly', () => {
    const { stdout, status } = spawnSync(
      process.execPath,
      ['config/run.js', 'config/structure.js', 'views', '--only', 'many parameters'],
      { encoding: 'utf8' },
    )
    expect({ stdout, status }).to.deep.equal({ stdout: '', status: 0 })
    const unknown = spawnSync(process.execPath, ['config/run.js', 'config/structure.js', '--only', 'x'], {
      encoding: 'utf8',
    })
    expect(unknown.stderr).to.include('no rule "x"')
    expect(unknown.status).to.equal(1)
  })

  it('takes the place of the shell that npm starts, which would end alone at a signal and leave the server behind', () => {
    for (const name of ['start', 'cli']) expect(scripts[name]).to.match(/^exec node /)
  })

  it('is used by every script that runs a file of this repository', () => {
    for (const script of Object.values(scripts))
      for (const file of script.matchAll(/node (\S+)/g)) expect(file[1]).to.equal('config/run.js')
  })
})
