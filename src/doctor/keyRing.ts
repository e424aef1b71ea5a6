/**
 * Whether the store is this installation's. At the first start a text is sealed into it with the newest key; later rings must open it, so
 * that another installation on the same store, or a lost key, is found before anything is written.
 */
import { createSealing, type SealingKey } from '../crypto/sealing.ts'
import { Unsealable } from '../errors.ts'
import type { Artefacts } from '../store/store.ts'
import type { Trouble } from './check.ts'

/** It stays in the store, without expiry. */
const KIND = 'Doctor'
const ID = 'rekey-doctor-keys'
const use = { for: 'doctor' } as const

export const KEY_RING_REMEDY =
  'Put the key back into the key ring, behind the newer ones. Another installation needs a database, a redis.prefix or a database.schema of its own'

/** What is wrong; null: the keys open what the store holds. Seals it anew when there is a newer key. */
export async function keyRingTrouble(
  artefacts: Pick<Artefacts, 'get' | 'add' | 'put'>,
  ring: readonly SealingKey[],
): Promise<Trouble | null> {
  const sealing = createSealing(ring, 'record')
  // Of two installations that start at once, one writes it and the other finds it.
  const isFirst = !(await artefacts.get(KIND, ID)) && (await artefacts.add(KIND, ID, sealing.seal(ID, use)))
  const stored = isFirst ? null : await artefacts.get(KIND, ID)
  if (!stored) return null
  try {
    const renewed = sealing.renew(stored.text, use)
    sealing.open(stored.text, use)
    if (renewed !== null) await artefacts.put(KIND, ID, renewed)
    return null
  } catch (error) {
    if (!(error instanceof Unsealable)) throw error
    const id = JSON.stringify(stored.text.split('.')[0])
    const whose = 'it belongs to another installation, or a key of this one is lost'
    return {
      found:
        error.reason === 'unknown-key'
          ? `keys lacks ${id}, with which data in the store is sealed: ${whose}`
          : `the key ${id} is another than that which sealed data in the store: ${whose}`,
    }
  }
}
