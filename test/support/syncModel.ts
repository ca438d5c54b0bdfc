/**
 * What a device is to hold by the specification, worked out anew from all that happened: which events its owner may read,
 * and what they have not read yet.
 */
import type { Counting, Threads } from "./readers.ts"

export interface Viewer {
  readonly userId: string
  readonly ignored: string | undefined
}

export interface RoomEvent {
  readonly event_id: string
  readonly type: string
  readonly sender: string
  readonly state_key?: string
  readonly content: Readonly<Record<string, unknown>>
}

export interface Message {
  readonly eventId: string
  readonly sender: string
  readonly mentions: string | undefined
  /** The event that its thread began with, or `main`. */
  readonly thread: string
  redacted: boolean
}

/** One person's place in a room. */
export interface Place {
  membership: "join" | "invite" | "knock" | "leave" | "ban"
  /** They were inside until their last move. */
  wentOut: boolean
  forgotten: boolean
  /** Comings and goings, so that a device knows whether it slept through some. */
  moves: number
  /** How many of the room's messages they have read, in the whole room and in single threads. */
  read: number
  readonly readThreads: Map<string, number>
}

export const newcomer = (): Place => ({
  membership: "leave",
  wentOut: false,
  forgotten: false,
  moves: 0,
  read: 0,
  readThreads: new Map(),
})

/** A thread begins with a message that is in none. */
export const rootOf = ({ eventId, thread, redacted }: Message) =>
  thread !== "main" ? thread : redacted ? undefined : eventId

/** Spec: "Receiving notifications", "Threaded read receipts". To answer in a thread is to have read it. */
export const unreadOf = ({ userId, ignored }: Viewer, messages: ReadonlyArray<Message>, place: Place) =>
  messages.filter(({ sender, thread, redacted }, at) => {
    const answered = messages.findLastIndex((one) => one.sender === userId && one.thread === thread && !one.redacted)
    const upTo = Math.max(place.read, place.readThreads.get(thread) ?? 0, answered + 1)
    return at >= upTo && !redacted && sender !== userId && sender !== ignored
  })

export const countsOf = ({ userId }: Viewer, unread: ReadonlyArray<Message>, counting: Counting) => {
  const count = (some: ReadonlyArray<Message>) =>
    [some.length, some.filter(({ mentions }) => mentions === userId).length] as const
  const threads: Record<string, Threads[string]> = {}
  for (const root of counting === "beside" ? new Set(unread.map(({ thread }) => thread)) : []) {
    if (root === "main") continue
    const [notifications, highlights] = count(unread.filter(({ thread }) => thread === root))
    threads[root] = { notification_count: notifications, highlight_count: highlights }
  }
  const counted = counting === "together" ? unread : unread.filter(({ thread }) => thread === "main")
  const [notifications, highlights] = count(counted)
  return { notifications, highlights, threads }
}

interface Which {
  readonly types?: ReadonlyArray<string> | undefined
  readonly until?: "they left"
}

/** Of all events of a room, oldest first. Spec: "Room History Visibility", "Ignoring Users". */
export const readableBy = (
  { userId, ignored }: Viewer,
  events: ReadonlyArray<RoomEvent>,
  { types, until }: Which = {},
): ReadonlyArray<string> => {
  const isOwn = (event: RoomEvent) => event.type === "m.room.member" && event.state_key === userId
  const lastJoin = events.findLastIndex((event) => isOwn(event) && event.content["membership"] === "join")
  const end = until === undefined ? events.length : events.findLastIndex(isOwn) + 1
  let [visibility, membership] = ["shared", "leave"]
  const readable = events.map((event, at) => {
    const [visibilityBefore, membershipBefore] = [visibility, membership]
    if (event.type === "m.room.history_visibility") visibility = String(event.content["history_visibility"])
    if (isOwn(event)) membership = String(event.content["membership"])
    if (event.sender === ignored && event.state_key === undefined) return false
    return [visibility, visibilityBefore].some((seen) =>
      [membership, membershipBefore].some(
        (as) =>
          as === "join" ||
          seen === "world_readable" ||
          (seen === "invited" && as === "invite") ||
          (seen === "shared" && at < lastJoin),
      ),
    )
  })
  const wanted = (type: string) => types === undefined || types.includes(type)
  return events.filter(({ type }, at) => at < end && readable[at] && wanted(type)).map(({ event_id: id }) => id)
}
