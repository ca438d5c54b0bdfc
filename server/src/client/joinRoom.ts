import { Effect } from "effect"
import { joinRoom as contract, joinRoomById as contractById } from "@biz1/protocol/client/joinRoom"
import { InvalidParam, NotFound } from "@biz1/protocol/errors"
import type { RoomAlias, RoomId } from "@biz1/protocol/ids"
import { changeMembership } from "../conversation/membership.ts"
import { handler } from "../http/Handler.ts"
import { Directory } from "../store/Directory.ts"

export const joinRoom = handler(
  contract,
  Effect.fnUntraced(function* ({ params, body, requester: { userId } }) {
    const roomId = yield* roomIdOf(params.roomIdOrAlias)
    yield* changeMembership({ roomId, sender: userId, target: userId, membership: "join", reason: body.reason })
    return { room_id: roomId }
  }),
)

export const joinRoomById = handler(
  contractById,
  Effect.fnUntraced(function* ({ params: { roomId }, body, requester: { userId } }) {
    yield* changeMembership({ roomId, sender: userId, target: userId, membership: "join", reason: body.reason })
    return { room_id: roomId }
  }),
)

/** The room that an id or alias means. */
export const roomIdOf = Effect.fnUntraced(function* (idOrAlias: string) {
  if (idOrAlias.startsWith("!")) return idOrAlias as RoomId
  if (!idOrAlias.startsWith("#")) {
    return yield* new InvalidParam({ error: "A room is named by its id, !…, or an alias, #…" })
  }
  const found = yield* (yield* Directory).find(idOrAlias as RoomAlias)
  if (found === undefined) return yield* new NotFound({ error: "No room has this alias" })
  return found.roomId
})
