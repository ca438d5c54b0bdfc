/** Reading a room: who may, and stored events as one reader sees them. */
import { Clock, Effect } from "effect"
import { Forbidden, InvalidParam, NotFound } from "@biz1/protocol/errors"
import { redactedContent } from "@biz1/core/redact"
import type { EventId, RoomId, UserId } from "@biz1/protocol/ids"
import { StateMap } from "../conversation/RoomState.ts"
import type { Requester } from "../http/Handler.ts"
import { EventStore } from "../store/EventStore.ts"
import { showEvent, type Reader } from "./clientEvent.ts"
import { ErasedUsers, unlessErased } from "./ErasedUsers.ts"
import { relationsOf, type Relations } from "./relations.ts"
import { RoomViews, type CurrentState, type RoomView } from "./RoomViews.ts"
import type { SeenEntry } from "./SeenEvent.ts"
import { parsePageToken, parseToken } from "./token.ts"
import { UserViews, type UserRoom, type UserView } from "./UserViews.ts"
import { readable, type Readable } from "./visibility.ts"

/** A reader before a room. */
export interface Reading {
  readonly room: RoomView
  readonly user: UserView
  readonly reader: Reader
  readonly readable: Readable
}

const notInside = () => new Forbidden({ error: "You are not in this room" })

/** A room for someone who is in it. Others learn nothing, not even that it is. */
export const roomAsMember = Effect.fnUntraced(function* (roomId: RoomId, requester: Pick<Requester, "userId">) {
  const user = yield* (yield* UserViews).get(requester.userId)
  const room = user.rooms.get(roomId)?.membership === "join" ? yield* (yield* RoomViews).get(roomId) : undefined
  return room ?? (yield* notInside())
})

/** A room for someone who is in it, was in it, or may look in from outside. */
export const readRoom = Effect.fnUntraced(function* (roomId: RoomId, requester: Requester) {
  const room = yield* (yield* RoomViews).get(roomId)
  const user = yield* (yield* UserViews).get(requester.userId)
  const own = user.rooms.get(roomId)
  const left = (own?.membership === "leave" || own?.membership === "ban") && !own.forgotten
  const open = room?.state.get("m.room.history_visibility", "")?.content["history_visibility"] === "world_readable"
  if (room === undefined || !(own?.membership === "join" || left || open)) return yield* notInside()
  const may = yield* readable(roomId, user.userId)
  // To have declined an invitation is not to have been inside.
  if (!open && !may.hasBeenIn) return yield* notInside()
  const { userId, deviceId } = requester
  const reader = { userId, deviceId, nowMs: yield* Clock.currentTimeMillis }
  return { room, user, reader, readable: may } satisfies Reading
})

/** The room's state at the last place up to here that the reader may read; without a place, as late as they may. */
export const stateFor = Effect.fnUntraced(function* (reading: Reading, upTo: number = Number.POSITIVE_INFINITY) {
  const { room, readable } = reading
  const seq = readable.readableUpTo(upTo) ?? readable.stretches[0]?.[0]
  if (seq === undefined) return []
  if (seq === Number.POSITIVE_INFINITY) return [...room.state]
  const store = yield* EventStore
  const [last] = yield* store.page(room.roomId, { before: seq + 1, direction: "backward", limit: 1 })
  if (last === undefined) return []
  const state = [...room.state]
  if (state.every(({ pos }) => pos <= last.pos)) return state // nothing has changed since
  const erased = yield* ErasedUsers
  const wasIn = readable.membershipAt(last.roomSeq) === "join"
  return (yield* store.stateAt(room.roomId, last.stateGroup)).map(({ event, pos }): CurrentState => {
    const { type, content, stateKey = "" } = event
    // What somebody set for the room is the room's; how they called themselves in it was theirs.
    const hides = !wasIn && type === "m.room.member" && erased.has(stateKey as UserId)
    return { ...event, stateKey, pos, content: hides ? redactedContent(type, content, room.version) : content }
  })
})

/** The same, to look single events up. */
export const stateLookup = Effect.fnUntraced(function* (reading: Reading) {
  const { room, readable } = reading
  if (readable.readableUpTo(Number.POSITIVE_INFINITY) === Number.POSITIVE_INFINITY) return room.state
  const state = new StateMap<CurrentState>()
  for (const event of yield* stateFor(reading)) state.set(event)
  return state
})

/** The state when a membership ended, as far as the reader may know it, and what became of the membership. */
export const stateAtTheEnd = Effect.fnUntraced(function* (reading: Reading, { eventId }: UserRoom) {
  const end = yield* (yield* EventStore).find(eventId)
  const state = new StateMap<CurrentState>()
  for (const event of yield* stateFor(reading, end?.roomSeq)) state.set(event)
  const own = reading.room.state.get("m.room.member", reading.user.userId)
  if (own?.eventId === eventId) state.set(own)
  return state
})

/** Where a token stands in the room: after the event with this `roomSeq`. Pages and syncs give tokens. */
export const placeOf = Effect.fnUntraced(function* (roomId: RoomId, token: string) {
  const seq = parsePageToken(token)
  if (seq !== undefined) return seq
  const sync = parseToken(token)
  if (sync !== undefined) return yield* (yield* EventStore).seqAt(roomId, sync.pos)
  return yield* new InvalidParam({ error: "This is no token of this server" })
})

/** Those of some events that the reader may and wants to read. Spec: "Room History Visibility", "Ignoring Users". */
export const readableOf = ({ user, readable }: Reading, entries: ReadonlyArray<SeenEntry>) =>
  entries.filter(
    (entry) => readable.mayRead(entry) && (entry.event.stateKey !== undefined || !user.ignored.has(entry.event.sender)),
  )

/** One event of the room; one that the reader may not see is not found, whether it is there or not. */
export const readableEvent = Effect.fnUntraced(function* (reading: Reading, eventId: EventId) {
  const entry = yield* (yield* EventStore).find(eventId)
  const [found] = entry?.event.roomId === reading.room.roomId ? readableOf(reading, [entry]) : []
  return found ?? (yield* new NotFound({ error: "There is no such event here" }))
})

export interface Showing {
  /** In /sync the room is said around the events. */
  readonly roomSaid?: boolean
  /** False where it is known that nothing relates to the events. */
  readonly related?: boolean
}

/** Events, already found readable, in the form of the Client-Server API. */
export const showEvents = Effect.fnUntraced(function* (
  reading: Reading,
  entries: ReadonlyArray<SeenEntry>,
  { roomSaid = false, related = true }: Showing = {},
) {
  const { room, reader, readable } = reading
  const relations = related ? yield* relationsOf(reading, entries) : new Map<EventId, Relations>()
  const redactions = yield* redactionsOf(reading, entries)
  const roomId = roomSaid ? undefined : room.roomId
  const erased = yield* ErasedUsers

  const show = (stored: SeenEntry, about: string | undefined): string => {
    const entry = unlessErased(erased, reading, stored)
    const redaction = entry.redactedBy && redactions.get(entry.redactedBy)
    return showEvent(entry, reader, {
      roomId,
      membership: readable.membershipAt(entry.roomSeq),
      redactedBecause: redaction && showEvent(unlessErased(erased, reading, redaction), reader, { roomId }),
      relations: about,
    })
  }
  const showEdit = (edit: SeenEntry | undefined) => edit && `"m.replace":${show(edit, undefined)}`
  const showRelations = ({ edit, thread, references }: Relations): string => {
    const parts = [showEdit(edit)]
    if (thread !== undefined) {
      const latest = show(thread.latest, showEdit(thread.latestEdit))
      const { count, participated } = thread
      parts.push(`"m.thread":{"latest_event":${latest},"count":${count},"current_user_participated":${participated}}`)
    }
    if (references.length > 0) {
      const chunk = references.map((eventId) => ({ event_id: eventId }))
      parts.push(`"m.reference":{"chunk":${JSON.stringify(chunk)}}`)
    }
    return parts.filter((part) => part !== undefined).join(",")
  }
  return entries.map((entry) => {
    const about = relations.get(entry.event.eventId)
    return show(entry, about && showRelations(about))
  })
})

/** The redactions of those events that are redacted, where the reader may know of them. */
const redactionsOf = Effect.fnUntraced(function* (reading: Reading, entries: ReadonlyArray<SeenEntry>) {
  const ids = new Set(entries.map(({ redactedBy }) => redactedBy).filter((id) => id !== undefined))
  if (ids.size === 0) return new Map<EventId, SeenEntry>()
  const held = reading.room.timeline.filter(({ event }) => ids.has(event.eventId))
  for (const { event } of held) ids.delete(event.eventId)
  const stored = yield* (yield* EventStore).findMany([...ids])
  return new Map(readableOf(reading, [...held, ...stored]).map((entry) => [entry.event.eventId, entry]))
})
