import { describe, expect, it } from "vitest"
import { complete, triggerAt } from "./trigger.ts"

const at = (text: string) => triggerAt(text, text.length)

describe("what is begun at the caret", () => {
  it.each([
    ["@", { kind: "person", query: "", start: 0 }],
    ["ask @dan", { kind: "person", query: "dan", start: 4 }],
    ["@Dana Lev", { kind: "person", query: "Dana Lev", start: 0 }],
    ["שאל את @דנ", { kind: "person", query: "דנ", start: 7 }],
    ["תשאל את ל@דנ", { kind: "person", query: "דנ", start: 9 }],
    ["قل ل@دا", { kind: "person", query: "دا", start: 4 }],
    ["see #1042", { kind: "record", query: "1042", start: 4 }],
    ["#harbour crane", { kind: "record", query: "harbour crane", start: 0 }],
    ["good :thu", { kind: "emoji", query: "thu", start: 5 }],
    ["/sp", { kind: "command", query: "sp", start: 0 }],
  ])("%s", (text, trigger) => expect(at(text)).toEqual(trigger))

  it.each([
    "dana@example.com",
    "12:30",
    "שלום:שם",
    ":)",
    ":-)",
    "http://x",
    "# heading",
    "a /me",
    "/me waves",
    "@a b c d",
    "@dana\n",
  ])("is nothing in %j", (text) => expect(at(text)).toBeUndefined())

  it("is looked for before the caret alone", () => {
    expect(triggerAt("@dan and more", 4)).toEqual({ kind: "person", query: "dan", start: 0 })
  })

  it("gives way to what is chosen", () => {
    const trigger = triggerAt("hi @da there", 6)!
    expect(complete("hi @da there", trigger, 6, "@Dana")).toEqual({ text: "hi @Dana there", caret: 9 })
    expect(complete("hi @da", trigger, 6, "@Dana")).toEqual({ text: "hi @Dana ", caret: 9 })
  })
})
