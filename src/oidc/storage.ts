/** Where the provider's rows are: in our store, or in a host's adapter behind the guard. */
import type { Adapter, Configuration } from 'oidc-provider'
import type { Clock } from '../ports.ts'
import type { Artefacts } from '../store/store.ts'
import { storedAdapter } from './adapter.ts'
import { guard } from './guard.ts'
import { hostAdapter, oncePerModel } from './hostAdapter.ts'
import { mirroredRows, withoutMirrors } from './mirrors.ts'
import { writingTogether } from './requestWrites.ts'
import { type AccountRows, storedRows } from './rows.ts'

export interface StorageOptions {
  readonly artefacts: Artefacts
  readonly clock: Clock
  readonly refreshLeewaySeconds: number
  readonly onError: (error: unknown, doing: string) => void
}

export interface ProviderStorage {
  readonly rows: AccountRows
  /** One object per model. Below the epoch filter. */
  adapterOf(model: string): Adapter
  /** The host's own adapter, without the guard; null: it has none. */
  readonly ofHost: ((model: string) => Adapter) | null
}

export function createStorage(options: StorageOptions, given: Configuration): ProviderStorage {
  const { artefacts, onError } = options
  if (!given.adapter) {
    const rows = storedRows(artefacts)
    const adapterOf = oncePerModel((model) =>
      writingTogether(withoutMirrors(storedAdapter(model, { ...options, rows })), model),
    )
    return { rows, ofHost: null, adapterOf }
  }
  const host = hostAdapter(given.adapter)
  const rows = mirroredRows({ artefacts, host, ofGrant: modelsOfGrant(given), onError })
  return { rows, ofHost: host, adapterOf: oncePerModel((model) => guard(host(model), model, { ...options, rows })) }
}

/** An adapter may know no models of features that are off. */
const modelsOfGrant = ({ features }: Configuration): string[] => [
  'AccessToken',
  'AuthorizationCode',
  'RefreshToken',
  ...(features?.deviceFlow?.enabled ? ['DeviceCode'] : []),
  ...(features?.ciba?.enabled ? ['BackchannelAuthenticationRequest'] : []),
  ...(features?.openid4vci?.enabled && features.openid4vci.preAuthorizedCodeGrant ? ['PreAuthorizedCode'] : []),
]
