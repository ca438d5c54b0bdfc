import { Effect } from "effect"
import { highlightsIn } from "@biz1/core/search/matches"
import { search as contract, type RoomEventsCriteria } from "@biz1/protocol/client/search"
import { InvalidParam } from "@biz1/protocol/errors"
import type { RoomId } from "@biz1/protocol/ids"
import type { JsonObject } from "@biz1/protocol/json"
import { handler, RawJson } from "../http/Handler.ts"
import { LogStream } from "../log/LogStream.ts"
import { SearchIndex } from "../search/SearchIndex.ts"
import { searchEvents, type Match } from "../search/searchEvents.ts"
import { showState } from "../sync/clientEvent.ts"
import { pageOf } from "../sync/pageOf.ts"
import { showEvents, stateFor, stateLookup, type Reading } from "../sync/reading.ts"
import { formatPageToken } from "../sync/token.ts"

export const search = handler(
  contract,
  Effect.fnUntraced(function* ({ query, body, requester }) {
    const criteria = body.search_categories.room_events
    if (criteria === undefined) return { search_categories: {} }
    // What was said a moment ago is found, unless the index is far behind.
    yield* Effect.timeoutOption((yield* SearchIndex).catchUp, "2 seconds")
    const place =
      query.next_batch === undefined
        ? { upTo: (yield* LogStream).position(), offset: 0 }
        : yield* placeIn(query.next_batch)
    const { found, count, next } = yield* searchEvents(criteria, place, requester)
    const results = yield* Effect.forEach(found, (match) => shown(match, criteria))
    const highlights = new Set(found.flatMap(({ text }) => highlightsIn(text, criteria.search_term)))
    const state = criteria.include_state === true ? yield* statesOf(found) : undefined
    return new RawJson(
      `{"search_categories":{"room_events":{"count":${count},"results":[${results.join(",")}]` +
        `,"highlights":${JSON.stringify([...highlights].slice(0, maxHighlights))}` +
        (state === undefined ? "" : `,"state":{${state.join(",")}}`) +
        `,"groups":${JSON.stringify(groupsOf(found, criteria))}` +
        `${next === undefined ? "" : `,"next_batch":"q1_${next.upTo}_${next.offset}"`}}}}`,
    )
  }),
)

const maxHighlights = 100

const placeIn = Effect.fnUntraced(function* (token: string) {
  const [, upTo, offset] = /^q1_(\d{1,15})_(\d{1,6})$/.exec(token) ?? []
  if (upTo !== undefined) return { upTo: Number(upTo), offset: Number(offset) }
  return yield* new InvalidParam({ error: "This is no token of this server: search anew without next_batch" })
})

const shown = Effect.fnUntraced(function* ({ reading, entry, rank }: Match, criteria: RoomEventsCriteria) {
  const [result] = yield* showEvents(reading, [entry])
  const context = criteria.event_context === undefined ? undefined : yield* contextOf(reading, entry, criteria)
  return `{"rank":${rank},"result":${result}${context === undefined ? "" : `,"context":${context}`}}`
})

const defaultAround = 5
const maxAround = 50
const everything = () => true

/** What was said around a result, in the order in which it was. */
const contextOf = Effect.fnUntraced(function* (
  reading: Reading,
  entry: Match["entry"],
  { event_context: wanted = {} }: RoomEventsCriteria,
) {
  const around = (backward: boolean, from: number, limit: number = defaultAround) =>
    limit === 0
      ? Effect.succeed({ found: [] })
      : pageOf(reading, { backward, from, to: undefined, limit: Math.min(limit, maxAround), wanted: everything })
  const before = (yield* around(true, entry.roomSeq - 1, wanted.before_limit)).found.toReversed()
  const after = (yield* around(false, entry.roomSeq, wanted.after_limit)).found
  const all = [...before, entry, ...after]
  const profiles = wanted.include_profile === true ? yield* profilesOf(reading, all) : undefined
  return (
    `{"start":"${formatPageToken(all[0]!.roomSeq - 1)}","end":"${formatPageToken(all.at(-1)!.roomSeq)}"` +
    `,"events_before":[${(yield* showEvents(reading, before)).join(",")}]` +
    `,"events_after":[${(yield* showEvents(reading, after)).join(",")}]` +
    `${profiles === undefined ? "" : `,"profile_info":${JSON.stringify(profiles)}`}}`
  )
})

const profilesOf = Effect.fnUntraced(function* (reading: Reading, entries: ReadonlyArray<Match["entry"]>) {
  const state = yield* stateLookup(reading)
  const profiles: Record<string, JsonObject> = {}
  for (const { event } of entries) {
    const { displayname, avatar_url: avatarUrl } = state.get("m.room.member", event.sender)?.content ?? {}
    profiles[event.sender] = {
      ...(typeof displayname === "string" ? { displayname } : {}),
      ...(typeof avatarUrl === "string" ? { avatar_url: avatarUrl } : {}),
    }
  }
  return profiles
})

const statesOf = Effect.fnUntraced(function* (found: ReadonlyArray<Match>) {
  const readings = new Map<RoomId, Reading>(found.map(({ reading }) => [reading.room.roomId, reading]))
  return yield* Effect.forEach(readings, ([roomId, reading]) =>
    Effect.map(stateFor(reading), (state) => {
      const events = state.map((event) => showState(event, reading.reader, roomId))
      return `${JSON.stringify(roomId)}:[${events.join(",")}]`
    }),
  )
})

/** By each key, and what it is in the results, their ids in the order of the results. */
const groupsOf = (found: ReadonlyArray<Match>, { groupings }: RoomEventsCriteria): JsonObject => {
  const groups = (groupings?.group_by ?? []).map(({ key }) => {
    const byValue = Map.groupBy(found, ({ entry: { event } }) => (key === "room_id" ? event.roomId : event.sender))
    const values = [...byValue].map(([value, matches], order): [string, JsonObject] => [
      value,
      { order, results: matches.map(({ entry }) => entry.event.eventId) },
    ])
    return [key, Object.fromEntries(values)] as const
  })
  return Object.fromEntries(groups)
}
