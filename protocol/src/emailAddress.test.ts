import { describe, expect, it } from "vitest"
import { foldedAddress, isEmailAddress } from "./emailAddress.ts"

describe("addresses of mail", () => {
  it("are taken as people have them", () => {
    for (const text of ["a@b", "first.last+tag@mail.example.com", "o'neil@example.com", "иван@пример.рф"]) {
      expect(isEmailAddress(text)).toBe(true)
    }
  })

  it("name one mailbox, and nothing beside it", () => {
    const more = ["a@b,c@d", "a b@c", "a@b\r\nTo: c@d", "Name <a@b>", "a@b;c", '"a"@b', "@b", "a@", "a@b..c", "a@[::1]"]
    for (const text of [...more, `${"a".repeat(65)}@b`, `a@${"b".repeat(63)}.`.repeat(5)]) {
      expect(isEmailAddress(text)).toBe(false)
    }
  })

  it("are the same in any case", () => {
    expect(foldedAddress("Straße@Example.COM")).toBe(foldedAddress("STRASSE@example.com"))
  })
})
