/** Markup has its own type, so that it cannot be confused with text. */

export class Html {
  readonly #markup: string

  constructor(markup: string) {
    this.#markup = markup
  }

  toString(): string {
    return this.#markup
  }
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&#34;',
  "'": '&#39;',
}

export const escape = (text: string): string => text.replace(/[&<>"']/g, (sign) => entities[sign] ?? sign)

const signs: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#34': '"', '#39': "'" }

/** The text of an attribute value that was escaped here or by the provider. */
export const unescape = (markup: string): string =>
  markup.replace(/&(amp|lt|gt|quot|#34|#39);/g, (entity, name: string) => signs[name] ?? entity)

/** Markup from a template literal. Values are escaped unless they are markup. */
export const html = (strings: TemplateStringsArray, ...values: (string | number | Html)[]): Html =>
  new Html(
    String.raw({ raw: strings }, ...values.map((value) => (value instanceof Html ? value : escape(String(value))))),
  )
