import { describe, expect, it } from "vitest"
import { parseTerms, policiesOf, wordingFor } from "./terms.ts"

const en = { name: "Privacy policy", url: "https://example.com/privacy" }
const he = { name: "מדיניות פרטיות", url: "https://example.com/he" }

describe("terms", () => {
  it("go to clients in the form in which they were set", () => {
    const set = { privacy_policy: { version: "1.2", en, he }, "house.rules": { version: "3", "pt-BR": en } }
    expect(policiesOf(parseTerms(JSON.stringify(set))!)).toEqual(set)
  })

  it("are shown in the reader's language, in English, or in what there is", () => {
    const terms = parseTerms(JSON.stringify({ both: { version: "1", en, he }, one: { version: "1", he } }))!
    expect(wordingFor(terms["both"]!, "he")).toEqual(he)
    expect(wordingFor(terms["both"]!, "ar")).toEqual(en)
    expect(wordingFor(terms["one"]!, "ar")).toEqual(he)
  })

  it.each([
    "",
    "{}",
    "[]",
    "not JSON",
    JSON.stringify({ privacy: { en } }),
    JSON.stringify({ privacy: { version: "1" } }),
    JSON.stringify({ privacy: { version: "", en } }),
    JSON.stringify({ privacy: { version: "1", en: { name: "", url: en.url } } }),
    JSON.stringify({ privacy: { version: "1", en: { name: "x" } } }),
    JSON.stringify({ privacy: { version: "1", en: { name: "x", url: "javascript:alert(1)" } } }),
    JSON.stringify({ privacy: { version: "1", en: { name: "x", url: "/privacy" } } }),
    JSON.stringify({ privacy: { version: "1", "no language": en } }),
    JSON.stringify({ "no name": { version: "1", en } }),
  ])("are not %s", (text) => {
    expect(parseTerms(text)).toBeUndefined()
  })
})
