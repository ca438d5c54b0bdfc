/** What the pages say, in the reader's language. English is written in place, and is the key of the others. */
import { arabic } from "./arabic.ts"
import { hebrew } from "./hebrew.ts"
import { Html, html, textOf } from "./html.ts"
import type { Language } from "./language.ts"

export type Phrase = keyof typeof hebrew

const wordsIn: Readonly<Record<Exclude<Language, "en">, Readonly<Record<Phrase, string>>>> = { he: hebrew, ar: arabic }

/** With values for its `{holes}`. */
export const say = (phrase: Phrase, values: Readonly<Record<string, Html | string>> = {}) =>
  new Html((language) => {
    const words = language === "en" ? phrase : wordsIn[language][phrase]
    return words
      .split(/\{(\w+)\}/)
      .map((part, i) => textOf(i % 2 === 0 ? part : values[part], language))
      .join("")
  })

/** A sentence from elsewhere: why something was refused. */
export const sayKnown = (sentence: string) => (isPhrase(sentence) ? say(sentence) : html`<bdi>${sentence}</bdi>`)

const isPhrase = (sentence: string): sentence is Phrase => Object.hasOwn(hebrew, sentence)

/** A point in time, to the minute. */
export const sayTime = (ms: number) =>
  new Html((language) =>
    textOf(
      `${new Intl.DateTimeFormat(language === "en" ? "en-GB" : language, { dateStyle: "medium", timeStyle: "short", timeZone: "UTC" }).format(ms)} UTC`,
      language,
    ),
  )
