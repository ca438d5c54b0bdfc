import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { attributesOf, otherHost, safeLink, userOfLink, verdictOn, withoutReversal } from "./html.ts"

describe("HTML that somebody else wrote", () => {
  const attributes = (tag: string, given: Record<string, string>) => attributesOf(tag, (name) => given[name] ?? null)

  it("keeps what formats text", () => {
    for (const tag of ["b", "p", "ul", "table", "details", "code", "h6"]) expect(verdictOn(tag)).toEqual({ keep: tag })
    expect(verdictOn("strike")).toEqual({ keep: "s" })
    expect(verdictOn("font")).toEqual({ keep: "span" })
  })

  it("drops what is no text with all it holds, and unwraps the rest", () => {
    for (const tag of ["script", "style", "svg", "math", "iframe", "template", "noscript", "mx-reply", "plaintext"])
      expect(verdictOn(tag)).toBe("drop")
    for (const tag of ["form", "button", "center", "marquee", "x-own", "__proto__", "constructor"])
      expect(verdictOn(tag)).toBe("unwrap")
  })

  it("keeps no attribute that could act, load, style or name", () => {
    const name = fc.constantFrom("style", "onclick", "onerror", "src", "srcset", "id", "name", "class", "background")
    const tag = fc.constantFrom("a", "p", "span", "ol", "code", "table", "td", "div", "details")
    fc.assert(
      fc.property(tag, name, fc.string(), (tag, name, value) => {
        const kept = attributes(tag, { [name]: value })
        expect(Object.keys(kept).filter((one) => one !== "class")).toEqual([])
        expect(kept["class"] ?? "language-none").toMatch(/^language-[\w+-]+$/)
      }),
    )
  })

  it.each([
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    " \u0001javascript:alert(1)",
    "java\tscript:alert(1)",
    "java\nscript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:msgbox(1)",
    "blob:https://example.com/1",
    "file:///etc/passwd",
    "intent://scan/#Intent;end",
    "//example.com/",
    "/_matrix/client",
    "?x",
    "#x",
    "",
  ])("makes no link of %j", (href) => {
    expect(attributes("a", { href })).toEqual({})
  })

  it("sends no referrer along and opens elsewhere", () => {
    expect(attributes("a", { href: " https://example.com/a?b#c ", target: "_top", rel: "opener" })).toEqual({
      href: "https://example.com/a?b#c",
      target: "_blank",
      rel: "noreferrer noopener",
    })
  })

  it("writes a look-alike host as what it is", () => {
    expect(safeLink("https://аррӏе.com/")).toBe("https://xn--80ak6aa92e.com/")
    expect(withoutReversal("\u202egnp.exe \u2067שלום\u2069")).toBe("gnp.exe \u2067שלום\u2069")
  })

  it("says where a link leads whose text names another place", () => {
    expect(otherHost("https://bank.example/login", "https://evil.example/")).toBe("evil.example")
    expect(otherHost("bank.example", "https://bank.example.evil.com/")).toBe("bank.example.evil.com")
    expect(otherHost("www.bank.example", "https://bank.example/a")).toBeUndefined()
    expect(otherHost("BANK.example/login", "https://bank.example/login")).toBeUndefined()
    expect(otherHost("our bank", "https://bank.example/")).toBeUndefined()
    expect(otherHost("https://аррӏе.com", "https://apple.com/")).toBe("apple.com")
  })

  it("numbers lists within reason", () => {
    expect(attributes("ol", { start: "7" })).toEqual({ start: "7" })
    expect(attributes("ol", { start: "99999999999" })).toEqual({})
  })

  it("knows people by both forms of link", () => {
    expect(userOfLink("https://matrix.to/#/@dana:example.com")).toBe("@dana:example.com")
    expect(userOfLink("https://matrix.to/#/%40dana%3Aexample.com?via=x")).toBe("@dana:example.com")
    expect(userOfLink("matrix:u/dana:example.com?action=chat")).toBe("@dana:example.com")
    for (const other of [
      "https://matrix.to/#/!room:x/$event",
      "https://matrix.to.evil/#/@a:b",
      "https://matrix.to/#/%zz",
    ])
      expect(userOfLink(other)).toBeUndefined()
  })
})
