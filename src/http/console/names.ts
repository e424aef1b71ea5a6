/** Names of people for a page, each looked up once. */
import type { Services } from '../context.ts'

/** null stays null; whoever is gone keeps their id. */
export async function namesOf(
  services: Services,
  ids: readonly (string | null | undefined)[],
): Promise<(id: string | null) => string | null> {
  const known = [...new Set(ids.filter((id) => typeof id === 'string'))]
  const people = await Promise.all(known.map((id) => services.directory.find(id)))
  const names = new Map(known.map((id, index) => [id, people[index]?.name ?? id]))
  return (id) => (id === null ? null : (names.get(id) ?? id))
}
