/** Names that src declares, read from its text, so that a test can compare a document with a type. */
import { readdirSync, readFileSync } from 'node:fs'
import { type Statement, parseSync, type TSInterfaceDeclaration, type TSType } from 'oxc-parser'
import { root } from './pages.ts'

const source = new URL('src/', root)
const declarations: readonly Statement[] = readdirSync(source, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts'))
  .flatMap((path) => parseSync(path, readFileSync(new URL(path, source), 'utf8')).program.body)
  .flatMap((statement) =>
    statement.type === 'ExportNamedDeclaration' && statement.declaration ? [statement.declaration] : [statement],
  )

/** The strings of a union, those of the unions it names included. */
export function membersOf(name: string): string[] {
  const type = declarations.find((item) => item.type === 'TSTypeAliasDeclaration' && item.id.name === name)
  if (type?.type !== 'TSTypeAliasDeclaration') throw new Error(`src declares no type ${name}`)
  return stringsOf(type.typeAnnotation)
}

function stringsOf(type: TSType): string[] {
  if (type.type === 'TSUnionType') return type.types.flatMap(stringsOf)
  if (type.type === 'TSTypeReference' && type.typeName.type === 'Identifier') return membersOf(type.typeName.name)
  if (type.type === 'TSLiteralType' && type.literal.type === 'Literal') return [String(type.literal.value)]
  throw new Error(`cannot read ${type.type}`)
}

/** Properties and methods of an interface. */
export function keysOf(name: string): string[] {
  const found = declarations.find(
    (item): item is TSInterfaceDeclaration => item.type === 'TSInterfaceDeclaration' && item.id.name === name,
  )
  if (!found) throw new Error(`src declares no interface ${name}`)
  return found.body.body.flatMap((member) =>
    (member.type === 'TSPropertySignature' || member.type === 'TSMethodSignature') && member.key.type === 'Identifier'
      ? [member.key.name]
      : [],
  )
}
