/** Exported events as pages for people: plain text in HTML, nothing of which runs, loads or leads anywhere outside. */
import { isJsonObject, type JsonObject } from "@biz1/protocol/json"

export interface Line {
  readonly roomId: string
  readonly sender: string
  readonly type: string
  readonly stateKey: string | undefined
  /** Milliseconds since 1970. */
  readonly at: number
  readonly content: JsonObject
  readonly redacted: boolean
  /** Where its file is in the archive. */
  readonly file: string | undefined
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
}
export const escaped = (text: string) => text.replace(/[&<>"']/g, (character) => entities[character]!)

/** What an event says, in a line. */
export const said = ({ type, stateKey, content, redacted }: Line): string => {
  if (redacted) return "(removed)"
  const edited = content["m.new_content"]
  const body = isJsonObject(edited) ? edited["body"] : content["body"]
  const text = typeof body === "string" ? body : ""
  if (type === "m.room.message") return isJsonObject(edited) ? `(edit) ${text}` : text
  if (type === "m.room.encrypted") return "(encrypted)"
  if (type === "m.room.member") return `${stateKey ?? ""}: ${String(content["membership"])}`
  return text === "" ? `(${type})` : text
}

const shown = (line: Line): string => {
  const time = new Date(line.at).toISOString()
  const file = line.file === undefined ? "" : ` <a href="../${escaped(line.file)}">${escaped(line.file)}</a>`
  const kind = line.stateKey === undefined ? "" : ' class="state"'
  return `<li${kind}><time datetime="${time}">${time}</time> <b dir="auto">${escaped(line.sender)}</b>
<p dir="auto">${escaped(said(line))}${file}</p></li>`
}

/** As strict as a page opened from a disk can be. */
export const document = (title: string, body: string): string => `<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escaped(title)}</title>
<style>body{font:1em/1.5 system-ui;max-width:48rem;margin:2rem auto;padding-inline:1rem}ol{list-style:none;padding:0}
time{color:#666;font-size:.85em}p{margin:.1rem 0 .8rem;white-space:pre-wrap;overflow-wrap:anywhere}.state{color:#666}</style>
</head><body>
<h1 dir="auto">${escaped(title)}</h1>
${body}
</body></html>
`

/** Pages count from 1. */
export const pageName = (number: number) => `pages/${String(number).padStart(5, "0")}.html`

const link = (number: number, text: string) => `<a href="${pageName(number).slice("pages/".length)}">${text}</a>`

export const page = (title: string, lines: ReadonlyArray<Line>, number: number, isLast: boolean): string => {
  const around = `<nav>${number > 1 ? link(number - 1, "Earlier") : ""} ${isLast ? "" : link(number + 1, "Later")}</nav>`
  let room = ""
  const items = lines.map((line) => {
    const heading = line.roomId === room ? "" : `<li><h2>${escaped(line.roomId)}</h2></li>\n`
    room = line.roomId
    return heading + shown(line)
  })
  return document(title, `${around}\n<ol>\n${items.join("\n")}\n</ol>\n${around}`)
}
