/**
 * The lists that contain a profile, each a sorted list (sortedLists.ts):
 *
 *   in:STATUS            its email
 *   tagged:STATUS:TAG    its email
 *   start:STATUS:START   its email and the rest of a word, for each word and its first one, two and three characters
 *   words:STATUS         each word and its email
 *
 * A search of up to three characters is one range of `start`. A longer one is one range of `words`, which is not in order of emails;
 * if it finds many, the list of its first three characters is read in order of emails instead, and the rest of each word is compared.
 * A list for each prefix of each word would take five times the memory.
 */
import type { ProfileKeys } from '../store.ts'
import { indexedWords, longestPrefix } from '../values.ts'
import type { Argument } from './server.ts'
import { ended } from './sortedLists.ts'

/** Longest start of a word that has a list. Characters. */
const longestStart = 3

/** Where a list is, and the profile's member of it. */
export interface Membership {
  readonly list: string
  readonly member: Argument
}

export interface ListNames {
  readonly profiles: (status: string) => string
  readonly tag: (status: string, tag: string) => string
  readonly startOfWord: (status: string, start: string) => string
  readonly words: (status: string) => string
}

const characters = (text: string): string[] => Array.from(text)

export function membershipsOf({ email, status, words, tags }: ProfileKeys, names: ListNames): Membership[] {
  const end = ended(email)
  const ofWord = (word: string): Membership[] => {
    const all = characters(word).slice(0, longestPrefix)
    const starts = all.slice(0, longestStart).map((_, n): Membership => ({
      list: names.startOfWord(status, all.slice(0, n + 1).join('')),
      member: Buffer.concat([end, Buffer.from(n + 1 < longestStart ? '' : all.slice(longestStart).join(''))]),
    }))
    const whole = { list: names.words(status), member: Buffer.concat([ended(all.join('')), Buffer.from(email)]) }
    return [...starts, whole]
  }
  const found = [
    { list: names.profiles(status), member: email },
    ...tags.map((tag) => ({ list: names.tag(status, tag), member: email })),
    ...indexedWords(words).flatMap(ofWord),
  ]
  return [...new Map(found.map((each) => [keyOf(each), each])).values()]
}

const keyOf = ({ list, member }: Membership): string => `${list} ${Buffer.from(member).toString('latin1')}`

/** The memberships of `these` that are not among `others`. */
export function without(these: readonly Membership[], others: readonly Membership[]): Membership[] {
  const excluded = new Set(others.map(keyOf))
  return these.filter((each) => !excluded.has(keyOf(each)))
}

/** The parts of a search, as arguments of the scripts. */
export function searchFor(search: string, after: string) {
  const all = characters(search).slice(0, longestPrefix)
  const rest = all.slice(longestStart).join('')
  return {
    start: all.slice(0, longestStart).join(''),
    rest,
    range: rest === '' ? ['', ''] : wordsThatBegin(all.join('')),
    /** Where the lists of starts go on. */
    afterInWords: after === '' ? '-' : Buffer.concat([Buffer.from('('), ended(after), Buffer.of(0xff)]),
  }
}

function wordsThatBegin(text: string): Argument[] {
  const start = ended(text).subarray(0, -1)
  return [Buffer.concat([Buffer.from('['), start]), Buffer.concat([Buffer.from('('), start, Buffer.of(0xff)])]
}
