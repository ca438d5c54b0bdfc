/**
 * One page of answers to a question: candidates come from the index of words, and each is looked at as the searcher may
 * read it. Spec: client-server API, "Server Side Search".
 */
import { Effect } from "effect"
import { searching } from "@biz1/core/search/matches"
import type { RoomEventsCriteria } from "@biz1/protocol/client/search"
import type { RoomId } from "@biz1/protocol/ids"
import { isJsonObject } from "@biz1/protocol/json"
import type { Requester } from "../http/Handler.ts"
import { EventStore } from "../store/EventStore.ts"
import { SearchStore, type Candidate } from "../store/SearchStore.ts"
import { ErasedUsers, isGone } from "../sync/ErasedUsers.ts"
import { accepting } from "../sync/filter.ts"
import { readableOf, readRoom, type Reading } from "../sync/reading.ts"
import { relationsOf } from "../sync/relations.ts"
import { RoomViews } from "../sync/RoomViews.ts"
import type { SeenEntry } from "../sync/SeenEvent.ts"
import { UserViews } from "../sync/UserViews.ts"
import { searchedText, searchedTypes } from "./searchedText.ts"

export interface Match {
  readonly reading: Reading
  readonly entry: SeenEntry
  readonly rank: number
  /** What was searched: of an edited message what it says now. */
  readonly text: string
}

/** Where a page begins among the candidates, and up to which position of the log those were looked for. */
export interface SearchPlace {
  readonly upTo: number
  readonly offset: number
}

/** Of a question that is met more often only so many are looked through. */
const maxCandidates = 2000
const candidatesPerStep = 50
const defaultLimit = 10
const maxLimit = 100

export const searchEvents = Effect.fnUntraced(function* (
  criteria: RoomEventsCriteria,
  { upTo, offset }: SearchPlace,
  requester: Requester,
) {
  const { search_term: term, keys, filter = {}, order_by: order = "rank" } = criteria
  const matches = searching(term)
  if (matches === undefined) return { found: [], count: 0, next: undefined }
  const types = Object.entries(searchedTypes)
    .filter(([, key]) => keys === undefined || keys.includes(key))
    .map(([type]) => type)
  const roomIds = yield* searchedRooms(criteria, requester)
  const question = { term, roomIds, types, upTo, order, limit: maxCandidates }
  const all = yield* (yield* SearchStore).candidates(question)
  const { readings, candidates } = yield* readableCandidates(all, requester)

  const limit = Math.max(1, Math.min(filter.limit ?? defaultLimit, maxLimit))
  const { rooms: _, not_rooms: __, ...ofEvents } = filter // rooms were chosen above
  const wanted = accepting(ofEvents)
  const found: Array<Match> = []
  let at = offset
  while (at < candidates.length && found.length < limit) {
    const step = candidates.slice(at, at + candidatesPerStep)
    const texts = yield* textsOf(step, readings)
    for (const { eventId, roomId, rank } of step) {
      at++
      const match = texts.get(eventId)
      if (match === undefined || !wanted(match.entry.event, roomId) || !matches(match.text)) continue
      found.push({ ...match, rank })
      if (found.length === limit) break
    }
  }
  return { found, count: candidates.length, next: at < candidates.length ? { upTo, offset: at } : undefined }
})

/**
 * Rooms that the searcher is or has been in, without those that are encrypted now. With a room that is asked for come
 * those that it replaced.
 */
const searchedRooms = Effect.fnUntraced(function* ({ filter = {} }: RoomEventsCriteria, requester: Requester) {
  const rooms = yield* RoomViews
  const user = yield* (yield* UserViews).get(requester.userId)
  const mine = (roomId: RoomId) => {
    const own = user.rooms.get(roomId)
    return own !== undefined && ["join", "leave", "ban"].includes(own.membership) && !own.forgotten
  }
  const asked = new Set((filter.rooms as ReadonlyArray<RoomId> | undefined) ?? user.rooms.keys())
  const searched: Array<RoomId> = []
  for (const roomId of asked) {
    if (!mine(roomId) || filter.not_rooms?.includes(roomId) === true) continue
    const room = yield* rooms.get(roomId)
    if (room === undefined) continue
    const predecessor = room.state.get("m.room.create", "")?.content["predecessor"]
    // A set gives what is added to it while it is walked, and nothing twice.
    if (isJsonObject(predecessor)) asked.add(predecessor["room_id"] as RoomId)
    if (room.state.get("m.room.encryption", "") === undefined) searched.push(roomId)
  }
  return searched
})

/** Those that stand where their room may be read, and were not said by somebody who is ignored or forgotten. */
const readableCandidates = Effect.fnUntraced(function* (all: ReadonlyArray<Candidate>, requester: Requester) {
  const erased = yield* ErasedUsers
  const readings = new Map<RoomId, Reading>()
  for (const roomId of new Set(all.map(({ roomId }) => roomId))) {
    const reading = yield* Effect.option(readRoom(roomId, requester))
    if (reading._tag === "Some") readings.set(roomId, reading.value)
  }
  const candidates = all.filter(({ roomId, roomSeq, sender }) => {
    const reading = readings.get(roomId)
    if (reading === undefined || reading.user.ignored.has(sender)) return false
    if (isGone(erased, reading, sender, roomSeq)) return false
    return reading.readable.stretches.some(([from, to]) => from <= roomSeq && roomSeq <= to)
  })
  return { readings, candidates }
})

/** What the searcher reads in each of some events, with its last edit that they may read. */
const textsOf = Effect.fnUntraced(function* (
  candidates: ReadonlyArray<Candidate>,
  readings: ReadonlyMap<RoomId, Reading>,
) {
  const entries = yield* (yield* EventStore).findMany(candidates.map(({ eventId }) => eventId))
  const texts = new Map<string, Omit<Match, "rank">>()
  for (const [roomId, ofRoom] of Map.groupBy(entries, ({ event }) => event.roomId)) {
    const reading = readings.get(roomId)!
    const readable = readableOf(reading, ofRoom)
    const relations = yield* relationsOf(reading, readable)
    for (const entry of readable) {
      const { eventId, type, content } = entry.event
      const edited = relations.get(eventId)?.edit?.event.content["m.new_content"]
      const text = searchedText(type, isJsonObject(edited) ? edited : content)
      if (text !== undefined) texts.set(eventId, { reading, entry, text })
    }
  }
  return texts
})
