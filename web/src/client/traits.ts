/** What the organisation's own state says of a room: what it is for, and the records that it is about. */
import type { LinkedRecord, Purpose } from "./model.ts"

type Content = Readonly<Record<string, unknown>> | undefined

const purposes: ReadonlyArray<unknown> = ["customer", "project", "mission", "support", "assistant"] satisfies Purpose[]
const lanes: ReadonlyArray<unknown> = ["team", "partner"] satisfies Purpose[]

/** @returns nothing for a room that is for talking, with one person or with several. */
export const readPurpose = (conversation: Content, lane: Content): Purpose | undefined => {
  if (lanes.includes(lane?.["name"])) return lane?.["name"] as Purpose
  return purposes.includes(conversation?.["kind"]) ? (conversation?.["kind"] as Purpose) : undefined
}

/** The links of all who write some, what the conversation is mainly about first. Anybody's words: shown, never trusted. */
export const readRecords = (contents: ReadonlyArray<Content>): ReadonlyArray<LinkedRecord> => {
  const all = contents.flatMap((content) => Object.entries(asObject(content?.["links"])).flatMap(toRecord))
  return all.toSorted((a, b) => Number(b.primary) - Number(a.primary))
}

const toRecord = ([key, given]: [string, unknown]): ReadonlyArray<LinkedRecord> => {
  const link = asObject(given)
  const cut = key.indexOf("/")
  const label = text(link["number"]) ?? text(link["title"])
  if (cut < 1 || label === undefined) return []
  return [
    {
      type: key.slice(0, cut),
      id: key.slice(cut + 1),
      label,
      title: text(link["title"]) ?? label,
      status: text(link["status"]),
      primary: link["role"] === "primary",
    },
  ]
}

const asObject = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : {}
const text = (value: unknown) => (typeof value === "string" && value.trim() !== "" ? value : undefined)
