/** The evidence as a page to read: what was said, by whom and when, and what can be proved of it. */
import type { Verdict } from "@biz1/core/business/evidence"
import type { EventEntry } from "../../log/LogEntry.ts"
import { document, escaped, said } from "../export/page.ts"

const time = (ms: number) => new Date(ms).toISOString()

const words = (verdict: Verdict) => {
  switch (verdict.verdict) {
    case "authentic":
      return "authentic"
    case "altered":
      return `altered: ${verdict.why}`
    default:
      return `${verdict.verdict} at ${time(verdict.at)}`
  }
}

const item = ({ event, redactedBy }: EventEntry, verdict: Verdict) => {
  const { roomId, sender, type, stateKey, content, originServerTs: at, eventId } = event
  const line = { roomId, sender, type, stateKey, at, content, redacted: redactedBy !== undefined, file: undefined }
  return `<li><time datetime="${time(at)}">${time(at)}</time> <b dir="auto">${escaped(sender)}</b>
<p dir="auto">${escaped(said(line))}</p>
<p><small><code>${escaped(eventId)}</code> ${escaped(words(verdict))}</small></p></li>`
}

export const readablePage = (
  title: string,
  items: ReadonlyArray<{ readonly entry: EventEntry; readonly verdict: Verdict }>,
): string => {
  const list = items.map(({ entry, verdict }) => item(entry, verdict))
  return document(
    title,
    `<p>This page is for reading. What proves it is in the files beside it: <code>node verify.mjs</code>.</p>
<ol>\n${list.join("\n")}\n</ol>`,
  )
}
