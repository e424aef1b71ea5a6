import { expect } from 'chai'
import { readFile } from 'node:fs/promises'
import { parse } from 'yaml'
import { keysOf } from '../../src/server/configuration/faults.ts'
import { file } from '../../src/server/configuration/schema.ts'
import { configurationFixture } from './configurationFixture.ts'

const example = 'config/production.example.yaml'

describe('The configuration', () => {
  const { read, production } = configurationFixture()

  it('has every key explained in the example for production', async () => {
    const text = await readFile(example, 'utf8')
    const everything = parse(text.replace(/^(\s*)#(?=\w+:)/gm, '$1').replace(/^legal_links: \[\]$/m, ''), {
      uniqueKeys: false,
    }) as unknown
    const known = keysOf(file).filter((key) => !/jwks\./.test(key))
    expect(namesIn(everything).filter((key) => !/jwks\./.test(key))).to.have.members(known)
  })

  it('has the defaults of the code in that example, which production accepts', async () => {
    const environment = await production()
    const text = await readFile(example, 'utf8')
    const own = text.replace(/(client_secret: )replace-me\S+/, `$1${environment['COOKIE_KEYS']}`)
    const { clients: shown, ...stated } = await read(own, environment)
    const { clients: none, ...defaults } = await read('demo: false', environment)
    expect(stated).to.deep.equal(defaults)
    expect([shown.length, none.length]).to.deep.equal([1, 0])
  })
})

/** Dotted names of all keys of a tree, as `keysOf` gives them for the schema. */
function namesIn(tree: unknown, prefix = ''): string[] {
  if (Array.isArray(tree)) return [...new Set(tree.flatMap((item) => namesIn(item, `${prefix}[]`)))]
  if (tree === null || typeof tree !== 'object') return []
  return Object.entries(tree).flatMap(([key, value]) => {
    const name = prefix ? `${prefix}.${key}` : key
    return [name, ...namesIn(value, name)]
  })
}
