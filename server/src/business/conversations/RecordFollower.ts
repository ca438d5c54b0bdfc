/**
 * Lets conversations follow their records: what is told of a record in its links, the name of its room, and who is in
 * it. It reads the log behind a cursor of its own; doing a step twice changes nothing.
 */
import { Clock, Effect, Layer } from "effect"
import { PgClient } from "@effect/sql-pg"
import { KIND_RULES } from "@biz1/core/business/kinds"
import { keyText, type RecordKey } from "@biz1/core/business/links"
import { isStaff } from "@biz1/core/business/roles"
import type { RoomId, UserId } from "@biz1/protocol/ids"
import { Conversations } from "../../conversation/Conversations.ts"
import type { Draft } from "../../conversation/decide.ts"
import type { RecordWrite } from "../../log/LogEntry.ts"
import { following } from "../../log/following.ts"
import { LogStream } from "../../log/LogStream.ts"
import { membershipOf, RoomViews } from "../../sync/RoomViews.ts"
import { Records, type StoredRecord } from "../records/Records.ts"
import { RecordTypes } from "../types/RecordTypes.ts"
import { Roles } from "../roles/Roles.ts"
import { BusinessConversations } from "./BusinessConversations.ts"
import { entering, levelsDraft } from "./businessRoom.ts"
import { type Conversation, ConversationStore } from "./ConversationStore.ts"
import { Links } from "./Links.ts"
import { renewedLink, usersOf } from "./opening.ts"

const consumer = "recordFollower"
const entriesPerStep = 200

const start = Effect.gen(function* () {
  const sql = yield* PgClient.PgClient
  const stream = yield* LogStream
  const records = yield* Records
  const types = yield* RecordTypes
  const links = yield* Links
  const store = yield* ConversationStore
  const conversations = yield* Conversations
  const rooms = yield* RoomViews
  const { personOf } = yield* Roles
  const { serviceUser, memberOf, spaceFor } = yield* BusinessConversations

  const send = (roomId: RoomId, drafts: ReadonlyArray<Draft>) =>
    drafts.length === 0
      ? Effect.void
      : Effect.flatMap(Clock.currentTimeMillis, (ts) =>
          conversations.send(roomId, { sender: serviceUser, drafts, platform: true, ts }),
        )

  /** What everyone in the room is told of the record is what stands of it. */
  const renewLink = Effect.fnUntraced(function* (roomId: RoomId, record: StoredRecord) {
    const room = yield* rooms.get(roomId)
    const link = room && links.of(room).find((one) => one.writer === serviceUser && keyText(one) === keyText(record))
    if (link === undefined || Number(link.disclosed["version"]) === record.body.version) return
    const type = (yield* types.find([record.type])).get(record.type)
    yield* links.put(roomId, renewedLink(record, link, type), undefined)
  })

  /** Puts in who came to the record, takes out who left it. Others in the room stay as they are. */
  const followPeople = Effect.fnUntraced(function* (
    roomId: RoomId,
    now: ReadonlySet<UserId>,
    before: ReadonlySet<UserId>,
    mayEnter: (userId: UserId) => boolean,
  ) {
    const room = yield* rooms.get(roomId)
    if (room === undefined) return
    const isIn = (userId: UserId) => ["join", "invite"].includes(membershipOf(room, userId) ?? "")
    const coming = [...now].filter((userId) => !isIn(userId) && mayEnter(userId))
    const going = [...before].filter((userId) => !now.has(userId) && isIn(userId))
    if (coming.length === 0 && going.length === 0) return
    const members = yield* Effect.forEach(coming, memberOf)
    yield* send(roomId, [
      levelsDraft(room, members),
      ...members.flatMap((member) => entering(serviceUser, member, { direct: false })),
      ...going.map((userId) => ({ type: "m.room.member", stateKey: userId, content: { membership: "leave" } })),
    ])
  })

  const followConversation = Effect.fnUntraced(function* (
    { roomId, kind }: Conversation,
    record: StoredRecord,
    before: RecordWrite | undefined,
  ) {
    const room = yield* rooms.get(roomId)
    const lanes = yield* store.lanesOf(roomId)
    const name = room?.state.get("m.room.name", "")
    // Who has given the room another name wants that one.
    if (name?.content["name"] === before?.body.title && before?.body.title !== record.body.title) {
      const renaming: Draft = { type: "m.room.name", stateKey: "", content: { name: record.body.title } }
      for (const one of [roomId, ...lanes.map((lane) => lane.roomId)]) yield* send(one, [renaming])
    }
    if (!KIND_RULES[kind].membersFollowRecord) return
    const [now, then] = [new Set(record.users), new Set(before === undefined ? [] : usersOf(before.body))]
    const outsidersMay = KIND_RULES[kind].outsiders !== "never"
    yield* followPeople(roomId, now, then, (userId) => outsidersMay || isStaff(personOf(userId)))
    for (const lane of lanes) {
      if (lane.name === "team") yield* followPeople(lane.roomId, now, then, (userId) => isStaff(personOf(userId)))
    }
  })

  const follow = Effect.fnUntraced(function* (key: RecordKey, pos: number) {
    const record = yield* records.find(key)
    if (record === undefined || record.deletedTs !== undefined) return
    const before = yield* records.at(key, pos - 1)
    for (const roomId of yield* store.linkedWith(key)) yield* renewLink(roomId, record)
    if (record.type === "project") {
      const space = yield* spaceFor(record)
      const then = new Set(before === undefined ? [] : usersOf(before.body))
      if (space !== undefined) yield* followPeople(space, new Set(record.users), then, () => true)
    }
    for (const conversation of yield* store.about(key)) yield* followConversation(conversation, record, before)
  })

  const step = Effect.gen(function* () {
    yield* sql`INSERT INTO cursors (consumer, pos) VALUES (${consumer}, 0) ON CONFLICT DO NOTHING`
    const [cursor] = yield* sql`SELECT pos::float8 AS pos FROM cursors WHERE consumer = ${consumer}`
    const upTo = stream.position()
    const rows = yield* sql`SELECT type, id, pos::float8 AS pos FROM record_versions
      WHERE pos > ${BigInt(Number(cursor!["pos"]))} AND pos <= ${BigInt(upTo)} ORDER BY pos LIMIT ${entriesPerStep}`
    for (const row of rows) {
      const key = { type: String(row["type"]), id: String(row["id"]) }
      yield* follow(key, Number(row["pos"])).pipe(
        Effect.catch((error) => Effect.logWarning("a conversation cannot follow its record", error, key)),
      )
    }
    const reached = rows.length < entriesPerStep ? upTo : Number(rows.at(-1)!["pos"])
    yield* sql`UPDATE cursors SET pos = ${BigInt(reached)} WHERE consumer = ${consumer} AND pos < ${BigInt(reached)}`
    return rows.length === entriesPerStep
  }).pipe(Effect.orDie)

  yield* following({
    what: "let conversations follow records",
    isNews: (entry) => entry.kind === "business",
    step,
  })
})

export const recordFollower = Layer.effectDiscard(start)
