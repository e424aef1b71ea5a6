/** Reads the documents for the tests that compare them with the code. */
import { readdirSync, readFileSync } from 'node:fs'

export const root = new URL('../../', import.meta.url)

export interface Document {
  readonly path: string
  readonly text: string
}

export const read = (path: string): Document => ({ path, text: readFileSync(new URL(path, root), 'utf8') })

export const page = (name: string): string => read(`docs/${name}.md`).text

export const documents: readonly Document[] = [
  read('README.md'),
  read('CHANGELOG.md'),
  read('src/README.md'),
  ...readdirSync(new URL('docs', root)).map((name) => read(`docs/${name}`)),
]

/** The part below a heading, up to the next heading of that level or above. */
export function section(text: string, heading: string): string {
  const part = text.split(`\n## ${heading}\n`)[1]
  if (part === undefined) throw new Error(`there is no heading "${heading}"`)
  return part.split('\n## ')[0] ?? ''
}

/** The code spans in one column of the tables; the first is 0. */
export const listed = (text: string, column = 0): string[] =>
  text
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .flatMap((line) => [...(line.slice(2).split(' | ')[column] ?? '').matchAll(/`([^`]+)`/g)])
    .map(([, name = '']) => name)
