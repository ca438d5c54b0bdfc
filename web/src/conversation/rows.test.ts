import { describe, expect, it } from "vitest"
import { avi, change, dana, message, minute, noon } from "../client/examples.ts"
import { type Row, toRows } from "./rows.ts"

const reader = { locale: "en-GB", zone: "Europe/Berlin" }
const rowsOf = (messages: Parameters<typeof toRows>[0], after?: string) =>
  toRows(messages, after === undefined ? undefined : { after }, reader)

/** Rows in short: `day`, `unread 2`, `a<>` for a message alone in its group, `a<` and `b>` for one of two. */
const brief = (rows: ReadonlyArray<Row>) =>
  rows.map((row) => {
    if (row.kind === "message") return `${row.key}${row.first ? "<" : ""}${row.last ? ">" : ""}`
    if (row.kind === "unread") return `unread ${row.count}`
    return row.kind === "changes" ? `changes ${row.messages.length}` : row.kind
  })

describe("groups", () => {
  it("joins one author's messages within five minutes", () => {
    const rows = rowsOf([
      message("a"),
      message("b", { at: noon + 4 * minute }),
      message("c", { at: noon + 10 * minute }),
    ])
    expect(brief(rows)).toEqual(["day", "a<", "b>", "c<>"])
  })

  it("breaks at another author", () => {
    expect(brief(rowsOf([message("a", { sender: avi }), message("b", { sender: dana })]))).toEqual([
      "day",
      "a<>",
      "b<>",
    ])
  })

  it("breaks at a new day of the reader, not of the server", () => {
    const beforeMidnightInBerlin = Date.UTC(2026, 4, 3, 21, 59)
    const rows = rowsOf([
      message("a", { at: beforeMidnightInBerlin }),
      message("b", { at: beforeMidnightInBerlin + 2 * minute }),
    ])
    expect(brief(rows)).toEqual(["day", "a<>", "day", "b<>"])
  })

  it("breaks at a change", () => {
    expect(brief(rowsOf([message("a"), change("x"), message("b")]))).toEqual(["day", "a<>", "changes 1", "b<>"])
  })
})

describe("changes", () => {
  it("tells two in full", () => {
    expect(brief(rowsOf([change("x"), change("y")]))).toEqual(["day", "changes 1", "changes 1"])
  })

  it("folds three", () => {
    expect(brief(rowsOf([change("x"), change("y"), change("z")]))).toEqual(["day", "changes 3"])
  })
})

describe("the unread divider", () => {
  const read = message("read")

  it("stands before the first message after the receipt and counts what others said", () => {
    const rows = rowsOf([read, message("a"), message("mine", { own: true, sender: dana }), message("b")], "read")
    expect(brief(rows)).toEqual(["day", "read<>", "unread 2", "a<>", "mine<>", "b<>"])
  })

  it("skips one's own messages and changes", () => {
    expect(brief(rowsOf([read, message("mine", { own: true }), change("x")], "read"))).not.toContain("unread 0")
  })

  it("is not there when the receipt is not loaded", () => {
    expect(brief(rowsOf([message("a")], "elsewhere"))).toEqual(["day", "a<>"])
  })
})

it("gives every row a key of its own", () => {
  const rows = rowsOf(
    [change("x"), message("a"), change("y"), change("z"), message("b", { at: noon + 1440 * minute })],
    "a",
  )
  expect(new Set(rows.map(({ key }) => key)).size).toBe(rows.length)
})
