import { describe, expect, it } from "vitest"
import { isInline, servedType, sniff } from "./contentType.ts"

const png = Buffer.from("89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489", "hex")
const ogg = Buffer.from("4f67675300020000000000000000", "hex")
const html = Buffer.from("<!DOCTYPE html><script>alert(1)</script>")

describe("what a file is served as", () => {
  it.each([
    ["image/png", png, "image/png"],
    ["IMAGE/PNG", png, "IMAGE/PNG"],
    ["image/jpeg", png, "image/jpeg"],
    ["text/plain; charset=utf-8", html, "text/plain; charset=utf-8"],
    ["text/html", html, "text/html"],
    ["application/octet-stream", png, "application/octet-stream"],
    ["application/x-custom", png, "application/x-custom"],
    ["audio/ogg", ogg, "audio/ogg"],
    ["video/ogg", ogg, "video/ogg"],
    ["audio/mpeg", Buffer.from("encrypted, or a long tag"), "audio/mpeg"],
  ])("%s stays what was declared", async (declared, head, served) => {
    expect(servedType(declared, await sniff(head))).toBe(served)
  })

  it.each([
    ["an encrypted picture", "image/png", Buffer.from("nothing that is known")],
    ["a page that says it is a picture", "image/gif", html],
    ["a picture that says it is a video", "video/mp4", png],
    ["nothing declared", undefined, png],
    ["no type at all", "picture", png],
    ["a header within the header", "text/plain\r\nx: y", html],
    ["an endless type", `text/${"a".repeat(300)}`, html],
    ["an empty picture", "image/png", Buffer.alloc(0)],
  ])("%s is bytes", async (_, declared, head) => {
    expect(servedType(declared, await sniff(head))).toBe("application/octet-stream")
  })
})

describe("a browser shows", () => {
  it.each(["image/png", "Image/PNG", "text/plain; charset=utf-8", "video/mp4", "audio/x-flac"])("%s", (type) => {
    expect(isInline(type)).toBe(true)
  })
  it.each(["text/html", "image/svg+xml", "application/pdf", "application/xhtml+xml", "text/javascript", "image/png2"])(
    "%s only after it is saved",
    (type) => {
      expect(isInline(type)).toBe(false)
    },
  )
})
