import { Effect } from "effect"
import { sendMessage as contract } from "@biz1/protocol/client/sendMessage"
import { delayQuery } from "@biz1/protocol/client/delayedEvents"
import { refuseSuspended } from "../auth/standing.ts"
import { sendEvent } from "../conversation/sendEvent.ts"
import { handler } from "../http/Handler.ts"
import { schedule } from "./delayedEvents.ts"

export const sendMessage = handler(
  contract,
  Effect.fnUntraced(function* ({ params: { roomId, eventType, txnId }, query, body, requester }) {
    const { ts, [delayQuery]: delayMs } = query
    if (delayMs !== undefined) {
      if (requester.standing === "suspended") return yield* refuseSuspended
      return yield* schedule({ requester, roomId, type: eventType, stateKey: undefined, content: body, delayMs, txnId })
    }
    const eventId = yield* sendEvent({ roomId, requester, type: eventType, content: body, txnId, ts })
    return { event_id: eventId }
  }),
)
