/** The keys of outgoing connections, and files of certificates. */
import { readTextSync } from '../../decoding.ts'
import { z } from 'zod'
import { certificatesIn } from '../../crypto/certificates.ts'
import { networkFault } from '../../outgoing/networks.ts'

const network = z.string('must be a network such as 10.0.0.0/8').superRefine((entry, { addIssue }) => {
  const fault = networkFault(entry)
  if (fault !== null) addIssue(fault)
})

/** A PEM file with certificates of authorities; becomes its text. */
export const certificateFile = z
  .string('must be the path of a PEM file')
  .transform((path, { addIssue }) => {
    try {
      return certificatesIn(readTextSync(path))
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      addIssue(
        code?.startsWith('E') && !code.startsWith('ERR') ? `cannot be read (${code})` : 'has no certificate in PEM',
      )
      return z.NEVER
    }
  })
  .optional()

export const outgoingKeys = z.strictObject({
  allow: z.array(network, 'must be a list of networks').default([]),
  ca_file: certificateFile,
})
