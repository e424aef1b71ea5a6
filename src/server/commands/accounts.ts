/** The commands for accounts: import, create, list, delete, break-glass reset, key rotation. */
import { type PasswordFault, passwordFault } from '../../core/passwordPolicy.ts'
import { commonPasswords } from '../../crypto/commonPasswords.ts'
import { newId } from '../../crypto/tokens.ts'
import { decodeText } from '../../decoding.ts'
import { accountStatuses, type PeopleQuery, type Person, roles } from '../../ports.ts'
import { type Command, type Service, withService, UsageError } from './command.ts'
import { importAccounts } from './importAccounts.ts'
import { importCommand } from './importCommand.ts'
import { flag, oneOf, optional, optionOf, optionsOf, text, texts } from './options.ts'

const booleans = ['true', 'false'] as const

/** People on one page of a listing. */
const pageSize = 200

const passwordFaults: { readonly [K in PasswordFault]: string } = {
  empty: 'the password is empty',
  short: 'the password must have 8 characters or more',
  long: 'the password must have 256 characters or fewer',
  common: 'the password is too common',
  personal: 'the password is the name or the email of the account',
}

export const accountCommands: Readonly<Record<string, Command>> = {
  'accounts import': importCommand,

  'accounts create': {
    takes: '--email EMAIL --name NAME',
    does: 'create one account; the first sign-in sets its second factor up',
    options: {
      email: text('unique address'),
      'email-verified': text('true (default): you vouch for the address; false: verified once a link to it is used'),
      name: text('shown in emails and in the console'),
      'given-name': text('claim given_name; unset: none'),
      'family-name': text('claim family_name; unset: none'),
      'preferred-username': text('claim preferred_username; unset: none'),
      id: text('the `sub` that applications see; unset: generated'),
      locale: text('language tag such as de; unset: default of the service'),
      role: texts('admin or helpdesk'),
      group: texts('name of a group'),
      status: text('active (default), pending or disabled'),
      'password-stdin': flag('read the password from standard input; unset: generated and printed once'),
    },
    positionals: 0,
    async run(shell, given) {
      const [email, name] = [optionOf(given, 'email'), optionOf(given, 'name')]
      const missing = [...(email ? [] : ['--email']), ...(name ? [] : ['--name'])]
      if (!email || !name) throw new UsageError(`${missing.join(' and ')} ${missing.length > 1 ? 'are' : 'is'} missing`)
      const typed = given.values['password-stdin'] ? onlyLine(await shell.input()) : undefined
      const fault = typed === undefined ? null : passwordFault(typed, [email, name], await commonPasswords())
      if (fault) throw new UsageError(passwordFaults[fault])
      const password = typed ?? newId()
      const account = {
        email,
        email_verified:
          oneOf(booleans, '--email-verified', [optionOf(given, 'email-verified') ?? 'true'])[0] === 'true',
        name,
        ...optional(given, 'id'),
        ...optional(given, 'locale'),
        ...Object.fromEntries(
          ['given-name', 'family-name', 'preferred-username'].flatMap((option) => {
            const value = optionOf(given, option)
            return value === undefined ? [] : [[option.replace('-', '_'), value]]
          }),
        ),
        roles: oneOf(roles, '--role', optionsOf(given, 'role')),
        groups: optionsOf(given, 'group'),
        status: oneOf(accountStatuses, '--status', [optionOf(given, 'status') ?? 'active'])[0],
        password,
      }
      const faults: string[] = []
      const counts = await withService(shell, async ({ accounts, clock, adopt }) =>
        importAccounts(single(account), { accounts, clock, adopt, report: (line) => faults.push(line) }),
      )
      for (const line of faults) shell.error(`oidc-rekey: ${line.replace(/^line 1: /, '')}`)
      if (counts.created !== 1) return 1
      shell.out(typed === undefined ? `${email} created, password ${password}` : `${email} created`)
      return 0
    },
  },

  'accounts list': {
    takes: '',
    does: 'list accounts by email',
    options: {
      search: text('words, each a prefix of an email or of a word of the name'),
      status: text('pending, active or disabled'),
      json: flag('one JSON object per line'),
    },
    positionals: 0,
    async run(shell, given) {
      const status = oneOf(accountStatuses, '--status', optionsOf(given, 'status'))[0]
      const query = { ...optional(given, 'search'), ...(status && { status }) }
      await withService(shell, async ({ accounts }) => {
        for await (const person of allPeople(accounts, query))
          shell.out(given.values.json ? JSON.stringify(person) : row(person))
      })
      return 0
    },
  },

  'accounts delete': {
    takes: 'EMAIL-OR-ID',
    does: 'delete one account for ever: its id is never used again, its audit lines keep only the id',
    options: {},
    positionals: 1,
    async run(shell, given) {
      const emailOrId = given.positionals[0] ?? ''
      return withService(shell, async (service) => {
        const { id, email } = await knownPerson(service, emailOrId)
        await service.deleteAccount(id)
        shell.out(`${email} deleted; the id ${id} is never used again`)
        return 0
      })
    },
  },

  'two-factor reset': {
    takes: 'EMAIL-OR-ID',
    does: 'reset the second factor of one account when no administrator can; audited, link mailed',
    options: { reason: text('why, for the audit') },
    positionals: 1,
    async run(shell, given) {
      const emailOrId = given.positionals[0] ?? ''
      return withService(shell, async (service) => {
        const person = await knownPerson(service, emailOrId)
        const suspectAt = await service.resetFactor(person.id, optionOf(given, 'reason') ?? null)
        shell.out(`2FA of ${person.email} has been reset; the link goes to that address`)
        if (suspectAt !== null)
          shell.out(
            `A link mailed to that address changed the password at ${new Date(suspectAt * 1000).toISOString()}: its mailbox now vouches for both factors`,
          )
        return 0
      })
    },
  },

  'keys rotate': {
    takes: '',
    does: 're-encrypt account data that is sealed with older keys, with the newest of ENCRYPTION_KEYS',
    options: {},
    positionals: 0,
    async run(shell) {
      const counts = { reEncrypted: 0, unchanged: 0, failed: 0 }
      await withService(shell, async ({ accounts, reseal }) => {
        for await (const { id, email } of allPeople(accounts)) {
          const outcome = await reseal(id).then(
            (was) => (was ? 'reEncrypted' : 'unchanged'),
            (error: unknown) => {
              shell.error(`${email}: ${error instanceof Error ? error.message : String(error)}`)
              return 'failed' as const
            },
          )
          counts[outcome] += 1
        }
      })
      shell.out(`${counts.reEncrypted} re-encrypted · ${counts.unchanged} unchanged · ${counts.failed} failed`)
      return counts.failed > 0 ? 1 : 0
    },
  },
}

export async function* allPeople(
  accounts: Service['accounts'],
  query: Partial<PeopleQuery> = {},
): AsyncGenerator<Person> {
  let page = await accounts.list({ ...query, limit: pageSize })
  while (page.length > 0) {
    yield* page
    page = await accounts.list({ ...query, limit: pageSize, after: page.at(-1)?.email ?? '' })
  }
}

async function knownPerson({ accounts }: Service, emailOrId: string): Promise<Person> {
  const [byEmail, byId] = [await accounts.findByEmail(emailOrId), await accounts.find(emailOrId)]
  if (byEmail && byId && byEmail.id !== byId.id)
    throw new Error(`${emailOrId} is the email of ${byEmail.id} and the id of ${byId.email}: name one of these`)
  const person = byEmail ?? byId
  if (!person) throw new Error(`there is no account ${emailOrId}`)
  return person
}

async function* single(value: unknown) {
  yield { line: 1, value }
}

function row({ email, name, roles: held, status, secondFactorSince }: Person): string {
  const since =
    secondFactorSince === null ? 'no 2FA' : `2FA since ${new Date(secondFactorSince * 1000).toISOString().slice(0, 10)}`
  return [email, name, status, held.join(',') || '-', since].join('\t')
}

/** Line endings are the shell's. What follows them would be dropped silently, so it is refused. */
function onlyLine(input: Uint8Array): string {
  const line = decodeText(input, 'standard input').replace(/\r?\n$|\r$/, '')
  if (/[\r\n]/.test(line)) throw new UsageError('standard input must be the password, on one line')
  return line
}
