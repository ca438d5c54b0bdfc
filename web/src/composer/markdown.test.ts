import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { toHtml } from "./markdown.ts"

const dana = { kind: "person", id: "@dana:example.com", word: "@Dana" } as const

describe("Markdown", () => {
  it.each([
    ["**paid**", "<strong>paid</strong>"],
    ["a\n*b*", "a<br><em>b</em>"],
    ["~~no~~ yes", "<del>no</del> yes"],
    ["`a < b`", "<code>a &lt; b</code>"],
    ["- one\n- two", "<ul>\n<li>one</li>\n<li>two</li>\n</ul>"],
    ["```ts\nlet a = '<b>'\n```", `<pre><code class="language-ts">let a = &#39;&lt;b&gt;&#39;\n</code></pre>`],
    ["[the invoice](https://example.com/1)", `<a href="https://example.com/1">the invoice</a>`],
    ["||Rosebud||", "<span data-mx-spoiler>Rosebud</span>"],
    ["**שולם**", "<strong>שולם</strong>"],
  ])("%s", (text, html) => expect(toHtml(text, [])).toBe(html))

  it.each([
    "hello",
    "two\nlines",
    "5 * 3 * 2",
    "see https://example.com/a_b_c",
    "snake_case_name",
    "    indented",
    "#1042",
  ])("says nothing new of %j", (text) => expect(toHtml(text, [])).toBeUndefined())

  it("shows HTML that somebody types as they typed it", () => {
    expect(toHtml("**a** <img src=x onerror=alert(1)>", [])).toBe(
      "<strong>a</strong> &lt;img src=x onerror=alert(1)&gt;",
    )
  })

  it("leads nowhere dangerous and loads nothing", () => {
    expect(toHtml("[go](javascript:alert(1))", [])).toBe("go")
    expect(toHtml("![cat](https://example.com/cat.png)", [])).toBe(`<a href="https://example.com/cat.png">cat</a>`)
  })

  it("makes whoever is mentioned a link to them, and nobody else", () => {
    expect(toHtml("ask @Dana, not @Danaë", [dana])).toBe(
      `ask <a href="https://matrix.to/#/%40dana%3Aexample.com">Dana</a>, not @Danaë`,
    )
  })

  it("opens no element but those it makes, whatever is typed", () => {
    const piece = fc.constantFrom(
      "<",
      ">",
      '"',
      "`",
      "*",
      "|",
      "[",
      "](",
      ")",
      "<b>",
      "<script>",
      "\n",
      "javascript:",
      "a ",
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => {
        const html = toHtml(pieces.join(""), []) ?? ""
        const tags = [...html.matchAll(/<\/?([a-z0-9]*)/g)].map(([, name]) => name)
        const own = "p br strong em del code pre a ul ol li blockquote hr span table thead tbody tr th td h1 h2".split(
          " ",
        )
        expect(tags.filter((name) => !own.includes(name ?? ""))).toEqual([])
        expect(html).not.toMatch(/<[^>]*javascript:/)
      }),
    )
  })
})
