/** What is wrong with the options of `createRekey()`, every fault at once. */
import { z } from 'zod'
import { isLoopback } from './core/loopback.ts'
import { keepAuditRanges } from './core/auditRetention.ts'
import { rpIdFault } from './core/passkeyAddress.ts'
import { refreshLeeway } from './core/refreshLeeway.ts'
import { defaultRules, ruleFaults, type Rules } from './core/rules.ts'
import { readKeys } from './crypto/sealing.ts'
import type { OptionFault } from './errors.ts'
import { languagesIn } from './i18n/languages.ts'
import { readLogo } from './logos.ts'
import { messageOf, nearest } from './optionMessages.ts'
import { networkFault } from './outgoing/networks.ts'
import { apps, type Brand, managementScopes, restrictedClaims } from './ports.ts'

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null
/** What a host implements, with these methods; its class may have others. */
const methods = (...names: string[]) =>
  z.unknown().superRefine((value, { addIssue }) => {
    if (!isObject(value)) addIssue(value === undefined ? 'is missing' : 'must be an object with methods')
    else
      for (const name of names)
        if (typeof value[name] !== 'function') addIssue({ code: 'custom', path: [name], message: 'is missing' })
  })
const callback = z.custom((value) => typeof value === 'function', 'must be a function').optional()
const text = z.string().optional()
const flag = z.boolean().optional()
const named = z.string().refine((value) => value.trim() !== '', 'must not be empty')
const strings = z.array(z.string()).optional()

const store = methods('journal', 'ping', 'close').superRefine((value, { addIssue }) => {
  if (!isObject(value)) return
  for (const name of ['records', 'artefacts', 'counters'])
    if (!isObject(value[name])) addIssue({ code: 'custom', path: [name], message: 'is missing: this is no store' })
})

const directory = methods('find', 'enrolled', 'list').superRefine((value, { addIssue }) => {
  if (isObject(value) && !value['hashPassword'] !== !value['setPassword'])
    addIssue('hashPassword and setPassword go together')
})

const issuer = z.string().superRefine((value, { addIssue }) => {
  const url = URL.parse(value)
  if (!url) addIssue('must be a URL')
  else if (url.search || url.hash || value.endsWith('/')) addIssue('no query, no fragment, no slash at the end')
})

const keys = z.unknown().superRefine((value, { addIssue }) => {
  for (const fault of readKeys(value).faults) addIssue(fault)
})

const rules = z.record(z.string(), z.unknown()).superRefine((given, { addIssue }) => {
  const known = Object.entries(given).filter(([name, value]) => name in defaultRules && value !== undefined)
  for (const fault of ruleFaults({ ...defaultRules, ...(Object.fromEntries(known) as Partial<Rules>) })) {
    const [, name = '', message = ''] = /^(\w+): (.*)$/s.exec(fault) ?? []
    addIssue({ code: 'custom', path: [name], message })
  }
  const unknown = Object.keys(given).filter((name) => !(name in defaultRules))
  if (unknown.length > 0) addIssue({ code: 'unrecognized_keys', keys: unknown, path: [], message: '' })
})

const brand = z.strictObject({
  name: named,
  supportUrl: text,
  legalLinks: z.array(z.strictObject({ label: z.string(), url: z.string() })).optional(),
  logoLight: text,
  logoDark: text,
  accent: text,
})

const pathPrefix = z.string().regex(/^(\/[\w.~-]+)*$/, 'must be "" or begin with "/" and not end with it')

const clientIds = z
  .strictObject({ console: named.optional(), account: named.optional() })
  .refine(({ console: first = 'console', account = 'account' }) => first !== account, 'must be two ids')

const whole = ({ least, most }: { readonly least: number; readonly most: number }, orNull = '') => {
  const error = `must be a whole number from ${least} to ${most}${orNull}`
  return z.int({ error }).min(least, { error }).max(most, { error })
}

export const optionShape = {
  issuer,
  allowPlainHttp: flag,
  store,
  directory,
  mail: methods('send'),
  keys,
  audit: methods('append', 'list').optional(),
  keepAudit: z
    .strictObject({
      days: whole(keepAuditRanges.days, ', or null').nullish(),
      refusalsDays: whole(keepAuditRanges.refusalsDays, ', or null').nullish(),
      onlyExported: flag,
    })
    .optional(),
  onAudit: callback,
  onAuditDropped: callback,
  onReset: callback,
  onLimit: callback,
  onError: callback,
  clientAddress: callback.nullable(),
  clock: methods('now').optional(),
  rules: rules.optional(),
  brand: brand.optional(),
  languages: strings,
  localesDirectory: z.string().nullish(),
  viewsDirectory: z.string().nullish(),
  // A colon ends the issuer in the label of an otpauth URI, and apps do not decode its escape.
  issuerName: named
    .refine((name) => !name.includes(':'), 'no ":"')
    .refine((name) => Buffer.byteLength(name) <= 64, 'at most 64 bytes of UTF-8')
    .optional(),
  signInUrl: named.optional(),
  prefix: pathPrefix.optional(),
  mountPath: pathPrefix.optional(),
  clientIds: clientIds.optional(),
  required: z.enum(['always', 'when_requested']).optional(),
  acr: z
    .strictObject({
      twoFactor: named.optional(),
      oneFactor: named.optional(),
      aliases: z.record(named, z.enum(['twoFactor', 'oneFactor'])).optional(),
    })
    .optional(),
  passkeys: z.strictObject({ offer: flag, rpId: named.optional(), rpName: named.optional() }).optional(),
  ignoreUnknownAcr: strings,
  requireReason: flag,
  helpdeskGroups: strings,
  outgoing: z
    .strictObject({
      allow: z
        .array(
          z.string().superRefine((entry, { addIssue }) => {
            const fault = networkFault(entry)
            if (fault !== null) addIssue(fault)
          }),
        )
        .optional(),
      ca: z.string().includes('-----BEGIN CERTIFICATE-----', 'must be a certificate in PEM').nullish(),
      timeoutSeconds: z
        .number()
        .min(1, 'must be from 1 to 60 seconds')
        .max(60, 'must be from 1 to 60 seconds')
        .optional(),
    })
    .optional(),
  managementTokenSeconds: z.int().min(1).optional(),
  refreshLeewaySeconds: whole(refreshLeeway).optional(),
  anonymousWritesPerMinute: whole({ least: 10, most: 1_000_000 }, ', or null').nullish(),
  existing: z.enum(['keep', 'end']).optional(),
  existingFactors: z.literal('none').nullable().optional(),
  apps: z.array(z.enum(apps)).optional(),
  firstParty: strings,
  managementScopes: z.record(z.string(), z.array(z.enum(managementScopes))).optional(),
  claims: z.record(z.string(), z.array(z.enum(restrictedClaims))).optional(),
}

const schema = z.strictObject(optionShape)

/** Known names where an unknown one can stand. */
const namesAt: Readonly<Record<string, readonly string[]>> = {
  '': Object.keys(optionShape),
  brand: Object.keys(brand.shape),
  rules: Object.keys(defaultRules),
  acr: Object.keys(optionShape.acr.unwrap().shape),
  clientIds: Object.keys(clientIds.shape),
  passkeys: Object.keys(optionShape.passkeys.unwrap().shape),
  keepAudit: Object.keys(optionShape.keepAudit.unwrap().shape),
  outgoing: Object.keys(optionShape.outgoing.unwrap().shape),
}

/** Compiles for names that are checked only. */
export function optionFaults<K extends keyof typeof optionShape>(given: {
  readonly [N in K]?: unknown
}): OptionFault[] {
  const { error } = schema.safeParse(given)
  const faults = (error?.issues ?? []).flatMap((issue) => {
    const path = issue.path.join('.')
    if (issue.code !== 'unrecognized_keys') return [{ path, message: messageOf(issue), nearest: null }]
    return issue.keys.map((key) => ({
      path: path === '' ? key : `${path}.${key}`,
      message: 'unknown name',
      nearest: nearest(key, namesAt[path] ?? [], path === '' ? '' : `${path}.`),
    }))
  })
  return [...faults, ...plainHttp(given), ...rpIdFaults(given), ...(faults.length > 0 ? [] : fileFaults(given))]
}

interface FilesGiven {
  readonly languages?: readonly string[] | undefined
  readonly localesDirectory?: string | null | undefined
  readonly brand?: Pick<Brand, 'logoLight' | 'logoDark'> | undefined
}

/** What is wrong with files that options of the right type name. */
export function fileFaults({ languages, localesDirectory = null, brand: given = {} }: FilesGiven): OptionFault[] {
  const check = (path: string, read: () => string | null): OptionFault[] => {
    try {
      const message = read()
      return message === null ? [] : [{ path, message, nearest: null }]
    } catch (error) {
      return [{ path, message: (error as Error).message, nearest: null }]
    }
  }
  const logos = (['logoLight', 'logoDark'] as const).flatMap((name) =>
    check(`brand.${name}`, () => (given[name] === undefined ? null : readLogo(given[name]) && null)),
  )
  const words = check('localesDirectory', () => languagesIn(localesDirectory) && null)
  if (words.length > 0) return [...words, ...logos]
  const { names } = languagesIn(localesDirectory)
  const isKnown = languages?.some((language) => names.includes(language)) ?? true
  return [...check('languages', () => (isKnown ? null : `there are words for ${names.join(', ')} only`)), ...logos]
}

function plainHttp(given: unknown): OptionFault[] {
  const { issuer: address, allowPlainHttp } = given as Record<string, unknown>
  const url = typeof address === 'string' ? URL.parse(address) : null
  const isPlain = url?.protocol === 'http:' && (isLoopback(url.hostname) || allowPlainHttp === true)
  if (!url || url.protocol === 'https:' || isPlain) return []
  return [{ path: 'issuer', message: 'must be https (or set allowPlainHttp: true)', nearest: null }]
}

/** A domain for which a browser would refuse every passkey. */
function rpIdFaults(given: unknown): OptionFault[] {
  const { issuer: address, passkeys } = given as Record<string, unknown>
  const url = typeof address === 'string' ? URL.parse(address) : null
  const rpId = isObject(passkeys) ? passkeys['rpId'] : undefined
  const message = url && typeof rpId === 'string' ? rpIdFault(rpId, url) : null
  return message === null ? [] : [{ path: 'passkeys.rpId', message, nearest: null }]
}
