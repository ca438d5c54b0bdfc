/**
 * Somebody else's HTML as nodes to show. The browser parses it into a document of its own, where nothing runs and nothing
 * is loaded; what the policy permits is then made anew, node by node. Nothing is written as text and parsed again, so
 * there is no second reading that could find what the first did not.
 */
import { attributesOf, MAX_HTML_DEPTH, otherHost, userOfLink, verdictOn, withoutReversal } from "@biz1/protocol/html"
import { t } from "../i18n/t.ts"
import { withLinks } from "./links.ts"

export interface Names {
  readonly me: string | undefined
  readonly of: (userId: string) => string
}

export const safeHtml = (html: string, names: Names): DocumentFragment => {
  const parsed = new DOMParser().parseFromString(html, "text/html")
  const fragment = document.createDocumentFragment()
  fragment.append(...childrenOf(parsed.body, names, 0, true))
  return fragment
}

const childrenOf = (parent: Element, names: Names, depth: number, links: boolean): Array<Node> =>
  depth > MAX_HTML_DEPTH ? [] : [...parent.childNodes].flatMap((child) => copyOf(child, names, depth, links))

const copyOf = (node: Node, names: Names, depth: number, links: boolean): ReadonlyArray<Node> => {
  if (node instanceof Text) return links ? linked(node.data) : [new Text(withoutReversal(node.data))]
  if (!(node instanceof HTMLElement)) return []
  const tag = node.localName
  if (tag === "img") return [new Text(withoutReversal(node.getAttribute("alt") ?? ""))]
  const verdict = verdictOn(tag)
  if (verdict === "drop") return []
  const inner = () => childrenOf(node, names, depth + 1, links && tag !== "a" && tag !== "code" && tag !== "pre")
  if (verdict === "unwrap") return inner()
  const attributes = attributesOf(verdict.keep, (name) => node.getAttribute(name))
  // A link that leads nowhere is only text.
  return tag === "a" && attributes["href"] === undefined ? inner() : [elementOf(verdict.keep, attributes, names, inner)]
}

type Attributes = Readonly<Record<string, string>>

const elementOf = (tag: string, attributes: Attributes, names: Names, inner: () => ReadonlyArray<Node>): Node => {
  const mentioned = tag === "a" ? userOfLink(attributes["href"] ?? "") : undefined
  if (mentioned !== undefined) return pill(mentioned, names)
  const spoiler = attributes["data-mx-spoiler"]
  if (spoiler !== undefined) return hidden(spoiler, inner())

  const element = document.createElement(outlined[tag] ?? tag)
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value)
  // What a link says is its writer's choice: where it leads shows beside it.
  if (tag === "a") element.title = attributes["href"] ?? ""
  if (codes.has(tag)) element.dir = "ltr"
  else if (blocks.has(tag)) element.dir = "auto"
  element.append(...inner())
  const host = tag === "a" ? otherHost(element.textContent, attributes["href"] ?? "") : undefined
  if (host !== undefined) element.append(` (${host})`)
  return tag === "table" || tag === "pre" ? scrolling(element) : element
}

/** A message's headings come below the page's own. */
const outlined: Readonly<Record<string, string>> = { h1: "h3", h2: "h4", h3: "h5", h4: "h6", h5: "h6" }
const codes = new Set(["code", "pre"])
const blocks = new Set("p div blockquote li td th caption summary h1 h2 h3 h4 h5 h6".split(" "))

/** Under the name that the person goes by, whatever the writer of the link called them. */
const pill = (userId: string, { me, of }: Names) => {
  const element = document.createElement("bdi")
  element.className = userId === me ? "pill me" : "pill"
  element.title = userId
  element.textContent = `@${withoutReversal(of(userId))}`
  return element
}

const hidden = (reason: string, content: ReadonlyArray<Node>) => {
  const button = document.createElement("button")
  button.className = "spoiler"
  button.textContent = reason === "" ? t("spoiler") : t("spoilerAbout", { reason })
  button.setAttribute("aria-expanded", "false")
  const inner = document.createElement("span")
  inner.hidden = true
  inner.append(...content)
  button.addEventListener("click", () => {
    inner.hidden = !inner.hidden
    button.setAttribute("aria-expanded", String(!inner.hidden))
  })
  const element = document.createElement("span")
  element.append(button, inner)
  return element
}

/** As wide as it is, in a box that scrolls by itself, also by keyboard. */
const scrolling = (wide: HTMLElement) => {
  const box = document.createElement("div")
  box.className = "wide"
  box.tabIndex = 0
  box.append(wide)
  return box
}

const linked = (text: string): ReadonlyArray<Node> =>
  withLinks(withoutReversal(text)).map(({ text, href }) => {
    if (href === undefined) return new Text(text)
    const link = document.createElement("a")
    for (const [name, value] of Object.entries(attributesOf("a", () => href))) link.setAttribute(name, value)
    link.textContent = text
    return link
  })
