import { isKey, type Key } from '../../i18n/messages.ts'

/** A scope without a message is shown by name. */
export const scopeWords = (name: string, say: (key: Key) => string): string => {
  const key = `scope.${name}`
  return isKey(key) ? say(key) : name
}
