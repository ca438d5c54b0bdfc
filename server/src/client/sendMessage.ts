import { Effect } from "effect"
import { sendMessage as contract } from "@biz1/protocol/client/sendMessage"
import { sendEvent } from "../conversation/sendEvent.ts"
import { handler } from "../http/Handler.ts"

export const sendMessage = handler(
  contract,
  Effect.fnUntraced(function* ({ params: { roomId, eventType, txnId }, query: { ts }, body, requester }) {
    const eventId = yield* sendEvent({ roomId, requester, type: eventType, content: body, txnId, ts })
    return { event_id: eventId }
  }),
)
