/** HTML where every value is escaped unless it is HTML already. Its words wait for the reader's language. */
import type { Language } from "./language.ts"

export class Html {
  readonly in: (language: Language) => string
  constructor(text: string | ((language: Language) => string)) {
    this.in = typeof text === "string" ? () => text : text
  }
}

export type Value = Html | ReadonlyArray<Html> | string | number | undefined | false

export const html = (strings: TemplateStringsArray, ...values: ReadonlyArray<Value>) =>
  new Html((language) =>
    strings.map((text, i) => text + (i < values.length ? textOf(values[i], language) : "")).join(""),
  )

export const textOf = (value: Value, language: Language): string => {
  if (value === undefined || value === false) return ""
  if (value instanceof Html) return value.in(language)
  if (typeof value === "object") return value.map((one) => one.in(language)).join("")
  return String(value).replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`)
}
