/** Messages as the rows that a timeline shows: day separators, groups, the unread divider, folded changes. */
import type { Message } from "../client/model.ts"
import { dayNumber, type Reader } from "../i18n/time.ts"

export type Row =
  | { readonly kind: "day"; readonly key: string; readonly at: number }
  | { readonly kind: "unread"; readonly key: string; readonly count: number }
  /** `first` and `last` within a group: one author's messages, close together. */
  | {
      readonly kind: "message"
      readonly key: string
      readonly message: Message
      readonly first: boolean
      readonly last: boolean
    }
  | { readonly kind: "changes"; readonly key: string; readonly messages: ReadonlyArray<Message> }

/** The unread divider stands before the first message after this event. */
export interface Divider {
  readonly after: string
}

const groupMs = 5 * 60_000
const foldFrom = 3

export const toRows = (messages: ReadonlyArray<Message>, divider: Divider | undefined, reader: Reader): Array<Row> => {
  const rows: Array<Row> = []
  let day: number | undefined
  const unread = firstUnread(messages, divider)

  messages.forEach((message, index) => {
    const today = dayNumber(message.at, reader)
    if (today !== day) {
      rows.push({ kind: "day", key: `day ${today}`, at: message.at })
      day = today
    }
    if (unread?.index === index) rows.push({ kind: "unread", key: "unread", count: unread.count })
    if (message.body.kind === "change") addChange(rows, message)
    else addMessage(rows, message)
  })
  return rows.flatMap(unfold)
}

/** The first message of others after the divider, and how many there are from there on. */
const firstUnread = (messages: ReadonlyArray<Message>, divider: Divider | undefined) => {
  if (divider === undefined) return undefined
  const read = messages.findIndex(({ id }) => id === divider.after)
  if (read < 0) return undefined
  const isNew = ({ own, body }: Message) => !own && body.kind !== "change"
  const index = messages.findIndex((message, at) => at > read && isNew(message))
  return index < 0 ? undefined : { index, count: messages.slice(index).filter(isNew).length }
}

const addChange = (rows: Array<Row>, message: Message) => {
  const previous = rows.at(-1)
  if (previous?.kind === "changes") {
    rows[rows.length - 1] = { ...previous, messages: [...previous.messages, message] }
  } else {
    rows.push({ kind: "changes", key: `changes ${message.key}`, messages: [message] })
  }
}

const addMessage = (rows: Array<Row>, message: Message) => {
  const previous = rows.at(-1)
  const joins =
    previous?.kind === "message" &&
    previous.message.sender.id === message.sender.id &&
    message.at - previous.message.at <= groupMs
  if (joins) rows[rows.length - 1] = { ...previous, last: false }
  rows.push({ kind: "message", key: message.key, message, first: !joins, last: true })
}

/** A run of a few changes is told in full. */
const unfold = (row: Row): ReadonlyArray<Row> => {
  if (row.kind !== "changes" || row.messages.length >= foldFrom) return [row]
  return row.messages.map((message) => ({ kind: "changes", key: `changes ${message.key}`, messages: [message] }))
}
