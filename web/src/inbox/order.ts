/** Which conversations a filter keeps, and their order. */
import type { Conversation } from "../client/model.ts"
import { isUnread } from "./badges.ts"

export const filters = ["all", "unread", "customers", "projects", "groups", "personal"] as const
export type Filter = (typeof filters)[number]

export const isFilter = (value: string): value is Filter => (filters as ReadonlyArray<string>).includes(value)

const keeps: Record<Filter, (conversation: Conversation) => boolean> = {
  all: () => true,
  unread: isUnread,
  customers: ({ purpose }) => purpose === "customer" || purpose === "support",
  projects: ({ purpose }) => purpose === "project" || purpose === "mission",
  groups: ({ kind, purpose }) => kind === "group" && purpose === undefined,
  personal: ({ kind }) => kind === "personal",
}

/** What not everybody has is offered to those who have it. */
export const offered = (conversations: ReadonlyArray<Conversation>, chosen: Filter): ReadonlyArray<Filter> =>
  filters.filter(
    (filter) =>
      (filter !== "customers" && filter !== "projects") || filter === chosen || conversations.some(keeps[filter]),
  )

/** A search looks everywhere, whatever the filter. Case and accents do not matter. */
export const select = (conversations: ReadonlyArray<Conversation>, filter: Filter, search: string) => {
  const wanted = fold(search.trim())
  if (wanted === "") return conversations.filter(keeps[filter])
  return conversations.filter((one) => wordsOf(one).some((words) => fold(words).includes(wanted)))
}

const wordsOf = ({ name, topic, records }: Conversation) => [name, topic ?? "", ...records.map(({ label }) => label)]

export const fold = (text: string) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLocaleLowerCase()

/** Invitations first, then pinned, then by the last message. */
export const inOrder = (conversations: ReadonlyArray<Conversation>) =>
  conversations.toSorted((a, b) => rank(a) - rank(b) || b.lastAt - a.lastAt || a.id.localeCompare(b.id))

const rank = ({ membership, pinned }: Conversation) => (membership === "invite" ? 0 : pinned ? 1 : 2)

/**
 * The order to show while someone points at the list: what was there stays in place, what is new comes on top.
 * Nothing moves under the pointer.
 */
export const keepOrder = (before: ReadonlyArray<string>, now: ReadonlyArray<Conversation>) => {
  const place = new Map(before.map((id, index) => [id, index]))
  return now.toSorted((a, b) => (place.get(a.id) ?? -1) - (place.get(b.id) ?? -1))
}
