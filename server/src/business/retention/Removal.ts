/**
 * Taking things away for good: what was said is redacted in its room, so that everyone is told; then its content leaves
 * the store, with what it was found by and the files that nothing else names. What a hold keeps stays, hidden.
 */
import { Clock, Context, Effect, Layer } from "effect"
import { PgClient } from "@effect/sql-pg"
import { filesIn } from "@biz1/core/business/retention"
import { canonicalJson } from "@biz1/core/canonicalJson"
import { SERVICE_LOCALPART } from "@biz1/protocol/business/names"
import { type RoomId, serverOf, type UserId } from "@biz1/protocol/ids"
import type { JsonObject } from "@biz1/protocol/json"
import { ServerConfig } from "../../config.ts"
import { Conversations } from "../../conversation/Conversations.ts"
import type { EventEntry } from "../../log/LogEntry.ts"
import { MediaStore } from "../../media/MediaStore.ts"
import { integers, texts } from "../../store/columns.ts"
import { decodeEventRow, eventColumns } from "../../store/eventRow.ts"
import { membershipOf, RoomViews } from "../../sync/RoomViews.ts"
import { Holds } from "./Holds.ts"

export interface Removed {
  /** Events of which nothing is left but their redacted form. */
  readonly events: number
  readonly files: number
  /** Events that holds keep, by hold. */
  readonly held: ReadonlyMap<string, number>
}

const redactionsAtOnce = 50

export class Removal extends Context.Service<
  Removal,
  {
    /** Redacts events of one room; those for which nobody here may do it are left. */
    readonly redact: (roomId: RoomId, entries: ReadonlyArray<EventEntry>, reason: string) => Effect.Effect<number>
    /** Takes the content of redacted events out of the store, and with `files` those that nothing else names. */
    readonly empty: (positions: ReadonlyArray<number>, options: { readonly files: boolean }) => Effect.Effect<Removed>
    /** Takes away those of some files that no event names but these. Gives how many. */
    readonly purge: (files: ReadonlyArray<string>, named: ReadonlyArray<number>) => Effect.Effect<number>
  }
>()("@biz1/server/business/retention/Removal") {
  static readonly layer = Layer.effect(
    this,
    Effect.gen(function* () {
      const sql = yield* PgClient.PgClient
      const conversations = yield* Conversations
      const rooms = yield* RoomViews
      const holds = yield* Holds
      const store = yield* MediaStore
      const { serverName } = yield* ServerConfig
      const serviceUser = `@${SERVICE_LOCALPART}:${serverName}` as UserId

      const redact = Effect.fnUntraced(function* (roomId: RoomId, entries: ReadonlyArray<EventEntry>, reason: string) {
        const room = yield* rooms.get(roomId)
        if (room === undefined) return 0
        const isIn = (userId: UserId) => serverOf(userId) === serverName && membershipOf(room, userId) === "join"
        // Where the platform has no part in a room, what somebody wrote is taken back in their own name.
        const senderFor = ({ event }: EventEntry) => [serviceUser, event.sender].find(isIn)
        let redacted = 0
        for (const [sender, theirs] of Map.groupBy(entries, senderFor)) {
          if (sender === undefined) continue
          for (let from = 0; from < theirs.length; from += redactionsAtOnce) {
            const drafts = theirs.slice(from, from + redactionsAtOnce).map(({ event }) => ({
              type: "m.room.redaction",
              content: { reason },
              redacts: { eventId: event.eventId, sender: event.sender, ts: event.originServerTs },
            }))
            const ts = yield* Clock.currentTimeMillis
            yield* conversations.send(roomId, { sender, drafts, platform: true, ts }).pipe(
              Effect.tap(() => Effect.sync(() => (redacted += drafts.length))),
              Effect.catch((error) =>
                Effect.logWarning("what is too old could not be redacted", { roomId, error: error.error }),
              ),
            )
          }
        }
        return redacted
      })

      const purge = Effect.fnUntraced(function* (files: ReadonlyArray<string>, named: ReadonlyArray<number>) {
        const ours = `mxc://${serverName}/`
        const ids = files.flatMap((file) => (file.startsWith(ours) ? [file.slice(ours.length)] : []))
        if (ids.length === 0) return 0
        const gone = yield* sql`DELETE FROM media WHERE media_id = ANY(${texts(ids)}::text[])
            AND NOT EXISTS (SELECT FROM events e WHERE e.json LIKE '%mxc://%'
              AND files_in(e.json) @> ARRAY[${ours} || media_id] AND e.pos <> ALL(${integers(named)}::bigint[]))
            AND NOT EXISTS (SELECT FROM users u WHERE strpos(u.profile, ${ours} || media_id) > 0)
          RETURNING sha256`
        // The same bytes may have been sent by others, who keep them.
        for (const sha256 of new Set(gone.map((row) => row["sha256"]))) {
          if (typeof sha256 !== "string") continue
          const others = yield* sql`SELECT FROM media WHERE sha256 = ${sha256}
            UNION ALL SELECT FROM exports WHERE sha256 = ${sha256}`
          if (others.length === 0) yield* store.remove(sha256)
        }
        return gone.length
      }, Effect.orDie)

      /** No hold can be made between looking for holds and taking away. */
      const emptied = Effect.fnUntraced(function* (positions: ReadonlyArray<number>) {
        yield* holds.unchanged
        const held = yield* holds.on(positions)
        const rows =
          yield* sql`SELECT ${eventColumns(sql)} FROM events e WHERE e.pos = ANY(${integers(positions)}::bigint[])
          AND e.redacted_by IS NOT NULL AND NOT e.emptied`
        const entries = rows.map(decodeEventRow).filter(({ pos }) => !held.has(pos))
        yield* sql`UPDATE events e SET json = v.json, emptied = true FROM unnest(
            ${integers(entries.map(({ pos }) => pos))}::bigint[],
            ${texts(entries.map(({ event }) => canonicalJson(event.pdu as unknown as JsonObject)))}::text[]
          ) AS v (pos, json) WHERE e.pos = v.pos`
        const ids = texts(entries.map(({ event }) => event.eventId))
        yield* sql`DELETE FROM event_search WHERE event_id = ANY(${ids}::text[])`
        // Whoever has not been told of it by now is told that it was redacted.
        yield* sql`DELETE FROM webhook_deliveries WHERE split_part(event_id, '/', 1) = ANY(${ids}::text[])`
        return { entries, held }
      }, sql.withTransaction)

      const empty = Effect.fnUntraced(function* (
        positions: ReadonlyArray<number>,
        options: { readonly files: boolean },
      ) {
        const { entries, held } = yield* emptied(positions)
        const files = options.files ? yield* purge([...new Set(entries.flatMap(({ json }) => filesIn(json)))], []) : 0
        const counts = new Map<string, number>()
        for (const id of [...held.values()].flat()) counts.set(id, (counts.get(id) ?? 0) + 1)
        return { events: entries.length, files, held: counts }
      }, Effect.orDie)

      return Removal.of({ redact, empty, purge })
    }),
  )
}
