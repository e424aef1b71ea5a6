/** A host's adapter as it was given: a class or a function, one object per model, and a `destroy` that may fail for want of a row. */
import type { Adapter, AdapterFactory, Configuration } from 'oidc-provider'

/** Each model's adapter is made at its first use, as the library does. */
export function oncePerModel(make: (model: string) => Adapter): (model: string) => Adapter {
  const made = new Map<string, Adapter>()
  return (model) => {
    const adapter = made.get(model) ?? make(model)
    made.set(model, adapter)
    return adapter
  }
}

/** @throws TypeError when it is an adapter and makes none */
export function hostAdapter(given: NonNullable<Configuration['adapter']>): (model: string) => Adapter {
  if (typeof given !== 'function') throw new TypeError('adapter must be a class or a function (name) => adapter')
  const isClass = 'prototype' in given && given.prototype !== undefined
  return oncePerModel((model) =>
    tolerant(isClass ? new (given as new (name: string) => Adapter)(model) : (given as AdapterFactory)(model), model),
  )
}

/** Models of a host's clients and its own tokens: their adapters are passed on as they are. */
const UNTOUCHED = new Set(['Client', 'InitialAccessToken', 'RegistrationAccessToken', 'ClientCredentials'])

/** The library expects that destroying what does not exist succeeds; some databases throw. */
function tolerant(adapter: Adapter, model: string): Adapter {
  if (UNTOUCHED.has(model)) return adapter
  return {
    ...bound(adapter),
    async destroy(id) {
      try {
        await adapter.destroy(id)
      } catch (error) {
        if (!isNotFound(error) && (await adapter.find(id))) throw error
      }
    },
    async revokeByGrantId(grantId) {
      try {
        await adapter.revokeByGrantId(grantId)
      } catch (error) {
        if (!isNotFound(error)) throw error
      }
    },
  }
}

/** Prisma; TypeORM, Sequelize, Mongoose, Objection, MikroORM by the name of the error; Level; HTTP APIs. */
const NOT_FOUND: ReadonlySet<unknown> = new Set([
  'P2025',
  'LEVEL_NOT_FOUND',
  'EntityNotFoundError',
  'EmptyResultError',
  'DocumentNotFoundError',
  'NotFoundError',
  404,
])

function isNotFound(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false
  const { code, name, status, statusCode } = error as Readonly<Record<string, unknown>>
  return [code, name, status, statusCode].some((said) => NOT_FOUND.has(said))
}

export const bound = (adapter: Adapter): Adapter => ({
  upsert: (id, payload, expiresIn) => adapter.upsert(id, payload, expiresIn),
  find: (id) => adapter.find(id),
  findByUid: (uid) => adapter.findByUid(uid),
  findByUserCode: (code) => adapter.findByUserCode(code),
  consume: (id) => adapter.consume(id),
  destroy: (id) => adapter.destroy(id),
  revokeByGrantId: (grantId) => adapter.revokeByGrantId(grantId),
})
