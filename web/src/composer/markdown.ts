/**
 * Markdown as HTML for `formatted_body`. HTML that somebody types is text like any other, addresses lead only where the
 * policy for other people's HTML lets them, and a picture is a link to it. Loaded when a text first looks like Markdown.
 */
import { safeLink } from "@biz1/protocol/html"
import { Marked, type MarkedToken, type Token as Parsed, type TokenizerAndRendererExtension } from "marked"
import type { PersonToken } from "./tokens.ts"

/** @returns nothing where the text says the same without. */
export const toHtml = (text: string, people: ReadonlyArray<PersonToken>): string | undefined => {
  const marked = parserFor(people)
  const tokens = marked.lexer(text)
  if (tokens.every(isPlain)) return undefined
  const html = marked.parser(tokens).trim()
  const single = tokens.filter(({ type }) => type !== "space").length === 1 && tokens[0]?.type === "paragraph"
  return single ? html.replace(/^<p>|<\/p>$/g, "") : html
}

const isPlain = (token: Parsed): boolean => {
  const known = token as MarkedToken
  switch (known.type) {
    case "space":
    case "br":
      return true
    case "text":
    case "paragraph":
      return known.tokens?.every(isPlain) ?? true
    case "link":
      // An address by itself becomes a link in any client.
      return known.raw === known.href
    default:
      return false
  }
}

const parserFor = (people: ReadonlyArray<PersonToken>) =>
  new Marked({
    gfm: true,
    breaks: true,
    extensions: [spoiler, ...people.map(mention)],
    tokenizer: {
      // Neither HTML nor what would vanish from sight: indentation is not code, and a definition is a sentence.
      html: () => undefined,
      tag: () => undefined,
      code: () => undefined,
      def: () => undefined,
    },
    renderer: {
      link({ href, tokens }) {
        const inner = this.parser.parseInline(tokens)
        const address = safeLink(href)
        return address === undefined ? inner : `<a href="${escaped(address)}">${inner}</a>`
      },
      image({ href, text }) {
        const address = safeLink(href)
        return address === undefined ? escaped(text) : `<a href="${escaped(address)}">${escaped(text || href)}</a>`
      },
      checkbox: ({ checked }) => (checked ? "☑ " : "☐ "),
      code: ({ text, lang }) => {
        const language = /^[\w+-]{1,40}/.exec(lang ?? "")?.[0]
        return `<pre><code${language === undefined ? "" : ` class="language-${language}"`}>${escaped(text)}\n</code></pre>`
      },
    },
  })

/** `||hidden||`, as several messengers write it. */
const spoiler: TokenizerAndRendererExtension = {
  name: "spoiler",
  level: "inline",
  start: (text) => text.indexOf("||"),
  tokenizer(text) {
    const found = /^\|\|(?!\s)([^\n]+?)\|\|/.exec(text)
    return found?.[1] === undefined
      ? undefined
      : { type: "spoiler", raw: found[0], tokens: this.lexer.inlineTokens(found[1]) }
  },
  renderer(token) {
    return `<span data-mx-spoiler>${this.parser.parseInline(token.tokens ?? [])}</span>`
  },
}

const mention = ({ id, word }: PersonToken, index: number): TokenizerAndRendererExtension => ({
  name: `mention${index}`,
  level: "inline",
  start: (text) => text.indexOf(word),
  tokenizer: (text) =>
    text.startsWith(word) && !/^[\p{L}\p{N}]/u.test(text.slice(word.length))
      ? { type: `mention${index}`, raw: word }
      : undefined,
  renderer: () => `<a href="https://matrix.to/#/${encodeURIComponent(id)}">${escaped(word.slice(1))}</a>`,
})

const escapes: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
}
const escaped = (text: string) => text.replace(/[&<>"']/g, (sign) => escapes[sign] ?? "")
