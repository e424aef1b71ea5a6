/** Messages that tests compare in full. */
export const WRONG_CODE = 'That code is wrong or was already used. Wait for the next one (up to 30 seconds).'
