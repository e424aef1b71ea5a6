/**
 * Loaded before a server under test (`--import`): only the IPC channel of the process can move its clock. It applies to the whole process:
 * our clock, the provider's, the timestamps of the log. Timers are not changed.
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
