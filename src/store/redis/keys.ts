/**
 * All keys. Keys that change together share a hash tag, `{…}`, so that one script can change them on a cluster; the others do not,
 * so that they spread over the nodes.
 *
 *   {NN}:record:ID           version operation, text on a line   {NN}:due                        zset  id by wakeAt
 *   artefact:KIND:ID         hash  text, names, expiresAt,       uid:KIND:VALUE                  id
 *                                  takenAt?, takenBy?            userCode:KIND:VALUE             id
 *   grant:KIND:ID            zset  artefact id by expiresAt      account:KIND:ID                 likewise
 *   {profiles}:person:ID     version operation, keys, text       {profiles}:emails               hash  id by email
 *                                  on a line each                {profiles}:statuses             set
 *   {profiles}:in:STATUS     sorted list, see profileIndex.ts    {profiles}:words:STATUS         likewise
 *   {profiles}:start:STATUS:START  likewise                      {profiles}:tagged:STATUS:TAG    likewise
 *   {audit}:entries:N        list  entries, see journal.ts       {audit}:count                   arrivals; {mailbox} too
 *   {audit}:index            sorted list  names by tag           {audit}:ids                     likewise, by id
 *   counter:NAME             hash  count, until, operation
 *   format                   the number of this table           probe, probe:N                empty after the start
 */

/** Shards of the records. Must never change: it decides the key of every record. */
const shards = 64

export type Keys = ReturnType<typeof keysUnder>

export function keysUnder(prefix: string) {
  if (/[{}]/.test(prefix)) throw new TypeError('a prefix of Redis keys must not contain braces')
  // The last part may be any string; the parts before it must not contain a colon.
  const part = encodeURIComponent
  return {
    prefix,
    format: `${prefix}format`,
    probe: `${prefix}probe`,
    record: (id: string) => `${prefix}{${shardOf(id)}}:record:${id}`,
    due: (shard: string) => `${prefix}{${shard}}:due`,
    artefact: (kind: string, id: string) => `${prefix}artefact:${part(kind)}:${id}`,
    unique: (kind: string, index: 'uid' | 'userCode', value: string) => `${prefix}${index}:${part(kind)}:${value}`,
    ofGrant: (kind: string, id: string) => `${prefix}grant:${part(kind)}:${id}`,
    ofAccount: (kind: string, id: string) => `${prefix}account:${part(kind)}:${id}`,
    profile: (id: string) => `${prefix}{profiles}:person:${id}`,
    emails: `${prefix}{profiles}:emails`,
    statuses: `${prefix}{profiles}:statuses`,
    // Names of sorted lists: no part contains a slash.
    profiles: (status: string) => `${prefix}{profiles}:in:${part(status)}`,
    startOfWord: (status: string, start: string) => `${prefix}{profiles}:start:${part(status)}:${part(start)}`,
    words: (status: string) => `${prefix}{profiles}:words:${part(status)}`,
    tag: (status: string, tag: string) => `${prefix}{profiles}:tagged:${part(status)}:${part(tag)}`,
    counter: (of: string) => `${prefix}counter:${of}`,
    journal: (journal: string) => {
      const start = `${prefix}{${journal}}:`
      return { count: `${start}count`, index: `${start}index`, ids: `${start}ids`, entries: `${start}entries:` }
    },
  }
}

export const everyShard = Array.from({ length: shards }, (_, number) => name(number))

/** FNV-1a of the UTF-8 bytes. @see http://www.isthe.com/chongo/tech/comp/fnv/ */
export function shardOf(id: string): string {
  let hash = 0x811c9dc5
  for (const byte of Buffer.from(id)) hash = Math.imul(hash ^ byte, 0x01000193)
  return name((hash >>> 0) % shards)
}

function name(shard: number): string {
  return String(shard).padStart(2, '0')
}
