/** A request that is refused before its handler decides; respond.ts has the status of each kind. */
export type RefusedKind =
  | 'bad-request'
  /** The host read the body and kept nothing of it. */
  | 'body-gone'
  /** Bytes that are not UTF-8, or a NUL. */
  | 'not-text'
  | 'not-json'
  | 'forbidden'
  | 'unauthorised'
  | 'not-found'
  | 'too-large'
  | 'media-type'
  | 'form-expired'

export class Refused extends Error {
  override readonly name = 'Refused'
  readonly kind: RefusedKind
  constructor(kind: RefusedKind, options?: ErrorOptions) {
    super(kind, options)
    this.kind = kind
  }
}
