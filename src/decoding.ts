/**
 * The only decoder of bytes that come from elsewhere: files, standard input, bodies, percent-encoding. Bytes that are not UTF-8 are a
 * fault, never U+FFFD. A byte order mark is skipped.
 */
import { isUtf8 } from 'node:buffer'
import { createReadStream, readFileSync } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'

const NEWLINE = 0x0a
const PERCENT = 0x25
const decoder = new TextDecoder('utf-8')

/** What is wrong with these bytes as text; null: nothing. Never their content, which may be a secret. */
export function textFault(bytes: Uint8Array, firstLine = 1): string | null {
  if (isUtf8(bytes) && !bytes.includes(0)) return null
  if (isCompressed(bytes)) return 'is compressed: unpack it'
  if (isUtf16(bytes)) return 'is UTF-16: save it as UTF-8'
  const { line, hasNul } = firstBadLine(bytes, firstLine)
  return hasNul ? `line ${line} contains a NUL byte` : `line ${line} is not UTF-8: save it as UTF-8`
}

/** @throws TypeError of one line that names the source and what is wrong with it */
export function decodeText(bytes: Uint8Array, source: string): string {
  const fault = textFault(bytes)
  if (fault !== null) throw new TypeError(`${source}: ${fault}`)
  return decoder.decode(bytes)
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or folder',
  ENOTDIR: 'a part of its path is no folder',
  EISDIR: 'it is a folder, not a file',
  EACCES: 'this user may not read it',
  EPERM: 'this user may not read it',
  EMFILE: 'this process has too many open files',
}

/** Why the system did not open or read a file, without the names of its errors where there are words for them. */
export function whyUnreadable(error: unknown): string {
  const { code = '', message = String(error) } = error as Partial<NodeJS.ErrnoException>
  return reasons[code] ?? (code || message)
}

export const readText = async (path: string | URL): Promise<string> => decodeText(await readFile(path), nameOf(path))

export const readTextSync = (path: string | URL): string => decodeText(readFileSync(path), nameOf(path))

const percentEncoded = /%([\da-f]{2})/gi
const byteOf = (_: string, hex: string): string => String.fromCharCode(Number.parseInt(hex, 16))

/** Anything but printable ASCII, also percent-encoded. */
const beyondAscii = /[^ -~]|%[89a-f]/i

/** Whether a query or the body of a form is UTF-8, also once its percent-encoding is decoded. */
export function isFormText(given: Uint8Array | string): boolean {
  if (!beyondAscii.test(typeof given === 'string' ? given : Buffer.from(given).toString('latin1'))) return true
  const bytes = Buffer.from(given)
  if (!isUtf8(bytes) || bytes.includes(0)) return false
  return (
    !bytes.includes(PERCENT) || isUtf8(Buffer.from(bytes.toString('latin1').replace(percentEncoded, byteOf), 'latin1'))
  )
}

/** Node replaces bytes of an argument or an environment variable that are not UTF-8 by this character. */
export const isReplaced = (text: string): boolean => text.includes('\uFFFD')

/** Some lines of a file, whole, with their newlines. */
export interface Block {
  readonly text: string
  readonly firstLine: number
}

/**
 * Reads a file in blocks. All of it is judged before the first block: a fault in its last line leaves nothing half done.
 *
 * @throws TypeError as `decodeText`
 */
export async function* readBlocks(path: string): AsyncGenerator<Block> {
  // A pipe can be read once.
  const isPipe = !(await stat(path)).isFile()
  const kept: Block[] = []
  for await (const block of decodedBlocks(path)) if (isPipe) kept.push(block)
  yield* isPipe ? kept : decodedBlocks(path)
}

async function* decodedBlocks(path: string): AsyncGenerator<Block> {
  let firstLine = 1
  let rest: Buffer = Buffer.alloc(0)
  const decoded = (bytes: Buffer): Block => {
    const fault = textFault(bytes, firstLine)
    if (fault !== null) throw new TypeError(`${path}: ${fault}`)
    const text = firstLine === 1 ? decoder.decode(bytes) : bytes.toString()
    const block = { text, firstLine }
    firstLine += newlinesIn(bytes)
    return block
  }
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    const end = chunk.lastIndexOf(NEWLINE) + 1
    if (end > 0) yield decoded(Buffer.concat([rest, chunk.subarray(0, end)]))
    rest = end > 0 ? chunk.subarray(end) : Buffer.concat([rest, chunk])
  }
  if (rest.length > 0) yield decoded(rest)
}

/** gzip, or zip, which spreadsheets are too: RFC 1952 §2.3.1, APPNOTE 4.3.7. */
const isCompressed = ([first, second, third]: Uint8Array): boolean =>
  (first === 0x1f && second === 0x8b) || (first === 0x50 && second === 0x4b && third === 0x03)

/** By its mark, or by a NUL in most pairs of its first bytes, as ASCII has in UTF-16. */
function isUtf16(bytes: Uint8Array): boolean {
  const [first, second] = bytes
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) return true
  const start = bytes.subarray(0, 512)
  return start.filter((byte) => byte === 0).length * 3 > start.length
}

function firstBadLine(bytes: Uint8Array, firstLine: number): { line: number; hasNul: boolean } {
  let line = firstLine
  for (let start = 0; start <= bytes.length; line++) {
    const newline = bytes.indexOf(NEWLINE, start)
    const end = newline < 0 ? bytes.length : newline
    const part = bytes.subarray(start, end)
    if (!isUtf8(part) || part.includes(0)) return { line, hasNul: isUtf8(part) }
    start = end + 1
  }
  return { line, hasNul: false }
}

function newlinesIn(bytes: Uint8Array): number {
  let count = 0
  for (const byte of bytes) if (byte === NEWLINE) count += 1
  return count
}

const nameOf = (path: string | URL): string => (typeof path === 'string' ? path : path.pathname)
