import { describe, expect, it } from "vitest"
import { highlightsIn, searching } from "./matches.ts"

describe("a text", () => {
  it.each([
    ["Invoice INV-1042 is due", "1042"],
    ["Invoice INV-1042 is due", "inv-1042"],
    ["Invoice INV-1042 is due", "INV 1042"],
    ["Invoices are due", "invoice"],
    ["שָׁלוֹם לְכֻלָּם", "שלום"],
    ["שלום", "שָׁלוֹם"],
    ["السَّلامُ عَلَيْكُم", "السلام"],
    ["أحمد ذهب إلى المدرسة", "احمد المدرسه"],
    ["محـــمد", "محمد"],
    ["東京都の天気", "京都"],
    ["東京都の天気 OK", "天気 ok"],
    ["Crème brûlée", "creme BRULEE"],
  ])("%s is found by %s", (text, term) => expect(searching(term)?.(text)).toBe(true))

  it.each([
    ["Invoice 10425", "1042"],
    ["the invoice", "voice"],
    ["京 is in 東都", "東京"],
    ["one thing", "one other"],
  ])("%s is not found by %s", (text, term) => expect(searching(term)?.(text)).toBe(false))

  it("is not asked for by a question without words", () => expect(searching("… !")).toBeUndefined())

  it("shows what was found as it is written there", () => {
    expect(highlightsIn("Crème for INV-1042, creme", "creme 1042")).toEqual(["Crème", "1042", "creme"])
    expect(highlightsIn("שָׁלוֹם 東京都", "שלום 京都")).toEqual(["שָׁלוֹם", "京都"])
  })
})
