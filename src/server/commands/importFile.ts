/** Reads a file of accounts, each entry with its first line: JSON Lines as a stream, YAML as one list. */
import { createReadStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { isMap, isNode, isSeq, LineCounter, parseDocument } from 'yaml'

export type Entry =
  { readonly line: number; readonly value: unknown } | { readonly line: number; readonly fault: string }

export function readEntries(path: string): AsyncIterable<Entry> {
  return /\.ya?ml$/i.test(path) ? yamlEntries(path) : jsonLines(path)
}

async function* jsonLines(path: string): AsyncIterable<Entry> {
  const input = createReadStream(path, 'utf8')
  let line = 0
  try {
    for await (const text of createInterface({ input, crlfDelay: Infinity })) {
      line += 1
      const bare = text.replace(/^\uFEFF/, '').trim()
      if (bare !== '') yield parseLine(line, bare)
    }
  } finally {
    input.destroy()
  }
}

function parseLine(line: number, text: string): Entry {
  try {
    return { line, value: JSON.parse(text) }
  } catch {
    // Not the parser's message: it quotes the line, which may contain a password.
    return { line, fault: 'is not JSON' }
  }
}

async function* yamlEntries(path: string): AsyncIterable<Entry> {
  const lineCounter = new LineCounter()
  const document = parseDocument(await readFile(path, 'utf8'), { lineCounter, prettyErrors: false })
  const lineAt = (offset: number) => lineCounter.linePos(offset).line
  for (const error of document.errors) yield { line: lineAt(error.pos[0]), fault: `is not YAML: ${error.code}` }
  if (document.errors.length > 0 || document.contents === null) return
  if (!isSeq(document.contents)) {
    yield { line: 1, fault: 'must be a list of accounts' }
    return
  }
  for (const item of document.contents.items) {
    const line = isNode(item) && item.range ? lineAt(item.range[0]) : 1
    yield { line, value: isMap(item) ? item.toJS(document) : null }
  }
}
