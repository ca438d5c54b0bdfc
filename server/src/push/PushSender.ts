/**
 * Hands queued notifications to the push gateways, in order for each pusher. A gateway that fails is asked again, later
 * each time; what is a day old is nobody's news. A pusher belongs to one node at a time, by a lease that ends by itself.
 * Spec: Push Gateway API.
 */
import { Clock, Context, Effect, Layer, Schema } from "effect"
import { PgClient } from "@effect/sql-pg"
import type { Pusher } from "@biz1/protocol/client/pushers"
import type { EventId, UserId } from "@biz1/protocol/ids"
import type { JsonObject } from "@biz1/protocol/json"
import type { PushAction } from "@biz1/protocol/pushRules"
import { Outgoing } from "../http/outgoing.ts"
import { EventStore } from "../store/EventStore.ts"
import { RoomViews } from "../sync/RoomViews.ts"
import { seen } from "../sync/SeenEvent.ts"
import { Badges } from "./Badges.ts"
import { type ClaimedPusher, claimPushers, leaseMs, putOff, releasePusher } from "./claimPushers.ts"
import { notificationBody, type Told } from "./notificationBody.ts"
import { PushQueue } from "./PushQueue.ts"
import { patiently } from "../operations/outages.ts"

const pushersAtOnce = 16
/** How often all nodes look for what is due, without having been told. */
const lookEvery = "5 seconds"
const keepMs = 24 * 60 * 60_000

const Answer = Schema.Struct({ rejected: Schema.optionalKey(Schema.Array(Schema.String)) })
const decodeAnswer = Schema.decodeUnknownOption(Schema.fromJsonString(Answer))

export class PushSender extends Context.Service<PushSender, {}>()("@biz1/server/push/PushSender") {
  static readonly layer = Layer.effect(
    this,
    Effect.gen(function* () {
      const sql = yield* PgClient.PgClient
      const outgoing = yield* Outgoing
      const events = yield* EventStore
      const rooms = yield* RoomViews
      const badges = yield* Badges
      const queue = yield* PushQueue

      const toldOf = Effect.fnUntraced(function* (eventId: EventId, actions: string, userId: UserId) {
        const entry = yield* events.find(eventId)
        const room = entry && (yield* rooms.get(entry.event.roomId))
        if (entry === undefined || room === undefined || entry.redactedBy !== undefined) return undefined
        return {
          entry: seen(entry),
          room,
          userId,
          actions: JSON.parse(actions) as ReadonlyArray<PushAction>,
        } satisfies Told
      })

      const post = (pusher: Pusher, body: JsonObject) =>
        outgoing
          .request({
            url: String(pusher.data["url"]),
            method: "POST",
            headers: { "content-type": "application/json" },
            body: JSON.stringify(body),
            timeout: "10 seconds",
            maxBytes: 64 * 1024,
          })
          .pipe(
            Effect.map(({ status, body: text }) => {
              if (status < 200 || status > 299) return { accepted: false, rejected: false }
              const answer = decodeAnswer(Buffer.from(text).toString())
              const rejected = answer._tag === "Some" && answer.value.rejected?.includes(pusher.pushkey) === true
              return { accepted: true, rejected }
            }),
            Effect.orElseSucceed(() => ({ accepted: false, rejected: false })),
          )

      /** Sends what waits for a pusher, until it is all sent or the gateway fails. */
      const drain = Effect.fnUntraced(function* (row: ClaimedPusher) {
        const { pusherId, userId, pusher, madeMs } = row
        let { badge } = row
        const done = (pos: unknown) =>
          sql`DELETE FROM push_queue WHERE pusher_id = ${BigInt(pusherId)} AND pos = ${pos as bigint}`
        while (true) {
          const now = yield* Clock.currentTimeMillis
          const [next] = yield* sql`UPDATE pushers SET leased_until_ts = ${BigInt(now + leaseMs)} FROM push_queue q
            WHERE pushers.pusher_id = ${BigInt(pusherId)} AND q.pusher_id = pushers.pusher_id
              AND q.pos = (SELECT min(pos) FROM push_queue WHERE pusher_id = ${BigInt(pusherId)})
            RETURNING q.pos::bigint AS pos, q.event_id, q.actions, q.queued_ts::float8 AS queued_ts`
          if (next === undefined) return
          const eventId = next["event_id"] as EventId | null
          const told = eventId === null ? undefined : yield* toldOf(eventId, String(next["actions"]), userId)
          const unread = yield* badges.of(userId)
          const old = now - Number(next["queued_ts"]) > keepMs
          // Without an event only a changed number is worth waking a device for.
          if (old || (told === undefined && (eventId !== null || unread === badge))) {
            yield* done(next["pos"])
            continue
          }
          const { accepted, rejected } = yield* post(pusher, notificationBody(pusher, madeMs, unread, told))
          if (rejected) return yield* sql`DELETE FROM pushers WHERE pusher_id = ${BigInt(pusherId)}`
          if (!accepted) {
            return yield* putOff(row, now)
          }
          badge = unread
          yield* sql`UPDATE pushers SET failures = 0, badge = ${unread} WHERE pusher_id = ${BigInt(pusherId)}`
          yield* done(next["pos"])
        }
      })

      const round = Effect.gen(function* () {
        yield* queue.filled.close
        while (true) {
          const claimed = yield* claimPushers({
            kind: "http",
            now: yield* Clock.currentTimeMillis,
            waitingSince: Number.MAX_SAFE_INTEGER,
            atMost: pushersAtOnce,
          })
          if (claimed.length === 0) return
          yield* Effect.forEach(claimed, (row) => Effect.ensuring(drain(row), releasePusher(row)), {
            concurrency: pushersAtOnce,
            discard: true,
          })
        }
      })
      yield* round.pipe(
        Effect.provideService(PgClient.PgClient, sql),
        patiently("send notifications"),
        Effect.andThen(Effect.timeoutOption(queue.filled.await, lookEvery)),
        Effect.forever,
        Effect.forkScoped,
      )
      return PushSender.of({})
    }),
  )
}
