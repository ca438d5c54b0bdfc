import { randomUUID } from "node:crypto"
import { Effect } from "effect"
import {
  setRoomState as contractWithoutKey,
  setRoomStateWithKey as contract,
} from "@biz1/protocol/client/setRoomStateWithKey"
import { delayQuery } from "@biz1/protocol/client/delayedEvents"
import { type SendEvent, sendEvent } from "../conversation/sendEvent.ts"
import { handler } from "../http/Handler.ts"
import { schedule } from "./delayedEvents.ts"

/** Now, or later if a delay is given. Without a transaction id each delayed one is another. */
const setState = Effect.fnUntraced(function* (
  state: Omit<SendEvent, "stateKey"> & { readonly stateKey: string },
  { ts, [delayQuery]: delayMs }: typeof contract.query.Type,
) {
  if (delayMs !== undefined) return yield* schedule({ ...state, delayMs, txnId: randomUUID() })
  return { event_id: yield* sendEvent({ ...state, ts }) }
})

export const setRoomStateWithKey = handler(
  contract,
  ({ params: { roomId, eventType, stateKey }, query, body, requester }) =>
    setState({ roomId, requester, type: eventType, stateKey, content: body }, query),
)

export const setRoomState = handler(contractWithoutKey, ({ params: { roomId, eventType }, query, body, requester }) =>
  setState({ roomId, requester, type: eventType, stateKey: "", content: body }, query),
)
