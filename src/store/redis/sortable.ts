/** Numbers as text that sorts as they do. */

const view = new DataView(new ArrayBuffer(8))
const sign = 1n << 63n
const all = (1n << 64n) - 1n

/**
 * Sixteen hexadecimal digits. The bits of a double sort as it does when the sign is turned over, and for a negative one all the
 * rest too. @see IEEE 754-2019 §5.10
 */
export function sortable(number: number): string {
  // Adding 0 makes one zero of the two.
  view.setFloat64(0, number + 0)
  const bits = view.getBigUint64(0)
  return (bits & sign ? bits ^ all : bits | sign).toString(16).padStart(16, '0')
}
