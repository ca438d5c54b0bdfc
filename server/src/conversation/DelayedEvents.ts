/**
 * Sends events when their time has come. Any node may do it: the transaction id of a delayed event makes a second
 * sending find the first one, so that two nodes, or one that died in between, send it once. Proposal: MSC4140.
 */
import { randomBytes } from "node:crypto"
import { Clock, Context, Effect, Layer, Schedule } from "effect"
import {
  Forbidden,
  LimitExceeded,
  type MatrixError,
  MaxDelayExceeded,
  NotFound,
  Unavailable,
  UnknownConflict,
  wireBody,
} from "@biz1/protocol/errors"
import type { RoomId } from "@biz1/protocol/ids"
import type { JsonObject } from "@biz1/protocol/json"
import type { Action } from "@biz1/protocol/client/delayedEvents"
import { ServerConfig } from "../config.ts"
import type { Requester } from "../http/Handler.ts"
import { LogStream } from "../log/LogStream.ts"
import { Directory } from "../store/Directory.ts"
import { type DelayedEvent, DelayedEventStore } from "../store/DelayedEventStore.ts"
import { RoomViews } from "../sync/RoomViews.ts"
import { UserViews } from "../sync/UserViews.ts"
import { checkState } from "./checkState.ts"
import { Conversations } from "./Conversations.ts"
import { txnKey } from "./RoomState.ts"
import { patiently } from "../operations/outages.ts"

/** How long it can be asked what became of one. */
const rememberMs = 24 * 60 * 60_000
const dueAtOnce = 100

type Checks = Directory | RoomViews | UserViews | ServerConfig

export interface ToSchedule {
  readonly requester: Requester
  readonly roomId: RoomId
  readonly type: string
  readonly stateKey: string | undefined
  readonly content: JsonObject
  readonly delayMs: number
  readonly txnId: string
}

export class DelayedEvents extends Context.Service<
  DelayedEvents,
  {
    /** Gives the id by which the event can be restarted, cancelled or sent at once. */
    readonly schedule: (event: ToSchedule) => Effect.Effect<string, MaxDelayExceeded | LimitExceeded>
    /** Fails where the event has met the opposite end already, or cannot be sent now. */
    readonly manage: (delayId: string, action: Action) => Effect.Effect<void, MatrixError>
  }
>()("@biz1/server/conversation/DelayedEvents") {
  static readonly layer = Layer.effect(
    this,
    Effect.gen(function* () {
      const store = yield* DelayedEventStore
      const conversations = yield* Conversations
      const stream = yield* LogStream
      const checks = Context.pick(Directory, RoomViews, UserViews, ServerConfig)(yield* Effect.context<Checks>())
      const { limits } = yield* ServerConfig
      const maxDelayMs = limits["delayedEvents.seconds"] * 1000
      const maxPerUser = limits["delayedEvents.perUser"]

      const schedule = Effect.fnUntraced(function* (event: ToSchedule) {
        const { requester, roomId, type, stateKey, content, delayMs, txnId } = event
        const { userId, deviceId } = requester
        if (delayMs > maxDelayMs) {
          return yield* new MaxDelayExceeded({
            error: `An event waits for ${maxDelayMs / 1000} seconds at most`,
            max_delay: maxDelayMs,
          })
        }
        const now = yield* Clock.currentTimeMillis
        const scheduled = yield* store.ofUser(userId, { scheduled: true })
        if (scheduled.length >= maxPerUser) {
          const [next] = scheduled // none, where none is allowed
          return yield* new LimitExceeded({
            error: `You can have ${maxPerUser} events waiting at once`,
            retry_after_ms: next === undefined ? maxDelayMs : Math.max(1, next.runningSince + next.delayMs - now),
          })
        }
        const delayed: DelayedEvent = {
          delayId: randomBytes(24).toString("base64url"),
          userId,
          deviceId,
          roomId,
          type,
          stateKey,
          content,
          delayMs,
          runningSince: now,
          afterPos: stream.position(),
          outcome: undefined,
        }
        return yield* store.add(delayed, [deviceId, roomId, type, txnId].join("\u001f"))
      })

      const send = Effect.fnUntraced(function* (event: DelayedEvent) {
        const { delayId, userId, deviceId, roomId, type, stateKey, content } = event
        const now = yield* Clock.currentTimeMillis
        if (yield* store.isOvertaken(event)) {
          return yield* new Forbidden({ error: "Somebody else has set that state meanwhile" })
        }
        // What was true when it was scheduled may not be now.
        yield* Effect.provide(checkState({ roomId, requester: { userId }, type, stateKey, content }), checks)
        const [eventId] = yield* conversations.send(roomId, {
          sender: userId,
          drafts: [{ type, stateKey, content, redacts: undefined }],
          txn: txnKey(deviceId, "delayed", delayId),
          ts: now,
        })
        yield* store.finalise(delayId, { atMs: now, eventId })
      })

      const manage = Effect.fnUntraced(function* (delayId: string, action: Action) {
        const event = yield* store.find(delayId)
        if (event === undefined) return yield* new NotFound({ error: "There is no such delayed event" })
        const now = yield* Clock.currentTimeMillis
        if (event.outcome !== undefined) {
          const ended = event.outcome.eventId === undefined ? "cancel" : "send"
          if (action === ended) return
          return yield* new UnknownConflict({
            error: ended === "send" ? "The event was sent already" : "The event was cancelled already",
          })
        }
        if (action === "restart") return yield* store.restart(delayId, now)
        if (action === "cancel") return yield* store.finalise(delayId, { atMs: now })
        yield* send(event)
      })

      /** What may pass is tried again with the next round; anything else is the event's end. */
      const sendDue = Effect.gen(function* () {
        const now = yield* Clock.currentTimeMillis
        for (const event of yield* store.due(now, dueAtOnce)) {
          yield* send(event).pipe(
            Effect.catch((error) =>
              error instanceof Unavailable || error instanceof LimitExceeded
                ? Effect.void
                : store.finalise(event.delayId, { atMs: now, error: wireBody(error) }),
            ),
          )
        }
      })
      yield* sendDue.pipe(
        patiently("send delayed events"),
        Effect.repeat(Schedule.spaced("500 millis")),
        Effect.forkScoped,
      )
      yield* Clock.currentTimeMillis.pipe(
        Effect.flatMap((now) => store.forgetFinalised(now - rememberMs)),
        patiently("forget old delayed events"),
        Effect.repeat(Schedule.spaced("10 minutes")),
        Effect.forkScoped,
      )
      return DelayedEvents.of({ schedule, manage })
    }),
  )
}
