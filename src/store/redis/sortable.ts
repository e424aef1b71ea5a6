/** Numbers as text that sorts as they do. */

const view = new DataView(new ArrayBuffer(8))
const sign = 1n << 63n
const all = (1n << 64n) - 1n

/**
 * Sixteen hexadecimal digits. The bits of a double sort like its value when the sign bit is inverted, and for negative numbers all
 * other bits too. @see IEEE 754-2019 §5.10
 */
export function sortable(number: number): string {
  // Adding 0 turns -0 into 0.
  view.setFloat64(0, number + 0)
  const bits = view.getBigUint64(0)
  return (bits & sign ? bits ^ all : bits | sign).toString(16).padStart(16, '0')
}
