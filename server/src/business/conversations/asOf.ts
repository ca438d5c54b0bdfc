/**
 * A conversation as it stood at a moment: its state after the last event until then, the versions of its records, and
 * its messages with the edits that there were. What was erased since stays erased.
 */
import { Effect } from "effect"
import { PgClient } from "@effect/sql-pg"
import { keyText, linksOf, type RecordKey } from "@biz1/core/business/links"
import { CONVERSATION, RECORDS } from "@biz1/protocol/business/names"
import { KINDS, LANES } from "@biz1/protocol/business/conversations"
import { NotFound } from "@biz1/protocol/errors"
import type { EventId, RoomId, UserId } from "@biz1/protocol/ids"
import type { EventEntry } from "../../log/LogEntry.ts"
import { decodeEventRow, eventColumns } from "../../store/eventRow.ts"
import { EventStore } from "../../store/EventStore.ts"
import type { Caller } from "../api/Caller.ts"
import { Records } from "../records/Records.ts"
import { shownRecord } from "../records/shown.ts"
import type { Conversation } from "./ConversationStore.ts"
import { messagesAt } from "./messagesAt.ts"
import { mayRead, mayReadEntry } from "./reading.ts"

/** An event, or a time in milliseconds since 1970. */
export type At = { readonly eventId: EventId } | { readonly ts: number }

interface Moment {
  /** The last event until then. */
  readonly last: EventEntry
  /** Where a time was asked for, what happened outside of the room until then counts, too. */
  readonly ts: number | undefined
}

const notThere = () => new NotFound({ error: "There was nothing of this conversation then" })

const momentOf = Effect.fnUntraced(function* (roomId: RoomId, at: At) {
  if ("eventId" in at) {
    const last = yield* (yield* EventStore).find(at.eventId)
    return last?.event.roomId === roomId ? { last, ts: undefined } : yield* notThere()
  }
  const sql = yield* PgClient.PgClient
  const rows = yield* Effect.orDie(sql`SELECT ${eventColumns(sql)} FROM events e
    WHERE e.room_id = ${roomId} AND e.origin_server_ts <= ${BigInt(at.ts)} ORDER BY e.room_seq DESC LIMIT 1`)
  const [last] = rows.map(decodeEventRow)
  return last === undefined ? yield* notThere() : { last, ts: at.ts }
})

/** Until a moment, in the one order of the log. */
const until = (sql: PgClient.PgClient, { last, ts }: Moment, pos: string, at: string) =>
  sql`(${sql.literal(pos)} <= ${BigInt(last.pos)} OR ${sql.literal(at)} <= ${BigInt(ts ?? -1)})`

const recordAt = Effect.fnUntraced(function* ({ type, id }: RecordKey, moment: Moment) {
  const sql = yield* PgClient.PgClient
  const [row] =
    yield* Effect.orDie(sql`SELECT max(v.pos)::float8 AS pos FROM record_versions v JOIN business_log l USING (pos)
    WHERE v.type = ${type} AND v.id = ${id} AND ${until(sql, moment, "v.pos", "l.at")}`)
  const pos = row?.["pos"] ?? undefined
  return pos === undefined ? undefined : yield* (yield* Records).at({ type, id }, Number(pos))
})

const lanesAt = Effect.fnUntraced(function* (mainRoom: RoomId, moment: Moment) {
  const sql = yield* PgClient.PgClient
  const rows = yield* Effect.orDie(sql`SELECT c.lane, c.room_id FROM conversations c
    JOIN events e ON e.room_id = c.room_id AND e.type = 'm.room.create' AND e.state_key = ''
    WHERE c.main_room = ${mainRoom} AND ${until(sql, moment, "e.pos", "e.origin_server_ts")} ORDER BY e.pos`)
  return rows.flatMap((row) => {
    const name = LANES.find((lane) => lane === row["lane"])
    return name === undefined ? [] : [{ name, roomId: row["room_id"] as RoomId }]
  })
})

const time = (ms: number) => new Date(ms).toISOString()

interface Options {
  readonly caller: Caller
  readonly serviceUser: UserId
  readonly before: number | undefined
  readonly limit: number
}

/** `next` is the `roomSeq` to go on before, where there may be more messages. */
export const conversationAt = Effect.fnUntraced(function* (
  { roomId, kind }: Conversation,
  at: At,
  { caller, serviceUser, ...page }: Options,
) {
  const moment = yield* momentOf(roomId, at)
  const { event, stateGroup } = moment.last
  if (!(yield* mayReadEntry(caller, moment.last))) return yield* notThere()
  const state = yield* (yield* EventStore).stateAt(roomId, stateGroup)
  const ofType = (type: string) => state.flatMap((one) => (one.event.type === type ? [one.event] : []))
  const contentOf = (type: string) => ofType(type).find(({ stateKey }) => stateKey === "")?.content ?? {}
  const { name } = contentOf("m.room.name")
  const { kind: named } = contentOf(CONVERSATION)
  const members = ofType("m.room.member").filter(({ content }) => content["membership"] === "join")
  const links = ofType(RECORDS).flatMap(({ content, stateKey }) =>
    linksOf(content).map((link) => ({ ...link, writer: stateKey as UserId })),
  )
  const records = new Map(
    yield* Effect.forEach(links, (link) =>
      Effect.map(recordAt(link, moment), (record) => [keyText(link), record] as const),
    ),
  )
  const lanes = yield* Effect.filter(yield* lanesAt(roomId, moment), (lane) => mayRead(caller, lane.roomId))
  const { messages, next } = yield* messagesAt(caller, moment.last, page)
  return {
    view: {
      id: roomId,
      kind: KINDS.find((one) => one === named) ?? kind,
      ...(typeof name === "string" ? { title: name } : {}),
      at: { eventId: event.eventId, time: time(moment.ts ?? event.originServerTs) },
      lanes,
      members: members.map(({ stateKey }) => stateKey as UserId).filter((userId) => userId !== serviceUser),
      links: links.map((link) => {
        const record = records.get(keyText(link))
        return { ...link, ...(record === undefined ? {} : { record: shownRecord(caller, record) }) }
      }),
      messages,
    },
    next,
  }
})
