/** One event of a logged-in user, into a room. */
import { Clock, Effect, Schema } from "effect"
import { Forbidden, InvalidParam, NotFound } from "@biz1/protocol/errors"
import { EventId, type RoomId } from "@biz1/protocol/ids"
import type { JsonObject } from "@biz1/protocol/json"
import { refuseSuspended } from "../auth/standing.ts"
import type { Requester } from "../http/Handler.ts"
import { EventStore } from "../store/EventStore.ts"
import { roomAsMember } from "../sync/reading.ts"
import { checkRelation } from "./checkRelation.ts"
import { checkState } from "./checkState.ts"
import { Conversations } from "./Conversations.ts"
import { txnKey } from "./RoomState.ts"

const isEventId = Schema.is(EventId)

export interface SendEvent {
  readonly roomId: RoomId
  readonly requester: Requester
  readonly type: string
  readonly stateKey?: string | undefined
  readonly content: JsonObject
  readonly txnId?: string | undefined
  readonly redacts?: EventId | undefined
  /** When it happened elsewhere: application services alone may say so. */
  readonly ts?: number | undefined
}

export const sendEvent = Effect.fnUntraced(function* (send: SendEvent) {
  const { roomId, requester, type, stateKey, content, txnId } = send
  if (txnId?.includes("\0")) return yield* new InvalidParam({ error: "A transaction id may hold no NUL" })
  const conversations = yield* Conversations
  // Since v1.18 a redaction may come through the front door, too.
  const target = send.redacts ?? (type === "m.room.redaction" ? content["redacts"] : undefined)
  const redacts = isEventId(target) ? yield* redactable(roomId, target, requester) : undefined
  // Spec: "Account suspension": one's own events may still be taken back, those of others not.
  if (requester.standing === "suspended" && redacts?.sender !== requester.userId) return yield* refuseSuspended
  const txn = txnId === undefined ? undefined : txnKey(requester.deviceId, type, txnId)
  yield* checkState(send)
  yield* checkRelation({ ...send, txn })
  const [eventId] = yield* (
    conversations
      .send(roomId, {
        sender: requester.userId,
        drafts: [{ type, stateKey, content, redacts }],
        txn,
        ts: (requester.appservice && send.ts) ?? (yield* Clock.currentTimeMillis),
      })
      // A room that is not here looks like one that is closed.
      .pipe(Effect.catchTag("NotFound", () => Effect.fail(new Forbidden({ error: "You are not in this room" }))))
  )
  return eventId!
})

const redactable = Effect.fnUntraced(function* (roomId: RoomId, eventId: EventId, requester: Requester) {
  yield* roomAsMember(roomId, requester) // before anyone learns which events a room holds
  const found = yield* (yield* EventStore).find(eventId)
  if (found === undefined || found.event.roomId !== roomId) {
    return yield* new NotFound({ error: "There is no such event in this room" })
  }
  return { eventId, sender: found.event.sender, ts: found.event.originServerTs }
})
