/** Names of people, each looked up once. */
import type { Services } from '../context.ts'

/** null stays null; the id stands for a person who is not in the directory. */
export async function namesOf(
  services: Services,
  ids: readonly (string | null | undefined)[],
): Promise<(id: string | null) => string | null> {
  const known = [...new Set(ids.filter((id) => typeof id === 'string'))]
  const people = await Promise.all(known.map((id) => services.directory.find(id)))
  const names = new Map(known.map((id, index) => [id, people[index]?.name ?? id]))
  return (id) => (id === null ? null : (names.get(id) ?? id))
}
