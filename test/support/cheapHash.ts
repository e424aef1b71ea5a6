/** Hashes of few KiB under the label of production, for processes that load `cheapHashes.ts`; others refuse them. */
import { createRequire } from 'node:module'

// Not by `import`, which would fix the functions that `cheapHashes.ts` replaces.
export const library = createRequire(import.meta.url)('@node-rs/argon2') as typeof import('@node-rs/argon2')
const { hash } = library

export const label = 'm=19456,t=2,p=1'
export const cheapLabel = 'm=8,t=1,p=1'

export const cheapHash = async (...[password, options, signal]: Parameters<typeof hash>): Promise<string> =>
  (await hash(password, { ...options, memoryCost: 8, timeCost: 1, parallelism: 1 }, signal)).replace(cheapLabel, label)
