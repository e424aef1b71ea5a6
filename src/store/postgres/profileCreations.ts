/** Creates profiles: one, or many in one statement. */
import type { ProfileKeys } from '../store.ts'
import { prefixesOf } from '../values.ts'
import { Batch } from './batch.ts'
import type { Connections, Value } from './connections.ts'
import { encode } from './text.ts'

/** What a swap saw: `t` or `f`. */
export interface Swapped {
  readonly saved: string
  readonly expected: string
  readonly taken: string
}

export interface Creation {
  readonly id: string
  readonly text: string
  readonly keys: ProfileKeys
}

export const valuesOf = ({ id, text, keys }: Creation): Value[] => [
  id,
  text,
  keys.email,
  keys.status,
  [...prefixesOf(keys.words)],
  [...keys.tags],
]

export function outcomeOf([row]: readonly Swapped[]): boolean | 'taken' {
  if (row?.saved === 't') return true
  return row?.expected === 't' && row.taken === 't' ? 'taken' : false
}

interface Tables {
  readonly profiles: string
  readonly prefixes: string
  readonly tags: string
}

export function createProfileCreations(connections: Connections, tables: Tables): Batch<Creation, boolean | 'taken'> {
  const alone = async (creation: Creation): Promise<boolean | 'taken'> =>
    outcomeOf((await connections.query<Swapped>(creationOf(tables), valuesOf(creation))).rows)
  return new Batch({
    keysOf: ({ id, keys }) => [`id ${id}`, `email ${keys.email}`],
    alone,
    // What meets another id or email is looked at alone: the answer depends on which.
    async together(creations) {
      const created = await createAll(connections, tables, creations)
      return Promise.all(creations.map(async (creation) => created.has(creation.id) || alone(creation)))
    },
  })
}

/** The ids of those that were created. */
async function createAll(
  connections: Connections,
  tables: Tables,
  creations: readonly Creation[],
): Promise<ReadonlySet<string>> {
  const json = (texts: Iterable<string>): string => JSON.stringify([...texts].map(encode))
  const { rows } = await connections.query<{ readonly id: string }>(creationOfAll(tables), [
    creations.map(({ id }) => id),
    creations.map(({ text }) => text),
    creations.map(({ keys }) => keys.email),
    creations.map(({ keys }) => keys.status),
    creations.map(({ keys }) => json(prefixesOf(keys.words))),
    creations.map(({ keys }) => json(keys.tags)),
  ])
  return new Set(rows.map(({ id }) => id))
}

function creationOf({ profiles, prefixes, tags }: Tables): string {
  return `WITH other AS (SELECT FROM ${profiles} WHERE email = $3 AND id <> $1),
    saved AS (
      INSERT INTO ${profiles} (id, version, text, email, status, prefixes, tags)
      SELECT $1, 1, $2, $3, $4, $5, $6 WHERE NOT EXISTS (SELECT FROM other) ON CONFLICT (id) DO NOTHING RETURNING 1),
    added AS (
      INSERT INTO ${prefixes} (prefix, status, email)
      SELECT unnest($5::text[]), $4, $3 FROM saved ON CONFLICT DO NOTHING RETURNING 1),
    tagged AS (
      INSERT INTO ${tags} (tag, status, email)
      SELECT unnest($6::text[]), $4, $3 FROM saved ON CONFLICT DO NOTHING RETURNING 1)
    SELECT EXISTS (SELECT FROM saved) AS saved, EXISTS (SELECT FROM other) AS taken,
      NOT EXISTS (SELECT FROM ${profiles} WHERE id = $1) AS expected`
}

function creationOfAll({ profiles, prefixes, tags }: Tables): string {
  const listOf = (column: string) => `ARRAY(SELECT json_array_elements_text(${column}::json))`
  return `WITH given AS (
      SELECT id, text, email, status, ${listOf('prefixes')} AS prefixes, ${listOf('tags')} AS tags
      FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[])
        AS all_given (id, text, email, status, prefixes, tags)),
    saved AS (
      INSERT INTO ${profiles} (id, version, text, email, status, prefixes, tags)
      SELECT id, 1, text, email, status, prefixes, tags FROM given ON CONFLICT DO NOTHING
      RETURNING id, email, status, prefixes, tags),
    added AS (
      INSERT INTO ${prefixes} (prefix, status, email)
      SELECT unnest(prefixes), status, email FROM saved ON CONFLICT DO NOTHING RETURNING 1),
    tagged AS (
      INSERT INTO ${tags} (tag, status, email)
      SELECT unnest(tags), status, email FROM saved ON CONFLICT DO NOTHING RETURNING 1)
    SELECT id FROM saved`
}
