/** Hosts and people for the scenarios of the management API. */
import { type ApiHost, type ApiHostOptions, openApiHost } from './apiHost.ts'
import type { Acting } from './managementCalls.ts'
import type { Person } from './people.ts'

const opened = new Map<ApiHostOptions, Promise<ApiHost>>()
/** The host with these rules, created on first use. */
export function open(options: ApiHostOptions): Promise<ApiHost> {
  const host = opened.get(options) ?? openApiHost(options)
  opened.set(options, host)
  return host
}
export async function closeHosts(): Promise<void> {
  for (const host of opened.values()) await (await host).close()
}

export const boundless: ApiHostOptions = { rules: { linksPerHour: null, actsPerHour: null } }
export const limited: ApiHostOptions = { rules: { linksPerHour: 1, actsPerHour: 1 } }
export const oneMail: ApiHostOptions = { rules: { mailsPerHour: 1 } }
export const strict: ApiHostOptions = { rules: { stepUpMinFactorAgeSeconds: 3600 } }
export const lax: ApiHostOptions = { required: 'when_requested' }
/** The directory does not create, change or delete accounts. */
export const foreign: ApiHostOptions = {
  directory: ({ create: _create, change: _change, remove: _remove, ...others }) => others,
}
/** Its store fails once a token is issued. */
const doomed: ApiHostOptions = {}

/** An administrator with an unused code. */
export const adminOf = async (host: ApiHost): Promise<Acting> => host.acting(await host.person({ roles: ['admin'] }))

let surviving: Promise<Acting> | undefined
/** A person who had a token when the store failed. */
export const survivor = (): Promise<Acting> =>
  (surviving ??= open(doomed).then(async (host) => {
    const admin = await adminOf(host)
    await host.host.store.close()
    return admin
  }))

export const newcomer = () => ({ email: `${crypto.randomUUID()}@example.com`, name: 'Newcomer' })
export const withRole = () => ({ ...newcomer(), roles: ['helpdesk'] })

export interface OfReset {
  readonly id: string
  readonly rid: string
}
async function reset(host: ApiHost, { id }: Person): Promise<OfReset> {
  const made = await host.host.rekey.reset({ accountId: id, by: null })
  if (made.is === 'refused') throw new Error(`no reset: ${made.refusal.is}`)
  return { id, rid: made.reset.id }
}
/** A person with an unfinished reset. */
export const someReset = async (host: ApiHost): Promise<OfReset> => reset(host, await host.person())
export async function resetAdmin(host: ApiHost): Promise<OfReset & { readonly person: Person }> {
  const person = await host.person({ roles: ['admin'] })
  return { person, ...(await reset(host, person)) }
}
export async function finished(host: ApiHost): Promise<OfReset> {
  const made = await someReset(host)
  await host.host.rekey.reset({ accountId: made.id, by: null })
  return made
}
/** The directory knows a second factor, and the record is missing. */
export async function lost(host: ApiHost, status: 'pending' | 'active'): Promise<{ readonly id: string }> {
  const made = await host.host.directory.create({ ...newcomer(), status, secondFactorSince: 1 })
  if (made === 'exists') throw new Error('nobody new')
  return made
}
export const pending = (host: ApiHost): Promise<Person> => host.person({ status: 'pending', enrolled: false })

/** Changes the password by a mailed link. */
export async function passwordByLetter(host: ApiHost, target: Person): Promise<void> {
  const letter = await host.visitor().get(await host.forget(target))
  const choosing = await letter.visitor.submit(letter, {})
  const { status, text } = await choosing.visitor.submit(choosing, { password: 'a horse that reads at night' })
  if (status !== 200) throw new Error(`no other password: ${status} ${text}`)
}

/** A well-formed code that is not one of this person's. */
export function wrongCode({ authenticator }: Person, now: number): string {
  const near = new Set([-2, -1, 0, 1, 2].map((steps) => authenticator.at(now + steps * 30)))
  return Array.from({ length: 6 }, (_, digit) => String(digit).repeat(6)).find((code) => !near.has(code)) ?? ''
}
