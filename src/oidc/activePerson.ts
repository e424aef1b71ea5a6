/** Whether a person may use a session or a token: the account of a disabled or deleted person has none, whatever was issued before. */
import type { Directory, Person } from '../ports.ts'

export async function activePerson(directory: Pick<Directory, 'find'>, id: string): Promise<Person | null> {
  const person = await directory.find(id)
  return person?.status === 'active' ? person : null
}
