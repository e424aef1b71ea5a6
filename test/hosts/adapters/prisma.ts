/** The shape of the Prisma adapters that hosts have: one table for all models, and a `delete` that throws when there is no row. */
import { setImmediate as turn } from 'node:timers/promises'
import type { Adapter, AdapterPayload } from 'oidc-provider'
import type { ForeignAdapter } from './foreign.ts'

interface OidcModel {
  readonly id: string
  readonly type: string
  readonly payload: AdapterPayload
  readonly grantId: string | null
  readonly userCode: string | null
  readonly uid: string | null
  readonly expiresAt: Date | null
  readonly consumedAt: Date | null
}

type Key = Pick<OidcModel, 'id' | 'type'>
type Where = Partial<Pick<OidcModel, 'grantId' | 'userCode' | 'uid' | 'type'>>

/** As `PrismaClientKnownRequestError`. */
class KnownRequestError extends Error {
  override readonly name = 'PrismaClientKnownRequestError'
  readonly code: string
  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}

/** What `prisma.oidcModel` of the generated client does. */
function createTable() {
  const rows = new Map<string, OidcModel>()
  const keyOf = ({ id, type }: Key): string => `${type} ${id}`
  const matches = (row: OidcModel, where: Where): boolean =>
    Object.entries(where).every(([field, value]) => row[field as keyof Where] === value)
  const notFound = () =>
    new KnownRequestError('P2025', 'An operation failed because it depends on a record that was not found.')
  const required = (key: Key): OidcModel => {
    const row = rows.get(keyOf(key))
    if (!row) throw notFound()
    return row
  }
  return {
    rows,
    async upsert(row: Omit<OidcModel, 'consumedAt'>) {
      await turn()
      for (const other of rows.values())
        if (row.uid !== null && other.uid === row.uid && keyOf(other) !== keyOf(row))
          throw new KnownRequestError('P2002', 'Unique constraint failed on the fields: (`uid`)')
      rows.set(keyOf(row), { consumedAt: rows.get(keyOf(row))?.consumedAt ?? null, ...row })
    },
    async findUnique(key: Key) {
      await turn()
      return rows.get(keyOf(key)) ?? null
    },
    async findFirst(where: Where) {
      await turn()
      return [...rows.values()].find((row) => matches(row, where)) ?? null
    },
    async update(key: Key, data: Partial<OidcModel>) {
      await turn()
      rows.set(keyOf(key), { ...required(key), ...data })
    },
    async delete(key: Key) {
      await turn()
      required(key)
      rows.delete(keyOf(key))
    },
    async deleteMany(where: Where) {
      await turn()
      for (const [key, row] of rows) if (matches(row, where)) rows.delete(key)
    },
  }
}

type Table = ReturnType<typeof createTable>

const types = new Set([
  'Session',
  'AccessToken',
  'AuthorizationCode',
  'RefreshToken',
  'DeviceCode',
  'ClientCredentials',
  'Client',
  'InitialAccessToken',
  'RegistrationAccessToken',
  'Interaction',
  'ReplayDetection',
  'PushedAuthorizationRequest',
  'Grant',
  'BackchannelAuthenticationRequest',
])

class PrismaAdapter implements Adapter {
  readonly #type: string
  readonly #table: Table
  constructor(name: string, table: Table) {
    if (!types.has(name)) throw new TypeError(`no type ${name}`)
    this.#type = name
    this.#table = table
  }

  async upsert(id: string, payload: AdapterPayload, expiresIn: number): Promise<void> {
    const { grantId = null, userCode = null, uid = null } = payload
    const expiresAt = expiresIn ? new Date(Date.now() + expiresIn * 1000) : null
    await this.#table.upsert({
      id,
      type: this.#type,
      payload: structuredClone(payload),
      grantId,
      userCode,
      uid,
      expiresAt,
    })
  }

  find = async (id: string) => prepare(await this.#table.findUnique({ id, type: this.#type }))
  findByUid = async (uid: string) => prepare(await this.#table.findFirst({ uid }))
  findByUserCode = async (userCode: string) => prepare(await this.#table.findFirst({ userCode }))
  consume = (id: string) => this.#table.update({ id, type: this.#type }, { consumedAt: new Date() })
  destroy = (id: string) => this.#table.delete({ id, type: this.#type })
  revokeByGrantId = (grantId: string) => this.#table.deleteMany({ grantId })
}

function prepare(row: OidcModel | null): AdapterPayload | undefined {
  if (!row || (row.expiresAt && row.expiresAt < new Date())) return undefined
  return { ...structuredClone(row.payload), ...(row.consumedAt ? { consumed: true } : undefined) }
}

export async function openPrismaAdapter(): Promise<ForeignAdapter> {
  const table = createTable()
  const made: string[] = []
  return {
    adapter(model) {
      made.push(model)
      return new PrismaAdapter(model, table)
    },
    made,
    ids: async (model) => [...table.rows.values()].filter(({ type }) => type === model).map(({ id }) => id),
    remove: (type, id) => table.delete({ type, id }),
    close: async () => undefined,
  }
}
