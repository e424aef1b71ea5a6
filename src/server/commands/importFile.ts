/** Reads a file of accounts, each entry with its first line: JSON Lines as a stream, a JSON array or a YAML list whole. */
import { isMap, isNode, isSeq, LineCounter, parseDocument } from 'yaml'
import { type Block, readBlocks, readText } from '../../decoding.ts'

export type Entry =
  { readonly line: number; readonly value: unknown } | { readonly line: number; readonly fault: string }

/** Throws before the first entry if a byte of the file is not UTF-8. */
export function readEntries(path: string): AsyncIterable<Entry> {
  return /\.ya?ml$/i.test(path) ? yamlEntries(path) : jsonEntries(path)
}

async function* jsonEntries(path: string): AsyncIterable<Entry> {
  const blocks = readBlocks(path)
  for await (const block of blocks) {
    // An entry is an object, so that a list can only be the whole file.
    if (block.firstLine === 1 && /^\s*\[/.test(block.text)) {
      const parts = [block.text]
      for await (const { text } of blocks) parts.push(text)
      yield* arrayEntries(parts.join(''))
      return
    }
    const mistake = block.firstLine === 1 ? mistakeOf(block.text) : null
    if (mistake !== null) {
      yield mistake
      return
    }
    yield* lineEntries(block)
  }
}

/** A file of another kind: one fault, not one for each of its lines. null: its first entry is an object, or a bad one. */
function mistakeOf(text: string): Entry | null {
  const index = text.search(/\S/)
  const line = text.slice(0, Math.max(index, 0)).split('\n').length
  if (index >= 0 && text.charAt(index) !== '{')
    return {
      line,
      fault: 'is neither JSON Lines nor a JSON list; YAML is read from a file named .yaml, CSV is not read',
    }
  return /^\s*\{[ \t]*\r?\n/.test(text)
    ? { line, fault: 'begins an object that ends on another line: one account is one line, or an item of a JSON list' }
    : null
}

function* lineEntries({ text, firstLine }: Block): Iterable<Entry> {
  for (const [index, line] of text.split(/\r?\n|\r/).entries())
    if (line.trim() !== '') yield parseLine(firstLine + index, line)
}

function parseLine(line: number, text: string): Entry {
  try {
    return { line, value: JSON.parse(text.trim()) }
  } catch {
    // Not the parser's message: it quotes the line, which may contain a password.
    return { line, fault: 'is not JSON' }
  }
}

function* arrayEntries(text: string): Iterable<Entry> {
  const parsed = parseLine(1, text)
  if ('fault' in parsed) yield { line: 1, fault: 'begins as a JSON list and is not JSON' }
  else {
    const lines = linesOfItems(text)
    for (const [index, value] of (parsed.value as unknown[]).entries()) yield { line: lines[index] ?? 1, value }
  }
}

/** The line on which each item of a valid JSON list begins. */
function linesOfItems(text: string): number[] {
  const lines: number[] = []
  let [line, depth, isItemNext] = [1, 0, false]
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|[[\]{},\n]|[^\s"[\]{},]+/g)) {
    if (token === '\n') line += 1
    else {
      if (isItemNext && token !== ']') lines.push(line)
      isItemNext = (depth === 0 && token === '[') || (depth === 1 && token === ',')
      if (token === '[' || token === '{') depth += 1
      if (token === ']' || token === '}') depth -= 1
    }
  }
  return lines
}

async function* yamlEntries(path: string): AsyncIterable<Entry> {
  const lineCounter = new LineCounter()
  const document = parseDocument(await readText(path), { lineCounter, prettyErrors: false })
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
