import { expect, it } from "vitest"
import { avi, conversation, dana, message, noor } from "../client/examples.ts"
import { previewOf, typingText } from "./preview.ts"

const last = message("a", { body: { kind: "text", text: "On my way", tone: "plain" } })

it("names the sender in a group and not in a personal conversation", () => {
  expect(previewOf(conversation({ last }), "").text).toBe("\u2068Avi\u2069: On my way")
  expect(previewOf(conversation({ last, kind: "personal" }), "").text).toBe("On my way")
})

it("says who oneself is", () => {
  expect(previewOf(conversation({ last: { ...last, own: true, sender: dana } }), "").text).toBe(
    "You: \u2068On my way\u2069",
  )
})

it("prefers a failed send to a draft, to typing, to the last message", () => {
  const all = conversation({ last, failed: true, typing: [avi] })
  expect(previewOf(all, "Hm").tone).toBe("failed")
  expect(previewOf({ ...all, failed: false }, "Hm")).toEqual({ tone: "draft", text: "Draft: Hm" })
  expect(previewOf({ ...all, failed: false }, " ")).toEqual({ tone: "typing", text: "Avi is typing…" })
})

it("describes files, deletions and changes", () => {
  const file = {
    url: "mxc://x/y",
    name: "plan.pdf",
    mimeType: undefined,
    sizeBytes: 1,
    width: undefined,
    height: undefined,
    durationMs: undefined,
  }
  const textOf = (body: typeof last.body) => previewOf(conversation({ last: { ...last, body } }), "").text
  expect(textOf({ kind: "file", file, caption: undefined })).toBe("\u2068Avi\u2069: File: plan.pdf")
  expect(textOf({ kind: "image", file, caption: "The view" })).toBe("\u2068Avi\u2069: The view")
  expect(textOf({ kind: "deleted", by: undefined })).toBe("Message deleted")
  expect(textOf({ kind: "change", change: { kind: "invited", target: noor } })).toBe("Avi invited Noor")
  expect(textOf({ kind: "text", text: "waves", tone: "emote" })).toBe("Avi waves")
})

it("keeps to itself what waits for a click", () => {
  const rich = { html: "<span data-mx-spoiler>he did it</span>", mentions: [] }
  const hidden = { ...last, body: { kind: "text", text: "so: ||he did it||", tone: "plain", rich } as const }
  expect(previewOf(conversation({ last: hidden, kind: "personal" }), "").text).toBe("so: ▒▒▒▒")
})

it("names at most two who type", () => {
  expect(typingText([avi, noor])).toBe("Avi and Noor are typing…")
  expect(typingText([avi, noor, dana])).toBe("Several people are typing…")
})
