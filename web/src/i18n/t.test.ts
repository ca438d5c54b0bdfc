import { expect, it } from "vitest"
import { ar } from "./ar.ts"
import { en, type TextKey } from "./en.ts"
import { he } from "./he.ts"
import { format } from "./t.ts"

const formsOf = (text: (typeof en)[TextKey] | (typeof he)[TextKey]) =>
  typeof text === "string" ? [text] : Object.values(text)
const namesIn = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1])

it("chooses the plural form of the language", () => {
  expect(format(en.memberCount, { count: 1 }, "en")).toBe("1 member")
  expect(format(he.newMessages, { count: 2 }, "he")).toBe("שתי הודעות חדשות")
  expect(format(ar.memberCount, { count: 3 }, "ar-EG")).toMatch(/أعضاء$/)
  expect(format(ar.memberCount, { count: 11 }, "ar-EG")).toMatch(/عضوًا$/)
})

it("leaves braces in what people wrote alone", () => {
  expect(format(en.previewFrom, { name: "{text}", text: "hi" }, "en")).toBe("{text}: hi")
})

it.each([
  ["he", he],
  ["ar", ar],
] as const)("has in %s no name that English does not fill in", (_, texts) => {
  for (const key of Object.keys(en) as ReadonlyArray<TextKey>) {
    const known = new Set(formsOf(en[key]).flatMap(namesIn))
    const unknown = formsOf(texts[key])
      .flatMap(namesIn)
      .filter((name) => !known.has(name))
    expect([key, unknown]).toEqual([key, []])
  }
})

it.each([
  ["he", he],
  ["ar", ar],
] as const)("says everything in %s", (_, texts) => {
  expect(Object.keys(texts).toSorted()).toEqual(Object.keys(en).toSorted())
})
