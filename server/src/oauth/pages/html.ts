/** HTML where every value is escaped unless it is HTML already. */

export class Html {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

type Value = Html | ReadonlyArray<Html> | string | number | undefined | false

export const html = (strings: TemplateStringsArray, ...values: ReadonlyArray<Value>) =>
  new Html(strings.map((text, i) => text + (i < values.length ? textOf(values[i]) : "")).join(""))

const textOf = (value: Value): string => {
  if (value === undefined || value === false) return ""
  if (value instanceof Html) return value.text
  if (typeof value === "object") return value.map(textOf).join("")
  return String(value).replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`)
}
