/**
 * Queues for the push gateways what the log says: a notification for each pusher of each user whose rules want one, and
 * the news that something was read. One node at a time does it, from a cursor that moves with what it wrote, so that no
 * event is missed or queued twice. A server without pushers reads nothing.
 */
import { Clock, Context, Effect, Latch, Layer, Schedule } from "effect"
import { PgClient } from "@effect/sql-pg"
import type { RoomId, UserId } from "@biz1/protocol/ids"
import { ServerConfig } from "../config.ts"
import type { EventEntry, LogEntry } from "../log/LogEntry.ts"
import { LogReader } from "../log/LogReader.ts"
import { LogStream } from "../log/LogStream.ts"
import { integers, texts } from "../store/columns.ts"
import { RoomViews } from "../sync/RoomViews.ts"
import { seen } from "../sync/SeenEvent.ts"
import { hidesInvite, rulesOf, UserViews } from "../sync/UserViews.ts"
import { pushOutcome } from "./pushOutcome.ts"
import { patiently } from "../operations/outages.ts"

const consumer = "push"
const entriesPerStep = 500

interface Queued {
  readonly pusherId: number
  readonly pos: number
  readonly eventId: string | null
  readonly actions: string | null
}

interface Owner {
  readonly pusherId: number
  readonly userId: UserId
  readonly kind: string
}

export class PushQueue extends Context.Service<
  PushQueue,
  {
    /** Open while this node has queued something that the sender has not looked at. */
    readonly filled: Latch.Latch
  }
>()("@biz1/server/push/PushQueue") {
  static readonly layer = Layer.effect(
    this,
    Effect.gen(function* () {
      const sql = yield* PgClient.PgClient
      const reader = yield* LogReader
      const stream = yield* LogStream
      const rooms = yield* RoomViews
      const users = yield* UserViews
      const sendsMail = (yield* ServerConfig).mail !== undefined
      const filled = yield* Latch.make(false)

      const pushersIn = (roomIds: ReadonlyArray<RoomId>) =>
        sql`SELECT DISTINCT p.pusher_id::float8 AS pusher_id, p.user_id, p.kind, m.room_id FROM pushers p
          JOIN memberships m USING (user_id) WHERE m.room_id = ANY(${texts(roomIds)}::text[])
          AND m.membership IN ('join', 'invite') AND (p.kind = 'http' OR ${sendsMail})`.pipe(
          Effect.map((rows) =>
            Map.groupBy(
              rows.map((row) => ({
                pusherId: Number(row["pusher_id"]),
                userId: row["user_id"] as UserId,
                kind: String(row["kind"]),
                roomId: row["room_id"] as RoomId,
              })),
              ({ roomId }) => roomId,
            ),
          ),
        )

      const ofEvent = Effect.fnUntraced(function* (entry: EventEntry, owners: ReadonlyArray<Owner>) {
        const room = yield* rooms.get(entry.event.roomId)
        if (room === undefined) return []
        const queued: Array<Queued> = []
        for (const { pusherId, userId } of owners) {
          const user = yield* users.get(userId)
          const own = user.rooms.get(room.roomId)
          if (own === undefined || own.sincePos > entry.pos) continue
          if (user.ignored.has(entry.event.sender) || hidesInvite(user, own)) continue
          const { notify, actions } = pushOutcome(rulesOf(user), seen(entry), userId, room)
          if (!notify) continue
          queued.push({ pusherId, pos: entry.pos, eventId: entry.event.eventId, actions: JSON.stringify(actions) })
        }
        return queued
      })

      const toQueue = Effect.fnUntraced(function* (entries: ReadonlyArray<LogEntry>) {
        const told = entries.filter((entry) => entry.kind === "event" || entry.kind === "receipt")
        const roomIds = new Set(told.map((entry) => (entry.kind === "event" ? entry.event.roomId : entry.roomId)))
        const pushers = yield* pushersIn([...roomIds])
        const queued: Array<Queued> = []
        if (pushers.size === 0) return queued
        for (const entry of told) {
          if (entry.kind === "event") {
            queued.push(...(yield* ofEvent(entry, pushers.get(entry.event.roomId) ?? [])))
            continue
          }
          const own = (pushers.get(entry.roomId) ?? []).filter(
            ({ userId, kind }) => userId === entry.userId && kind === "http",
          )
          queued.push(...own.map(({ pusherId }) => ({ pusherId, pos: entry.pos, eventId: null, actions: null })))
        }
        return queued
      })

      const store = Effect.fnUntraced(function* (queued: ReadonlyArray<Queued>) {
        if (queued.length === 0) return
        const now = yield* Clock.currentTimeMillis
        yield* sql`INSERT INTO push_queue (pusher_id, pos, event_id, actions, queued_ts)
          SELECT q.*, ${BigInt(now)} FROM unnest(
            ${integers(queued.map(({ pusherId }) => pusherId))}::bigint[],
            ${integers(queued.map(({ pos }) => pos))}::bigint[],
            ${texts(queued.map(({ eventId }) => eventId))}::text[],
            ${texts(queued.map(({ actions }) => actions))}::text[]
          ) AS q (pusher_id, pos, event_id, actions) JOIN pushers USING (pusher_id) ON CONFLICT DO NOTHING`
      })

      /** Up to where this node knows that all is done. */
      let done = -1
      const step = sql
        .withTransaction(
          Effect.gen(function* () {
            // Who turns push on for the first time is told of what comes, not of what was.
            yield* sql`INSERT INTO cursors (consumer, pos) VALUES (${consumer}, ${BigInt(stream.position())})
              ON CONFLICT DO NOTHING`
            const [cursor] = yield* sql`SELECT pos::float8 AS pos FROM cursors WHERE consumer = ${consumer} FOR UPDATE`
            const from = Number(cursor!["pos"])
            const [any] = yield* sql`SELECT 1 FROM pushers LIMIT 1`
            const last = any === undefined ? stream.position() : Math.min(stream.position(), from + entriesPerStep)
            done = Math.max(from, last)
            if (last <= from) return false
            const queued = any === undefined ? [] : yield* toQueue((yield* reader.batch(from + 1, last)).entries)
            yield* store(queued)
            yield* sql`UPDATE cursors SET pos = ${BigInt(last)} WHERE consumer = ${consumer}`
            return queued.length > 0
          }),
        )
        .pipe(
          Effect.orDie,
          Effect.tap((any) => (any ? filled.open : Effect.void)),
        )
      const catchUp = Effect.suspend(() => (stream.position() <= done ? Effect.void : step)).pipe(
        Effect.repeat({ while: () => stream.position() > done }),
      )
      yield* catchUp.pipe(
        patiently("queue notifications"),
        Effect.repeat(Schedule.spaced("250 millis")),
        Effect.forkScoped,
      )
      return PushQueue.of({ filled })
    }),
  )
}
