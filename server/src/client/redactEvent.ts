import { Effect } from "effect"
import { redactEvent as contract } from "@biz1/protocol/client/redactEvent"
import { UserSuspended } from "@biz1/protocol/errors"
import type { EventId } from "@biz1/protocol/ids"
import { sendEvent } from "../conversation/sendEvent.ts"
import { handler, type Requester } from "../http/Handler.ts"
import { EventStore } from "../store/EventStore.ts"

export const redactEvent = handler(
  contract,
  Effect.fnUntraced(function* ({ params: { roomId, eventId, txnId }, body, requester }) {
    yield* mayRedact(requester, eventId)
    const content = body.reason === undefined ? {} : { reason: body.reason }
    const redaction = { roomId, requester, type: "m.room.redaction", content, txnId, redacts: eventId }
    return { event_id: yield* sendEvent(redaction) }
  }),
)

/** Spec: "Account suspension": one's own events may still be taken back, those of others not. */
const mayRedact = Effect.fnUntraced(function* ({ standing, userId }: Requester, eventId: EventId) {
  if (standing !== "suspended") return
  const redacted = yield* (yield* EventStore).find(eventId)
  if (redacted?.event.sender !== userId) {
    return yield* new UserSuspended({ error: "While your account is suspended you can redact your own events only" })
  }
})
