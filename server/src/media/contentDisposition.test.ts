import { validateHeaderValue } from "node:http"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { cleanFileName, contentDisposition } from "./contentDisposition.ts"

describe("Content-Disposition", () => {
  it.each([
    [undefined, "attachment"],
    ["", "attachment"],
    ["\n", "attachment"],
    ["War and Peace.pdf", 'attachment; filename="War and Peace.pdf"'],
    ["a;b=c,d.txt", 'attachment; filename="a;b=c,d.txt"'],
    ['say "hi".txt', "attachment; filename*=UTF-8''say%20%22hi%22.txt"],
    ["100%.txt", "attachment; filename*=UTF-8''100%25.txt"],
    ["it's (1)*ü.txt", "attachment; filename*=UTF-8''it%27s%20%281%29%2A%C3%BC.txt"],
    ["x\r\nSet-Cookie: a=b", 'attachment; filename="xSet-Cookie: a=b"'],
    ["../../etc/passwd", 'attachment; filename=".._.._etc_passwd"'],
    ["C:\\windows\\system.ini", 'attachment; filename="C:_windows_system.ini"'],
    ["invoice\u202egpj.exe", 'attachment; filename="invoicegpj.exe"'],
    ["חשבונית.pdf", "attachment; filename*=UTF-8''%D7%97%D7%A9%D7%91%D7%95%D7%A0%D7%99%D7%AA.pdf"],
    ["\ud800.txt", "attachment; filename*=UTF-8''%EF%BF%BD.txt"],
  ])("of %j", (name, header) => {
    expect(contentDisposition("attachment", name)).toBe(header)
  })

  it("is always a header, and always tells the cleaned name", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 400 }), (name) => {
        const header = contentDisposition("inline", name)
        validateHeaderValue("content-disposition", header)
        expect(nameIn(header)).toBe(cleanFileName(name))
      }),
    )
  })
})

describe("a cleaned file name", () => {
  it("is cleaned once and for all, short, and within one folder", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 400 }), (name) => {
        const clean = cleanFileName(name)
        if (clean === undefined) return
        expect(cleanFileName(clean)).toBe(clean)
        expect(Array.from(clean).length).toBeLessThanOrEqual(255)
        expect(clean).not.toMatch(/[/\\\p{Cc}]/u)
      }),
    )
  })
})

/** As a browser reads it. */
const nameIn = (header: string) => {
  const encoded = /filename\*=UTF-8''(.*)$/.exec(header)?.[1]
  return encoded === undefined ? /filename="(.*)"$/.exec(header)?.[1] : decodeURIComponent(encoded)
}
