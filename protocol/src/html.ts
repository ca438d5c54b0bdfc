/**
 * The one policy for HTML that somebody else wrote: what of a `formatted_body` may be shown, as data and pure functions,
 * for whatever walks the parsed tree. Spec: client-server, "m.room.message msgtypes", tags and attributes to permit.
 *
 * Stricter than the specification's list in three things: pictures give way to their alternative text, as a remote one
 * would tell its owner who reads; colours are left out, as nobody can promise that they are legible in the reader's
 * theme; and the marks that reverse the order of writing are dropped, as they make one address look like another.
 */

/** Longer or deeper ones are not worth a reader's wait; their plain `body` says the same. */
export const MAX_HTML_LENGTH = 64_000
export const MAX_HTML_DEPTH = 100

const permitted = new Set(
  (
    "h1 h2 h3 h4 h5 h6 blockquote p div pre hr br details summary ul ol li table caption thead tbody tr th td " +
    "a b strong i em u s del sup sub code span"
  ).split(" "),
)

/** Older names for the same. */
const renamed = new Map([
  ["strike", "s"],
  ["font", "span"],
])

/** Left out with all that they hold: no browser shows it as text, or it repeats what is shown elsewhere. */
const withContent = new Set(
  (
    "script style template noscript noembed noframes iframe object embed title head xmp plaintext textarea select " +
    "option svg math audio video canvas mx-reply"
  ).split(" "),
)

/** What becomes of an element: it stands, under a name of the list; only what it holds does; or nothing of it. */
export type Verdict = { readonly keep: string } | "unwrap" | "drop"

export const verdictOn = (tag: string): Verdict => {
  const name = renamed.get(tag) ?? tag
  if (permitted.has(name)) return { keep: name }
  return withContent.has(tag) ? "drop" : "unwrap"
}

/** The attributes that an element keeps, in the form that they may have. `read` gives what was written. */
export const attributesOf = (tag: string, read: (name: string) => string | null): Readonly<Record<string, string>> => {
  switch (tag) {
    case "a": {
      const href = safeLink(read("href") ?? "")
      return href === undefined ? {} : { href, target: "_blank", rel: "noreferrer noopener" }
    }
    case "ol": {
      const start = read("start") ?? ""
      return /^-?\d{1,6}$/.test(start) ? { start } : {}
    }
    case "code": {
      const language = /(?:^|\s)(language-[\w+-]{1,40})(?:\s|$)/.exec(read("class") ?? "")?.[1]
      return language === undefined ? {} : { class: language }
    }
    case "span": {
      const reason = read("data-mx-spoiler")
      return reason === null ? {} : { "data-mx-spoiler": withoutReversal(reason) }
    }
    default:
      return {}
  }
}

const linkSchemes = new Set(["https:", "http:", "ftp:", "mailto:", "magnet:", "matrix:"])

/** Only what has a scheme of its own: anything else would lead into whatever page shows it. */
export const safeLink = (href: string): string | undefined => {
  const url = URL.parse(href)
  return url !== null && linkSchemes.has(url.protocol) ? url.href : undefined
}

/** @returns the host that a link leads to, where its text looks like the address of another. */
export const otherHost = (text: string, href: string): string | undefined => {
  const shown = /^(?:https?:\/\/)?((?:[\p{L}\p{N}-]+\.)+\p{L}{2,})(?:[/?#:]|$)/iu.exec(text.trim())?.[1]
  const url = URL.parse(href)
  if (shown === undefined || url === null || !/^https?:$/.test(url.protocol)) return undefined
  const same = URL.parse(`https://${shown}`)?.hostname.replace(/^www\./, "") === url.hostname.replace(/^www\./, "")
  return same ? undefined : url.hostname
}

/** Overrides alone: Hebrew and Arabic need the isolates and the directional marks. */
export const withoutReversal = (text: string) => text.replace(/[\u202d\u202e]/g, "")

/** Whom a link stands for. Spec: appendices, "matrix.to navigation" and "Matrix URIs"; rooms and events stay links. */
export const userOfLink = (href: string): string | undefined => {
  const found = /^https:\/\/matrix\.to\/#\/([^/?]+)(?:\?|$)/.exec(href)?.[1]
  const local = /^matrix:u\/([^/?]+)(?:\?|$)/.exec(href)?.[1]
  const id = decoded(found ?? (local === undefined ? "" : `@${local}`))
  return /^@[^:\s]{1,255}:\S{1,255}$/.test(id) ? id : undefined
}

const decoded = (text: string) => {
  try {
    return decodeURIComponent(text)
  } catch {
    return ""
  }
}
