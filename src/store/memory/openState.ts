import { StoreUnavailable } from '../../errors.ts'

/** A closed store is unavailable: every operation checks this first. */
export class OpenState {
  #isOpen = true

  check(): void {
    if (!this.#isOpen) throw new StoreUnavailable('the store is closed')
  }

  close(): void {
    this.#isOpen = false
  }
}
