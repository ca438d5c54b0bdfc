/** The language in which a reader gets a page: what their browser likes best of those that the pages know. RFC 9110, 12.5.4. */
import type { IncomingMessage } from "node:http"

export const languages = ["en", "he", "ar"] as const
export type Language = (typeof languages)[number]

export const directionOf = (language: Language) => (language === "en" ? "ltr" : "rtl")

const isLanguage = (text: string): text is Language => (languages as ReadonlyArray<string>).includes(text)

/** The old code for Hebrew is still sent. */
const renamed: Readonly<Record<string, Language>> = { iw: "he" }

export const languageOf = (request: Pick<IncomingMessage, "headers">): Language => {
  const wanted = (request.headers["accept-language"] ?? "")
    .slice(0, 1000)
    .split(",")
    .map((range) => {
      const [tag = "", ...parameters] = range
        .trim()
        .toLowerCase()
        .split(/\s*;\s*/)
      const weight = parameters.find((parameter) => parameter.startsWith("q="))
      const primary = tag.split("-", 1)[0] ?? ""
      return { language: renamed[primary] ?? primary, weight: weight === undefined ? 1 : Number(weight.slice(2)) || 0 }
    })
    .filter(({ weight }) => weight > 0)
    .toSorted((a, b) => b.weight - a.weight)
  return wanted.map(({ language }) => language).find(isLanguage) ?? "en"
}
