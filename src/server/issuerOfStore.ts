/** Two installations with the same keys on one database send each other's emails, with links to the wrong address. The issuer distinguishes them. */
import type { Store } from '../index.ts'
import type { Configuration } from './configuration/configuration.ts'

/** It stays in the store, without expiry. */
const KIND = 'Doctor'
const ID = 'rekey-doctor-issuer'

/** Keeps the issuer in the store, and warns when it was another one. An operator may have moved to another name, so that nothing is refused. */
export async function noteIssuer(
  { artefacts }: Pick<Store, 'artefacts'>,
  { issuer }: Pick<Configuration, 'issuer'>,
  warn: (line: string) => void,
): Promise<void> {
  const stored = await artefacts.get(KIND, ID)
  if (stored?.text === issuer) return
  await artefacts.put(KIND, ID, issuer)
  if (stored)
    warn(
      `the store was used for the issuer ${stored.text} before, now it is ${issuer}: if both are in use, give one a database, a redis.prefix or a ` +
        'database.schema of its own, or each sends the emails of the other, with links to itself',
    )
}
