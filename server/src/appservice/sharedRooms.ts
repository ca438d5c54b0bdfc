/** Who is in some room that concerns a service. */
import { Effect } from "effect"
import type { RoomId, UserId } from "@biz1/protocol/ids"
import { RoomViews } from "../sync/RoomViews.ts"
import { UserViews } from "../sync/UserViews.ts"
import type { RoomInterest } from "./RoomInterest.ts"

/** Whether someone is in any room, or one of a kind, that concerns the service. */
export const sharesRoom = Effect.fnUntraced(function* (
  interest: RoomInterest,
  userId: UserId,
  position: number,
  ofKind: (roomId: RoomId) => Effect.Effect<boolean, never, RoomViews> = () => Effect.succeed(true),
) {
  for (const [roomId, { membership }] of (yield* (yield* UserViews).get(userId)).rooms) {
    if (membership === "join" && (yield* interest.concernsRoom(roomId, position)) && (yield* ofKind(roomId)))
      return true
  }
  return false
})

export const isEncrypted = (roomId: RoomId) =>
  Effect.flatMap(RoomViews, (rooms) =>
    Effect.map(rooms.get(roomId), (room) => room?.state.get("m.room.encryption", "") !== undefined),
  )
