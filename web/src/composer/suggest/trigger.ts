/** What the caret stands behind: the beginning of a name, a record, an emoji or a command. */

export interface Trigger {
  readonly kind: "person" | "record" | "emoji" | "command"
  readonly query: string
  /** Where its sign stands in the text. */
  readonly start: number
}

const kinds: Readonly<Record<string, Trigger["kind"]>> = { "@": "person", "#": "record", ":": "emoji" }
/** A name or a title may have several words; nobody types more of one than this to find it. */
const longest = 40
/** After a gap; Hebrew and Arabic write short words on to a name, as in "to @Dana". */
const beginning = /(?:^|[\s([{"'\u05be-]|[\p{Script=Hebrew}\p{Script=Arabic}](?=[@#]))([@#:])([^@#:\n]*)$/u

export const triggerAt = (text: string, caret: number): Trigger | undefined => {
  const before = text.slice(0, caret)
  const command = /^\/([a-z]*)$/.exec(before)
  if (command) return { kind: "command", query: command[1] ?? "", start: 0 }

  const found = beginning.exec(before.slice(-longest - 2))
  if (found === null) return undefined
  const [, sign = "", query = ""] = found
  const kind = kinds[sign]
  if (kind === undefined || query.length > longest || query.startsWith(" ")) return undefined
  // One letter after a colon is as often a smiley.
  if (kind === "emoji" && !/^[\p{L}\p{N}_+-]{2,}$/u.test(query)) return undefined
  if (kind === "person" && query.split(" ").length > 3) return undefined
  return { kind, query, start: caret - query.length - 1 }
}

/** The text with what was begun replaced by what was chosen, and where the caret goes. */
export const complete = (text: string, { start }: Trigger, caret: number, chosen: string) => {
  const rest = text.slice(caret)
  const gap = /^\s/.test(rest) ? "" : " "
  return { text: text.slice(0, start) + chosen + gap + rest, caret: start + chosen.length + 1 }
}
