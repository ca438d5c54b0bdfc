/**
 * The little that a list needs of each of its rooms, also of those outside the window: when something last happened
 * there, and what it is filtered by. One query for all of a user's rooms, then kept in step by the log.
 */
import { Context, Effect, Layer } from "effect"
import { PgClient } from "@effect/sql-pg"
import type { RoomId } from "@biz1/protocol/ids"
import type { Pdu } from "@biz1/protocol/pdu"
import type { EventEntry } from "../../log/LogEntry.ts"
import { LogStream } from "../../log/LogStream.ts"
import { texts } from "../../store/columns.ts"

export interface RoomFacts {
  /** The position of the last event. */
  readonly lastPos: number
  /** Of the last that a person would call activity. */
  readonly bumpPos: number
  readonly roomType: string | undefined
  readonly encrypted: boolean
  readonly name: string | undefined
}

/** Proposal: MSC4186, `bump_stamp`. */
const bumping = [
  "m.room.create",
  "m.room.message",
  "m.room.encrypted",
  "m.sticker",
  "m.call.invite",
  "m.poll.start",
  "m.beacon_info",
]
const bumps = new Set(bumping)
const maxRooms = 100_000

export class AllRoomFacts extends Context.Service<
  AllRoomFacts,
  {
    readonly of: (rooms: ReadonlyArray<RoomId>) => Effect.Effect<ReadonlyMap<RoomId, RoomFacts>>
  }
>()("@biz1/server/sync/sliding/AllRoomFacts") {
  static readonly layer = Layer.effect(
    this,
    Effect.gen(function* () {
      const sql = yield* PgClient.PgClient
      const stream = yield* LogStream
      const known = new Map<RoomId, RoomFacts>()
      /** Rooms being loaded, with what happens in them meanwhile. */
      const loading = new Map<RoomId, Array<EventEntry>>()

      const after = (facts: RoomFacts, { event, pos, current }: EventEntry): RoomFacts => ({
        ...facts,
        name: current && event.type === "m.room.name" ? textOf(event.content["name"]) : facts.name,
        lastPos: Math.max(facts.lastPos, pos),
        bumpPos: bumps.has(event.type) ? Math.max(facts.bumpPos, pos) : facts.bumpPos,
        encrypted: facts.encrypted || (current && event.type === "m.room.encryption"),
      })

      const load = Effect.fnUntraced(
        function* (rooms: ReadonlyArray<RoomId>) {
          for (const roomId of rooms) if (!loading.has(roomId)) loading.set(roomId, [])
          const rows = yield* sql`SELECT r.room_id, last.pos::float8 AS last_pos, bump.pos::float8 AS bump_pos,
            encryption.event_id IS NOT NULL AS encrypted, made.json AS made, named.json AS named
          FROM unnest(${texts(rooms)}::text[]) AS r (room_id)
          CROSS JOIN LATERAL (
            SELECT pos FROM events e WHERE e.room_id = r.room_id ORDER BY room_seq DESC LIMIT 1
          ) last
          LEFT JOIN LATERAL (
            SELECT pos FROM events e WHERE e.room_id = r.room_id AND e.type = ANY(${texts(bumping)}::text[])
            ORDER BY room_seq DESC LIMIT 1
          ) bump ON true
          LEFT JOIN events made ON made.room_id = r.room_id AND made.room_seq = 1
          LEFT JOIN current_state encryption ON encryption.room_id = r.room_id
            AND encryption.type = 'm.room.encryption' AND encryption.state_key = ''
          LEFT JOIN current_state name ON name.room_id = r.room_id AND name.type = 'm.room.name' AND name.state_key = ''
          LEFT JOIN events named ON named.event_id = name.event_id AND named.redacted_by IS NULL`
          for (const row of rows) {
            const roomId = row["room_id"] as RoomId
            const facts: RoomFacts = {
              lastPos: Number(row["last_pos"]),
              bumpPos: Number(row["bump_pos"] ?? 0),
              roomType: textIn(row["made"], "type"),
              encrypted: row["encrypted"] === true,
              name: textIn(row["named"], "name"),
            }
            // Whoever loaded it first has kept it in step since.
            if (!known.has(roomId)) known.set(roomId, (loading.get(roomId) ?? []).reduce(after, facts))
          }
          while (known.size > maxRooms) known.delete(known.keys().next().value!)
        },
        Effect.orDie,
        (loaded, rooms) =>
          Effect.ensuring(
            loaded,
            Effect.sync(() => {
              for (const roomId of rooms) loading.delete(roomId)
            }),
          ),
      )

      yield* stream.listen(({ entries }) => {
        for (const entry of entries) {
          if (entry.kind !== "event") continue
          const { roomId } = entry.event
          const facts = known.get(roomId)
          if (facts !== undefined) known.set(roomId, after(facts, entry))
          else loading.get(roomId)?.push(entry)
        }
      })

      const of = Effect.fnUntraced(function* (rooms: ReadonlyArray<RoomId>) {
        const missing = rooms.filter((roomId) => !known.has(roomId))
        if (missing.length > 0) yield* load(missing)
        return known
      })
      return AllRoomFacts.of({ of })
    }),
  )
}

const textOf = (value: unknown) => (typeof value === "string" ? value : undefined)

/** What an event's content says. Parsed here: PostgreSQL's own JSON holds less than events may, NUL for one. */
const textIn = (json: unknown, key: string) =>
  typeof json === "string" ? textOf((JSON.parse(json) as Pdu).content[key]) : undefined
