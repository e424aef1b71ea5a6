/** The group `acr`: names of a sign-in with one factor and with two, ours and those of other software. */
import { z } from 'zod'

const name = z
  .string('must be text')
  .trim()
  .min(1, 'must not be empty')
  .max(255, 'is longer than 255 characters')
  .regex(/^[!-~]*$/, 'must be printable ASCII without spaces, which separate the values of acr_values')

const aliases = z.record(name, z.string('must be two_factor or one_factor'), 'must be a group of names').default({})

export const acr = z
  .strictObject({
    two_factor: name.default('urn:oidc-rekey:acr:2fa'),
    one_factor: name.default('urn:oidc-rekey:acr:1fa'),
    aliases,
  })
  .superRefine(({ two_factor: twoFactor, one_factor: oneFactor, aliases: all }, check) => {
    const fault = (path: string[], message: string) => check.addIssue({ code: 'custom', path, message })
    if (twoFactor === oneFactor) fault([], 'two_factor and one_factor must differ')
    const meanings = new Set(['two_factor', 'one_factor', twoFactor, oneFactor])
    for (const [alias, meaning] of Object.entries(all)) {
      if (!meanings.has(meaning)) fault(['aliases', alias], 'must be two_factor or one_factor')
      if (alias === twoFactor || alias === oneFactor) fault(['aliases', alias], 'is the name itself')
    }
  })
  .prefault({})
