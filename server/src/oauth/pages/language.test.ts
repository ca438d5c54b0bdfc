import { describe, expect, it } from "vitest"
import { arabic } from "./arabic.ts"
import { hebrew } from "./hebrew.ts"
import { html } from "./html.ts"
import { languageOf } from "./language.ts"
import { say, sayKnown } from "./say.ts"

const read = (header: string | undefined) =>
  languageOf({ headers: header === undefined ? {} : { "accept-language": header } })

describe("a page's language", () => {
  it.each([
    [undefined, "en"],
    ["", "en"],
    ["he", "he"],
    ["iw-IL", "he"],
    ["ar-EG, en;q=0.5", "ar"],
    ["en;q=0.5, he;q=0.9", "he"],
    ["fr, de;q=0.9, ar;q=0.1", "ar"],
    ["he;q=0, en", "en"],
    ["fr", "en"],
    ["*", "en"],
    [";;;q=x,,=", "en"],
  ])("for %j is %s", (header, language) => {
    expect(read(header)).toBe(language)
  })
})

describe("the words", () => {
  const holes = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(([hole]) => hole).toSorted()
  it.each(Object.keys(hebrew) as ReadonlyArray<keyof typeof hebrew>)("are complete: %s", (phrase) => {
    for (const words of [hebrew[phrase], arabic[phrase]]) {
      expect(words).not.toBe("")
      expect(holes(words)).toEqual(holes(phrase))
    }
  })

  it("take what is put into them as text, unless it is HTML", () => {
    const shown = say("Continue with {provider}", { provider: "<b>" })
    expect(shown.in("en")).toBe("Continue with &#60;b&#62;")
    expect(say("Continue with {provider}", { provider: html`<b>x</b>` }).in("he")).toContain("<b>x</b>")
  })

  it("of others are left as they are", () => {
    expect(sayKnown("The user name or the password is wrong").in("he")).toBe(
      hebrew["The user name or the password is wrong"],
    )
    for (const sentence of ["Who knows? <i>", "constructor"]) {
      expect(sayKnown(sentence).in("he")).toBe(html`<bdi>${sentence}</bdi>`.in("he"))
    }
  })
})
