/** How many events of a room a user has not read and wants to know about, by their push rules. */
import { Effect } from "effect"
import { relationOf } from "@biz1/core/relation"
import { EventStore } from "../store/EventStore.ts"
import { pushOutcome } from "../push/pushOutcome.ts"
import { heldBetween, type RoomView } from "./RoomViews.ts"
import type { SeenEntry } from "./SeenEvent.ts"
import { rulesOf, type Unread, type UnreadCount, type UserView } from "./UserViews.ts"

/** Past this many an app says "many", and to count them would take longer than to read them. */
const maxCounted = 1000

/**
 * Counts on from what was counted before; a moved receipt, a redaction, or a first look, counts from the receipt. An
 * event is read by a receipt that is for the whole room, or for the thread that the event is in, and by an answer: to
 * send an event is to have read what came before it. Of very many the last ones are counted. Spec: "Threaded read receipts", "Receiving notifications".
 */
export const countUnread = Effect.fnUntraced(function* (user: UserView, room: RoomView, upTo: number) {
  const readPos = readUpTo(user, room)
  const inThreads = room.readInThreads.get(user.userId)
  const readInThreads = inThreads === undefined ? 0 : [...inThreads.values()].reduce((sum, pos) => sum + pos, 0)
  const before = user.unread.get(room.roomId)
  const nothing: UnreadCount = { readPos, readInThreads, upTo: readPos, threads: new Map() }
  let base =
    before?.readPos === readPos && before.readInThreads === readInThreads && before.upTo <= upTo ? before : nothing
  if (base.upTo === upTo) return base.threads
  let events = yield* eventsBetween(room, base.upTo, upTo)
  // What was counted may be redacted since.
  if (base.upTo > readPos && events.some(({ applies }) => applies !== undefined)) {
    base = nothing
    events = yield* eventsBetween(room, readPos, upTo)
  }
  const threads = new Map(base.threads)
  const rules = rulesOf(user)
  for (const entry of events) {
    if (entry.event.sender === user.userId) {
      if (isAnswer(entry)) threads.delete(yield* threadOf(room, entry))
      continue
    }
    if (entry.event.stateKey === undefined && user.ignored.has(entry.event.sender)) continue
    const { notify, highlight } = pushOutcome(rules, entry, user.userId, room)
    if (!notify && !highlight) continue
    const thread = yield* threadOf(room, entry)
    if (entry.pos <= (inThreads?.get(thread) ?? 0)) continue
    const { notifications, highlights } = threads.get(thread) ?? nothingUnread
    threads.set(thread, { notifications: notifications + Number(notify), highlights: highlights + Number(highlight) })
  }
  user.unread.set(room.roomId, { readPos, readInThreads, upTo, threads })
  return threads
})

/** To react, to mend or to take back is not to have read; and of what was taken back nobody knows where it was said. */
const isAnswer = ({ event, redactedBy }: SeenEntry) => {
  if (event.stateKey !== undefined || event.type === "m.room.redaction" || redactedBy !== undefined) return false
  const relation = relationOf(event)
  return relation === undefined || relation.relType === "m.thread"
}

/** How far it is followed what an event is about: an answer to a poll that is in a thread is in the thread, too. */
const maxHops = 3

/** The thread that an event is in, by the event that it began with, or `main`. Spec: "Threaded read receipts". */
export const threadOf = Effect.fnUntraced(function* (room: RoomView, entry: SeenEntry) {
  let relation = relationOf(entry.event)
  for (let hops = 0; relation !== undefined && relation.relType !== "m.thread" && hops < maxHops; hops++) {
    const { eventId } = relation
    const parent: SeenEntry | undefined =
      room.timeline.findLast(({ event }) => event.eventId === eventId) ?? (yield* (yield* EventStore).find(eventId))
    relation = parent?.event.roomId === room.roomId ? relationOf(parent.event) : undefined
  }
  return relation?.relType === "m.thread" ? relation.eventId : "main"
})

export const nothingUnread: Unread = { notifications: 0, highlights: 0 }

/** Of all threads together. */
export const sumUnread = (threads: Iterable<Unread>): Unread => {
  let { notifications, highlights } = nothingUnread
  for (const thread of threads) {
    notifications += thread.notifications
    highlights += thread.highlights
  }
  return { notifications, highlights }
}

/** The position of the last event that the user has read in the whole room, or of their join. */
export const readUpTo = (user: UserView, room: RoomView): number => {
  let pos = user.rooms.get(room.roomId)?.sincePos ?? 0
  for (const type of ["m.read", "m.read.private"]) {
    pos = Math.max(pos, room.receipts.get(`${user.userId}\0${type}\0`)?.eventPos ?? 0)
  }
  return pos
}

const eventsBetween = Effect.fnUntraced(function* (room: RoomView, after: number, upTo: number) {
  if (room.lastPos <= after) return []
  if (room.timelineAfter <= after) return heldBetween(room, after, upTo)
  const store = yield* EventStore
  const from = yield* store.seqAt(room.roomId, after)
  const last = yield* store.page(room.roomId, { after: from, direction: "backward", limit: maxCounted })
  return last.filter(({ pos }) => pos <= upTo).reverse()
})
