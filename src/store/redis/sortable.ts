/** Numbers as text that sorts as they do. */

const view = new DataView(new ArrayBuffer(8))
const sign = 1n << 63n
const all = (1n << 64n) - 1n

/** In the order of their codes. */
const digits = '-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz'

/**
 * Eleven digits of base 64. The bits of a double sort like its value when the sign bit is inverted, and for negative numbers all
 * other bits too. @see IEEE 754-2019 §5.10
 */
export function sortable(number: number): string {
  // Adding 0 turns -0 into 0.
  view.setFloat64(0, number + 0)
  const bits = view.getBigUint64(0)
  let left = bits & sign ? bits ^ all : bits | sign
  let text = ''
  for (let n = 0; n < sortableLength; n++, left >>= 6n) text = digits.charAt(Number(left & 63n)) + text
  return text
}

export const sortableLength = 11

/** The same for a count, as a function for scripts: seven digits. */
export const sortableCount = `
  local function sortable(number)
    local text, digits = '', '${digits}'
    for _ = 1, 7 do
      local digit = number % 64
      text = string.sub(digits, digit + 1, digit + 1) .. text
      number = (number - digit) / 64
    end
    return text
  end`

/** The count of such digits. */
export const countOf = (text: string): number =>
  Array.from(text).reduce((sum, digit) => sum * 64 + digits.indexOf(digit), 0)
