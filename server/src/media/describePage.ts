/** What an HTML page says of itself: Open Graph first, then what search engines read, then what people see. */
import { Parser } from "htmlparser2"

export interface PageDescription {
  readonly title: string | undefined
  readonly description: string | undefined
  readonly siteName: string | undefined
  /** Absolute. */
  readonly imageUrl: string | undefined
}

const maxTitle = 300
const maxDescription = 1000
/** Texts of the page that stand in where it describes nothing. */
const shownTexts = new Set(["title", "h1", "p"])

export const describePage = (html: string, url: string): PageDescription => {
  const meta = new Map<string, string>()
  const texts = new Map<string, string>()
  const collecting: Array<string> = []
  let hidden = 0
  let linkedImage: string | undefined

  const parser = new Parser({
    onopentag: (name, attributes) => {
      if (name === "meta") {
        const key = attributes["property"] ?? attributes["name"]
        const content = attributes["content"]?.trim()
        if (key !== undefined && content && !meta.has(key.toLowerCase())) meta.set(key.toLowerCase(), content)
      }
      if (name === "link" && attributes["rel"] === "image_src") linkedImage ??= attributes["href"]
      if (name === "script" || name === "style" || name === "noscript") hidden++
      if (shownTexts.has(name) && !(texts.get(name) ?? "").trim()) {
        texts.set(name, "")
        collecting.push(name)
      }
    },
    ontext: (text) => {
      const name = collecting.at(-1)
      if (hidden > 0 || name === undefined) return
      const before = texts.get(name) ?? ""
      if (before.length < maxDescription) texts.set(name, before + text)
    },
    onclosetag: (name) => {
      if (name === "script" || name === "style" || name === "noscript") hidden = Math.max(0, hidden - 1)
      if (collecting.at(-1) === name) collecting.pop()
    },
  })
  parser.end(html)

  const first = (maxLength: number, ...values: ReadonlyArray<string | undefined>) =>
    values
      .map((value) => value?.replaceAll(/\s+/g, " ").trim())
      .find((value) => value !== undefined && value !== "")
      ?.slice(0, maxLength)
      .toWellFormed()
  const image = meta.get("og:image:secure_url") ?? meta.get("og:image") ?? meta.get("twitter:image") ?? linkedImage
  return {
    title: first(maxTitle, meta.get("og:title"), meta.get("twitter:title"), texts.get("title"), texts.get("h1")),
    description: first(
      maxDescription,
      meta.get("og:description"),
      meta.get("twitter:description"),
      meta.get("description"),
      texts.get("p"),
    ),
    siteName: first(maxTitle, meta.get("og:site_name")),
    imageUrl: image !== undefined && URL.canParse(image, url) ? new URL(image, url).href : undefined,
  }
}

/** Text from bytes: by the Content-Type, else by what the page's head says, else UTF-8. */
export const decodePage = (bytes: Uint8Array, contentType: string): string => {
  const head = Buffer.from(bytes.subarray(0, 1024)).toString("latin1")
  const label =
    /charset\s*=\s*["']?([\w:.-]+)/i.exec(contentType)?.[1] ?? /charset\s*=\s*["']?([\w:.-]+)/i.exec(head)?.[1]
  try {
    return new TextDecoder(label ?? "utf-8").decode(bytes)
  } catch {
    return new TextDecoder().decode(bytes)
  }
}
