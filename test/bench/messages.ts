/** What the comparison and its two servers say to each other. */

/** Markup of ours, with `action` where the form goes: what the other side shows, so that both send as much. */
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
