import { describe, expect, it } from "vitest"
import { compose } from "./compose.ts"
import { tokensIn, type Token } from "./tokens.ts"

const dana: Token = { kind: "person", id: "@dana:example.com", word: "@Dana" }
const invoice: Token = { kind: "record", type: "invoice", id: "7", word: "#INV-1042" }

describe("what is sent", () => {
  it("is plain where nothing in it is formatted", async () => {
    expect(await compose("hello", [])).toEqual({
      text: "hello",
      tone: "plain",
      html: undefined,
      mentions: [],
      records: [],
    })
  })

  it("keeps the Markdown as its text and says it formatted beside", async () => {
    const written = await compose("it is **paid**", [])
    expect(written.text).toBe("it is **paid**")
    expect(written.html).toBe("it is <strong>paid</strong>")
  })

  it("says it once where twice would be more than a message holds", async () => {
    const written = await compose(`**long** ${"x".repeat(40_000)}`, [])
    expect(written.html).toBeUndefined()
    expect(written.text).toContain("**long**")
  })

  it("means those people and records whose words are still there", async () => {
    const written = await compose("@Dana: #INV-1042 is open", [dana, invoice, dana])
    expect(written.mentions).toEqual([dana.id])
    expect(written.records).toEqual([{ type: "invoice", id: "7" }])
    expect(written.html).toContain("matrix.to")
    expect((await compose("never mind", [dana, invoice])).mentions).toEqual([])
  })

  it("does not mean Dana by Danaë", () => {
    expect(tokensIn("@Danaë", [dana])).toEqual([])
    expect(tokensIn("@Danaë and @Dana", [dana])).toEqual([dana])
  })

  it.each([
    ["/me waves", { text: "waves", tone: "emote" }],
    ["/shrug no idea", { text: "no idea ¯\\_(ツ)_/¯", html: undefined }],
    ["/spoiler he did it", { text: "||he did it||", html: "<span data-mx-spoiler>he did it</span>" }],
    ["/plain **as it is**", { text: "**as it is**", html: undefined }],
    ["//etc", { text: "/etc" }],
    ["/unknown thing", { text: "/unknown thing", tone: "plain" }],
    ["/me", { text: "/me", tone: "plain" }],
  ])("obeys %s", async (text, expected) => expect(await compose(text, [])).toMatchObject(expected))
})
