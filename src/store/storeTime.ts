/** How long a request has waited for the store, and how long it still may. Times are milliseconds of a monotonic clock. */
export class StoreTime {
  readonly #most: number
  #waited = 0
  #running = 0
  #since = 0

  constructor(most: number) {
    this.#most = most
  }

  /** A wait begins. Those at the same time count once. @returns when it must end */
  begin(now: number): number {
    if (this.#running++ === 0) this.#since = now
    return now + this.left(now)
  }

  end(now: number): void {
    if (--this.#running === 0) this.#waited += now - this.#since
  }

  /** What remains now; at least 0. */
  left(now: number): number {
    const running = this.#running > 0 ? now - this.#since : 0
    return Math.max(0, this.#most - this.#waited - running)
  }
}
