/** The examples that run on the dependencies of this repository, with the packed package. `npm run hosts` installs all of them. */
import { globSync, readFileSync, rmSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { expect } from 'chai'
import { copyExample, examples, runExample } from './support/examples.ts'
import { consumer, ensurePacked, home, tarball } from './support/packed.ts'
import { openServices } from './support/services.ts'

const readText = (path: string): string => readFileSync(path, 'utf8')

describe('The examples', () => {
  it('are all run by `npm run hosts`', () => {
    expect(globSync('examples/*/package.json').map((path) => basename(dirname(path)))).to.have.members(
      Object.keys(examples),
    )
  })

  for (const name of Object.keys(examples)) {
    it(`${name} has a short README and depends on this version`, () => {
      const readme = readText(`examples/${name}/README.md`)
      expect(readme.trimEnd().split('\n')).to.have.lengthOf.at.most(20)
      expect(readme).to.contain(basename(tarball()))
      const { dependencies } = JSON.parse(readText(`examples/${name}/package.json`)) as {
        readonly dependencies: Readonly<Record<string, string>>
      }
      expect(dependencies['oidc-rekey']).to.equal(`file:../../${basename(tarball())}`)
    })
  }
})

describe('From the packed package', () => {
  const services = openServices()
  before(function () {
    this.timeout(120_000)
    ensurePacked()
  })

  after(() => services.close())

  for (const name of ['koa', 'express', 'commonjs', 'postgres'])
    it(`the example ${name} leads through both journeys and the console`, async () => {
      const folder = join(consumer, 'examples', name)
      rmSync(folder, { recursive: true, force: true })
      copyExample(name, folder)
      await runExample(name, folder, await services.environmentOf(name), home)
    })
})
