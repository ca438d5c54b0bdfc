import { expect, it } from "vitest"
import { withLinks } from "./links.ts"

const linksIn = (text: string) => withLinks(text).flatMap(({ href }) => href ?? [])

it("leaves the sentence's own marks out of an address", () => {
  expect(linksIn("See https://a.example/plan. And (https://b.example/x), please!")).toEqual([
    "https://a.example/plan",
    "https://b.example/x",
  ])
})

it("keeps brackets that belong to the address", () => {
  expect(linksIn("https://a.example/Plan_(draft)")).toEqual(["https://a.example/Plan_(draft)"])
})

it("links to the web only", () => {
  expect(linksIn("javascript:alert(1) ftp://a.example mailto:a@b.example")).toEqual([])
})

it("loses nothing", () => {
  const text = "a https://x.example, b\nhttps://y.example"
  expect(
    withLinks(text)
      .map((piece) => piece.text)
      .join(""),
  ).toBe(text)
})
