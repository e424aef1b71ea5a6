/**
 * `node config/structure.js [folder] [--only RULE,RULE]`: rules for src and test that compiler and linter do not have. One line per fault,
 * exit 1. A rule reads one parsed file (`file`) or all of them (`all`) and yields [line, what] or [path, line, what].
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { parseSync, visitorKeys } from 'oxc-parser'
import { mayImport } from './rooms.ts'
import { exempt, privateWords } from './privateWords.js'

const MAX_FILE_LINES = 250
const MAX_FUNCTION_LINES = 60
const MAX_PARAMETERS = 4

const functions = new Set(['FunctionDeclaration', 'FunctionExpression', 'ArrowFunctionExpression'])
const signatures = new Set([
  'TSDeclareFunction',
  'TSFunctionType',
  'TSMethodSignature',
  'TSCallSignatureDeclaration',
  'TSEmptyBodyFunctionExpression',
])
const isSource = (file) => file.path.startsWith('src/')

export const rules = {
  'import circle': { all: circles },
  'closed room': { all: crossings },
  'private word in a file name': { file: namedFile },
  'private word': { file: namedThings },
  'long file': { file: (file) => (isSource(file) && file.lines > MAX_FILE_LINES ? [[1, `${file.lines} lines`]] : []) },
  'long function': { file: longFunctions },
  'many parameters': { file: manyParameters },
  'top-level await': { file: topLevelAwaits },
}

function* circles(files) {
  for (const component of components(files)) {
    const start = component.toSorted()[0]
    const path = pathAround(start, new Set(component), files)
    yield [start, files.get(start).imports.find(({ to }) => to === path[1]).line, path.join(' → ')]
  }
}

/** Files that reach each other (Tarjan), types included. */
function components(files) {
  const found = []
  const order = new Map()
  const low = new Map()
  const stack = []
  function search(path) {
    order.set(path, order.size)
    low.set(path, order.get(path))
    stack.push(path)
    for (const { to } of files.get(path).imports) {
      if (!order.has(to)) search(to)
      if (stack.includes(to)) low.set(path, Math.min(low.get(path), low.get(to)))
    }
    if (low.get(path) !== order.get(path)) return
    const component = stack.splice(stack.indexOf(path))
    if (component.length > 1 || files.get(path).imports.some(({ to }) => to === path)) found.push(component)
  }
  for (const path of files.keys()) if (isSource({ path }) && !order.has(path)) search(path)
  return found
}

/** The shortest path from a file back to itself, within its component. */
function pathAround(start, component, files) {
  const queue = [[start]]
  const seen = new Set()
  for (const path of queue)
    for (const { to } of files.get(path.at(-1)).imports) {
      if (to === start) return [...path, to]
      if (component.has(to) && !seen.has(to)) {
        seen.add(to)
        queue.push([...path, to])
      }
    }
  return [start, start]
}

function* crossings(files) {
  for (const { path, imports } of files.values()) {
    if (!isSource({ path })) continue
    const room = roomOf(path)
    const allowed = mayImport[room]
    if (!allowed) yield [path, 1, 'is in no room of config/rooms.ts']
    else
      for (const { to, line } of imports)
        if (![room, ...allowed].some((item) => item === '*' || item === roomOf(to) || `src/${item}.ts` === to))
          yield [path, line, `${room} imports ${to}`]
  }
}

/** The longest row of the table that is a prefix of the path. */
function roomOf(path) {
  const name = path.replace(/^src\//, '').replace(/\.\w+$/, '')
  const rooms = Object.keys(mayImport).filter((room) => `${name}/`.startsWith(`${room}/`))
  return rooms.toSorted((a, b) => b.length - a.length)[0]
}

/** `createRPList2_of` → create, rp, list2, of. */
const wordsOf = (name) =>
  name
    .replace(/([a-z\d])([A-Z])|([A-Z])(?=[A-Z][a-z])/g, '$1$3 $2')
    .toLowerCase()
    .split(/[^a-z\d]+/)
    .filter(Boolean)

/** The private word in a name, if any. Some words are private in names of functions only. */
function privateWordIn(name, path, isFunction = false) {
  if (exempt.includes(name)) return undefined
  const all = ` ${wordsOf(name).join(' ')} `
  return privateWords.find(({ word, only, whole, functionsOnly, not = [] }) => {
    if (only && !path.startsWith(only)) return false
    if (functionsOnly && !isFunction) return false
    const rest = not.reduce((text, phrase) => text.replaceAll(` ${phrase} `, '  '), all)
    return whole ? rest.trim() === word : rest.includes(` ${word} `) || rest.includes(` ${word}s `)
  })
}
const instead = ({ word, instead: better }) => `"${word}": say ${better}`

function namedFile({ path }) {
  const parts = path.split('/').slice(1)
  for (const part of parts) {
    const found = privateWordIn(part.replace(/\.(test\.)?\w+$/, ''), path)
    if (found) return [[1, `${part}: ${instead(found)}`]]
  }
  return []
}

function* namedThings({ path, nodes, lineOf }) {
  const seen = new Set()
  for (const { node, parent, key } of nodes) {
    const name = declaredName(node, parent, key)
    if (name === undefined || seen.has(`${node.start}`)) continue
    seen.add(`${node.start}`)
    const isFunction = key === 'id' && (functions.has(parent.type) || functions.has(parent.init?.type))
    const found = privateWordIn(name, path, isFunction)
    if (found) yield [lineOf(node.start), `${name}: ${instead(found)}`]
  }
}

const memberTypes = new Set([
  'TSPropertySignature',
  'TSMethodSignature',
  'PropertyDefinition',
  'MethodDefinition',
  'TSEnumMember',
  'AccessorProperty',
])
const bindings = new Set(['ArrayPattern', 'RestElement'])

/** The name that this node declares; undefined: none, or the name of an existing property or import. */
function declaredName(node, parent, key) {
  if (node.type === 'PrivateIdentifier') return key === 'key' ? node.name : undefined
  if (node.type !== 'Identifier' || !parent) return undefined
  const declares =
    (key === 'id' && !parent.type.startsWith('TSImport')) ||
    key === 'params' ||
    key === 'param' ||
    bindings.has(parent.type) ||
    (key === 'key' && memberTypes.has(parent.type) && !parent.computed) ||
    (key === 'key' && parent.type === 'Property' && !parent.computed && parent.isObject) ||
    (key === 'value' && parent.type === 'Property' && !parent.isObject) ||
    (key === 'left' && parent.type === 'AssignmentPattern') ||
    (key === 'local' && parent.imported?.name !== node.name) ||
    (key === 'name' && parent.type === 'TSTypeParameter')
  return declares ? node.name : undefined
}

/** A `describe` of a contract that hosts run: as long as its tests. */
const isContract = ({ path }) => /^src\/testing\/\w+Contract\//.test(path)

function* longFunctions(file) {
  if (!isSource(file) || isContract(file)) return
  for (const { node } of file.nodes) {
    if (!functions.has(node.type)) continue
    const first = file.lineOf(node.start)
    const lines = file.lineOf(node.end) - first + 1
    if (lines > MAX_FUNCTION_LINES) yield [first, `a function of ${lines} lines`]
  }
}

/** It would keep a host from loading the package by `require()`. Programs are not loaded. */
const isProgram = ({ path }) => path === 'src/main.ts' || path === 'src/cli.ts'

function* topLevelAwaits(file) {
  if (!isSource(file) || isProgram(file)) return
  const bodies = file.nodes.filter(({ node }) => functions.has(node.type)).map(({ node }) => node)
  for (const { node } of file.nodes) {
    if (node.type !== 'AwaitExpression' && !(node.type === 'ForOfStatement' && node.await)) continue
    if (!bodies.some(({ start, end }) => start < node.start && node.end <= end))
      yield [file.lineOf(node.start), 'await']
  }
}

function* manyParameters(file) {
  for (const { node } of file.nodes) {
    if (!functions.has(node.type) && !signatures.has(node.type)) continue
    const count = (node.params ?? []).length
    if (count > MAX_PARAMETERS) yield [file.lineOf(node.start), `${count} parameters in a row`]
  }
}

/** Parses a file for the rules. */
function readSource(path, text) {
  const { program, module, errors } = parseSync(path, text)
  if (errors.length > 0) throw new Error(`${path}: ${errors[0].message}`)
  const starts = [0, ...[...text.matchAll(/\n/g)].map(({ index }) => index + 1)]
  const lineOf = (position) => starts.findLastIndex((start) => start <= position) + 1
  const nodes = []
  const collect = (node, parent, key) => {
    if (node.type === 'ObjectExpression') for (const property of node.properties) property.isObject = true
    nodes.push({ node, parent, key })
    for (const child of visitorKeys[node.type] ?? [])
      for (const below of [node[child]].flat()) if (below?.type) collect(below, node, child)
  }
  collect(program)
  const specifiers = [
    ...module.staticImports.map((item) => [item.moduleRequest.value, item.start]),
    ...module.staticExports.flatMap(({ start, entries }) =>
      entries.filter((item) => item.moduleRequest).map((item) => [item.moduleRequest.value, start]),
    ),
    ...nodes
      .filter(({ node }) => node.type === 'ImportExpression' || node.type === 'TSImportType')
      .map(({ node }) => [(node.source ?? node.argument)?.value, node.start]),
  ]
  const imports = specifiers
    .filter(([from]) => from?.startsWith('.'))
    .map(([from, start]) => ({ to: normalize(join(dirname(path), from)), line: lineOf(start) }))
  return { path, lines: starts.length - (text.endsWith('\n') ? 1 : 0), nodes, lineOf, imports }
}

/** Every fault of these files against the named rules, as `path:line: rule: what`. */
function faultsOf(sources, names) {
  const files = new Map(sources.map((file) => [file.path, file]))
  for (const file of sources) file.imports = file.imports.filter(({ to }) => files.has(to))
  return names.flatMap((name) => {
    if (!Object.hasOwn(rules, name)) throw new Error(`no rule "${name}"; there are: ${Object.keys(rules).join(', ')}`)
    const { file: check, all } = rules[name]
    if (all) return [...all(files)].map(([path, line, what]) => `${path}:${line}: ${name}: ${what}`)
    return sources.flatMap((file) => [...check(file)].map(([line, what]) => `${file.path}:${line}: ${name}: ${what}`))
  })
}

function read(root) {
  const files = ['src', 'test']
    .filter((folder) => existsSync(join(root, folder)))
    .flatMap((folder) => readdirSync(join(root, folder), { recursive: true }).map((path) => join(folder, path)))
  const code = files.filter((path) => /\.[jt]s$/.test(path)).toSorted()
  return code.map((path) => readSource(path, readFileSync(join(root, path), 'utf8')))
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values, positionals } = parseArgs({ options: { only: { type: 'string' } }, allowPositionals: true })
  const names = values.only?.split(',') ?? Object.keys(rules)
  const faults = faultsOf(read(resolve(positionals[0] ?? join(import.meta.dirname, '..'))), names)
  for (const fault of faults) console.log(fault)
  process.exitCode = faults.length > 0 ? 1 : 0
}
