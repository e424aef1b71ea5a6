/** The keys of mail. */
import { z } from 'zod'
import { emailFault } from '../../email.ts'
import { relayFaults } from '../../mail/relay.ts'
import { certificateFile } from './outgoingKeys.ts'

const relay = z.string('must be smtp:// or smtps://').superRefine((url, { addIssue }) => {
  for (const fault of relayFaults(url)) addIssue(fault)
})

const hostName = z
  .string()
  .regex(
    /^(?=.{1,253}$)([a-z\d]([a-z\d-]{0,61}[a-z\d])?\.)+[a-z\d-]{2,63}$/i,
    'must be a host name such as id.example.com',
  )

const word = z.string('must be text').trim().min(1, 'must not be empty').max(4096, 'is longer than 4096 characters')

const oauth2 = z.strictObject({
  token_url: z.url({ protocol: /^https?$/, error: 'must be an https URL' }),
  client_id: word,
  client_secret: word,
  refresh_token: word.optional(),
  scope: word.optional(),
  user: word.optional(),
})

const TIMEOUT = 'must be a whole number of seconds from 5 to 600'

export const mailKeys = z.strictObject({
  smtp_url: relay.optional(),
  from: z
    .string()
    .regex(/^[^\p{Cc}<>]*<[^<>]+>$|^[^<>]+$/u, 'must be an address, or Name <address>')
    .check(({ value, issues }) => {
      const fault = emailFault(/<([^<>]*)>$/.exec(value)?.[1] ?? value)
      if (fault !== null) issues.push({ code: 'custom', message: fault, input: value })
    })
    .optional(),
  tls: z.enum(['required', 'opportunistic', 'off']).optional(),
  ca_file: certificateFile,
  ehlo_name: hostName.optional(),
  oauth2: oauth2.optional(),
  timeout_seconds: z.int(TIMEOUT).min(5, TIMEOUT).max(600, TIMEOUT).default(15),
})
