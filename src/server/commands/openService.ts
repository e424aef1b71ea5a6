/** The service for commands: assembled without sockets; every act goes through the same accounts. */
import { assemble, requireOwnStore } from '../assemble.ts'
import type { AdoptOptions, Rekey } from '../../index.ts'
import type { Service } from './command.ts'
import { outsideRequest } from '../../store/requestDeadline.ts'
import type { Configuration } from '../configuration/read.ts'

export async function openService(
  configuration: Configuration,
  { isRestoring } = { isRestoring: false },
): Promise<Service> {
  const service = await assemble(configuration)
  const { directory, clock, rekey, close } = service
  try {
    await requireOwnStore(service, isRestoring)
  } catch (error) {
    await close()
    throw error
  }
  return {
    accounts: directory,
    clock,
    // The record is created before the account: one that was never used is left from an interrupted import.
    adopt: importFactor(rekey, { refresh: true, unlisted: true }),
    replaceFactor: importFactor(rekey, { replace: true }),
    deleteAccount: (id) => rekey.forget(id),
    records: service.store.records,
    restored: (id, ended) => rekey.restored(id, ended),
    noteRestored: (id, reason) => rekey.noteRestored(id, reason),
    exportAudit: (span) => rekey.exportAudit(span),
    reseal: (id) => rekey.reseal(id),
    async resetFactor(id, reason) {
      const result = await outsideRequest(() => rekey.reset({ accountId: id, by: null, reason }))
      if (result.is === 'reset') return result.passwordByEmailAt
      const { refusal } = result
      if (refusal.is === 'setup-incomplete')
        throw new Error('not reset: no second factor was ever set up for this account')
      if (refusal.is === 'password-too-new')
        throw new Error(
          `not reset: setting up again takes the password and the mailed link, and a mailed link changed the password; possible from ${new Date(refusal.until * 1000).toISOString()}`,
        )
      throw new Error(`not reset: ${refusal.is.replaceAll('-', ' ')}`)
    },
    async close() {
      // Effects of a command (audit line, email) are dispatched before it ends, or later by the service.
      await rekey.idle()
      await close()
    },
  }
}

/** The import has judged the secret: what is refused here is the state of the record. */
const importFactor =
  (rekey: Rekey, mode: AdoptOptions): Service['adopt'] =>
  async (id, { secret, at }) => {
    const { refused } = await rekey.adopt([{ id, secret, enrolledAt: at }], { ...mode, allowShortSecrets: true })
    return refused[0]?.why
  }
