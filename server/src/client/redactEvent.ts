import { Effect } from "effect"
import { redactEvent as contract } from "@biz1/protocol/client/redactEvent"
import { sendEvent } from "../conversation/sendEvent.ts"
import { handler } from "../http/Handler.ts"

export const redactEvent = handler(
  contract,
  Effect.fnUntraced(function* ({ params: { roomId, eventId, txnId }, body, requester }) {
    const content = body.reason === undefined ? {} : { reason: body.reason }
    const redaction = { roomId, requester, type: "m.room.redaction", content, txnId, redacts: eventId }
    return { event_id: yield* sendEvent(redaction) }
  }),
)
