import { Effect } from "effect"
import {
  setRoomState as contractWithoutKey,
  setRoomStateWithKey as contract,
} from "@biz1/protocol/client/setRoomStateWithKey"
import { sendEvent } from "../conversation/sendEvent.ts"
import { handler } from "../http/Handler.ts"

export const setRoomStateWithKey = handler(
  contract,
  Effect.fnUntraced(function* ({ params: { roomId, eventType, stateKey }, query: { ts }, body, requester }) {
    return { event_id: yield* sendEvent({ roomId, requester, type: eventType, stateKey, content: body, ts }) }
  }),
)

export const setRoomState = handler(
  contractWithoutKey,
  Effect.fnUntraced(function* ({ params: { roomId, eventType }, query: { ts }, body, requester }) {
    return { event_id: yield* sendEvent({ roomId, requester, type: eventType, stateKey: "", content: body, ts }) }
  }),
)
