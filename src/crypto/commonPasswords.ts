/** About 50,000 frequent passwords of published leaks. @see ASVS 5.0 6.2.4 (at least 3,000) */

let list: Promise<ReadonlySet<string>> | undefined

/** In lower case. Loaded when the first password is chosen: most processes never need its 20 MB. */
export function commonPasswords(): Promise<ReadonlySet<string>> {
  list ??= import('@zxcvbn-ts/language-common').then(({ dictionary }) => new Set(dictionary['passwords-common']))
  return list
}
