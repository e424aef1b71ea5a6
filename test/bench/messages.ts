/** Messages between the benchmark and its two servers. */

/** Markup of this project, with `action` as the target of its form: shown by the bare side too, so that both send as many bytes. */
export interface PageTexts {
  readonly password: string
  readonly code: string
}

export type Request =
  | { readonly is: 'people'; readonly secrets: Readonly<Record<string, string>> }
  | { readonly is: 'pages'; readonly pages: PageTexts }
  | { readonly is: 'usage' }
  | { readonly is: 'stop' }

export type Reply =
  | { readonly is: 'ready'; readonly issuer: string }
  | { readonly is: 'done' }
  /** `cpuMs`: of the process, user and system, by the operating system's accounting. */
  | { readonly is: 'usage'; readonly cpuMs: number; readonly commands: number }

export const emailOf = (id: string): string => `${id}@example.com`
