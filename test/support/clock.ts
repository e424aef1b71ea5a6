/**
 * Loaded before a server under test (`--import`): its clock can be moved over the process's own channel, and by nobody else.
 * All of the process goes by it: our clock, the provider's, the timestamps of the log. Timers run as ever.
 */
const RealDate = Date
let shift = 0

class MovedDate extends RealDate {
  constructor(...given: [] | [string | number | Date]) {
    if (given.length === 0) super(RealDate.now() + shift)
    else super(...given)
  }
  static override now(): number {
    return RealDate.now() + shift
  }
}
globalThis.Date = MovedDate as DateConstructor

process.on('message', (message: { shiftMs?: number }) => {
  if (typeof message.shiftMs !== 'number') return
  shift = message.shiftMs
  process.send?.({ shifted: shift })
})
process.channel?.unref()
