/** A request that gets no further: what is wrong with it. answer.ts knows the status and the words for each. */
export type RefusedKind =
  'bad-request' | 'not-json' | 'forbidden' | 'unauthorised' | 'not-found' | 'too-large' | 'media-type' | 'form-expired'

export class Refused extends Error {
  override readonly name = 'Refused'
  readonly kind: RefusedKind
  constructor(kind: RefusedKind, options?: ErrorOptions) {
    super(kind, options)
    this.kind = kind
  }
}
