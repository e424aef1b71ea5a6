/** How much room the store has left, and what is refused for lack of it: new sign-ins before resets. */

export const storeRooms = ['ok', 'low', 'nearly-full'] as const
export type StoreRoom = (typeof storeRooms)[number]

/** Used share from which operators are warned. Days or weeks remain to add room. */
const LOW = 0.8
/**
 * Used share from which requests without a session begin no sign-in: strangers cause them without limit. What remains is for the sign-ins,
 * resets and set-ups that have begun, 28 KB each at most.
 */
const NEARLY_FULL = 0.95
/** A level is left when the share is this much below it, so that one crossing is one warning. */
const MARGIN = 0.02

/** @param used 0 to 1; null: not known or without limit */
export function storeRoom(used: number | null, before: StoreRoom = 'ok'): StoreRoom {
  if (used === null) return 'ok'
  const from = (level: number, levels: readonly StoreRoom[]): number =>
    levels.includes(before) ? level - MARGIN : level
  if (used >= from(NEARLY_FULL, ['nearly-full'])) return 'nearly-full'
  return used >= from(LOW, ['low', 'nearly-full']) ? 'low' : 'ok'
}
