import { Effect } from "effect"
import { joinRoom as contract, joinRoomById as contractById } from "@biz1/protocol/client/joinRoom"
import { enter } from "../conversation/membership.ts"
import { roomIdOf } from "../conversation/roomIdOf.ts"
import { handler } from "../http/Handler.ts"

export const joinRoom = handler(
  contract,
  Effect.fnUntraced(function* ({ params, body, requester: { userId } }) {
    const roomId = yield* roomIdOf(params.roomIdOrAlias)
    yield* enter(roomId, userId, "join", body.reason)
    return { room_id: roomId }
  }),
)

export const joinRoomById = handler(
  contractById,
  Effect.fnUntraced(function* ({ params: { roomId }, body, requester: { userId } }) {
    yield* enter(roomId, userId, "join", body.reason)
    return { room_id: roomId }
  }),
)
