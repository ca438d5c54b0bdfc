import { describe, expect, it } from "vitest"
import { decodePage, describePage } from "./describePage.ts"

const url = "https://shop.example/products/1"

describe("a page's description", () => {
  it("is what it says in Open Graph", () => {
    const html = `<html><head><title>Other</title>
      <meta property="og:title" content="A  &amp; B"><meta property="og:description" content="Good things">
      <meta property="og:site_name" content="Shop"><meta property="og:image" content="/one.png">`
    expect(describePage(html, url)).toEqual({
      title: "A & B",
      description: "Good things",
      siteName: "Shop",
      imageUrl: "https://shop.example/one.png",
    })
  })

  it("is what people see where it says nothing", () => {
    const html = `<title></title><script>var title = "<p>no</p>"</script><style>p { color: red }</style>
      <body><h1>The <b>heading</b></h1><p> First
      paragraph. </p><p>Second</p>`
    expect(describePage(html, url)).toMatchObject({
      title: "The heading",
      description: "First paragraph.",
      imageUrl: undefined,
    })
  })

  it("is bounded, and whole characters", () => {
    const long = "🎉".repeat(2000)
    const { title, description } = describePage(`<title>${long}</title><p>${long}</p>`, url)
    expect(title!.length).toBeLessThanOrEqual(300)
    expect(description!.length).toBeLessThanOrEqual(1000)
    expect(title!.isWellFormed() && description!.isWellFormed()).toBe(true)
  })

  it("takes no image that is no address", () => {
    expect(describePage(`<meta property="og:image" content="http://[bad">`, url).imageUrl).toBeUndefined()
  })
})

describe("a page's text", () => {
  it("is decoded by its header, by its own words, or as UTF-8", () => {
    const latin = Buffer.from("caf\u00e9", "latin1")
    expect(decodePage(latin, "text/html; charset=ISO-8859-1")).toBe("café")
    expect(decodePage(Buffer.concat([Buffer.from(`<meta charset="windows-1252">`), latin]), "text/html")).toContain(
      "café",
    )
    expect(decodePage(Buffer.from("שלום"), "text/html")).toBe("שלום")
    expect(decodePage(Buffer.from("שלום"), "text/html; charset=nonsense")).toBe("שלום")
  })
})
