import { Effect } from "effect"
import * as contract from "@biz1/protocol/client/membership"
import { Forbidden, Unknown } from "@biz1/protocol/errors"
import { changeMembership, leave } from "../conversation/membership.ts"
import { roomIdOf } from "../conversation/roomIdOf.ts"
import { handler } from "../http/Handler.ts"
import { MembershipStore } from "../store/MembershipStore.ts"
import { UserViews } from "../sync/UserViews.ts"

export const inviteUser = handler(
  contract.inviteUser,
  Effect.fnUntraced(function* ({ params: { roomId }, body, requester }) {
    const { user_id: target, reason } = body
    yield* changeMembership({ roomId, sender: requester.userId, target, membership: "invite", reason })
    return {}
  }),
)

export const kick = handler(
  contract.kick,
  Effect.fnUntraced(function* ({ params: { roomId }, body, requester }) {
    const { user_id: target, reason } = body
    const membership = (yield* (yield* UserViews).get(target)).rooms.get(roomId)?.membership
    if (membership === undefined || membership === "leave" || membership === "ban") {
      return yield* new Forbidden({ error: "This user is not in the room" })
    }
    yield* changeMembership({ roomId, sender: requester.userId, target, membership: "leave", reason })
    return {}
  }),
)

export const ban = handler(
  contract.ban,
  Effect.fnUntraced(function* ({ params: { roomId }, body, requester }) {
    const { user_id: target, reason } = body
    yield* changeMembership({ roomId, sender: requester.userId, target, membership: "ban", reason })
    return {}
  }),
)

export const unban = handler(
  contract.unban,
  Effect.fnUntraced(function* ({ params: { roomId }, body, requester }) {
    const { user_id: target, reason } = body
    const membership = (yield* (yield* UserViews).get(target)).rooms.get(roomId)?.membership
    if (membership !== "ban") return yield* new Forbidden({ error: "This user is not banned from the room" })
    yield* changeMembership({ roomId, sender: requester.userId, target, membership: "leave", reason })
    return {}
  }),
)

export const leaveRoom = handler(
  contract.leaveRoom,
  Effect.fnUntraced(function* ({ params: { roomId }, body, requester }) {
    yield* leave(roomId, requester.userId, body.reason)
    return {}
  }),
)

export const forgetRoom = handler(
  contract.forgetRoom,
  Effect.fnUntraced(function* ({ params: { roomId }, requester: { userId } }) {
    const users = yield* UserViews
    const membership = (yield* users.get(userId)).rooms.get(roomId)?.membership
    if (membership === "join" || membership === "invite" || membership === "knock") {
      return yield* new Unknown({ error: "Leave the room before you forget it" })
    }
    yield* (yield* MembershipStore).forget(userId, roomId)
    users.forget(userId, roomId)
    return {}
  }),
)

export const knockRoom = handler(
  contract.knockRoom,
  Effect.fnUntraced(function* ({ params, body, requester: { userId } }) {
    const roomId = yield* roomIdOf(params.roomIdOrAlias)
    yield* changeMembership({ roomId, sender: userId, target: userId, membership: "knock", reason: body.reason })
    return { room_id: roomId }
  }),
)

export const getJoinedRooms = handler(
  contract.getJoinedRooms,
  Effect.fnUntraced(function* ({ requester }) {
    const user = yield* (yield* UserViews).get(requester.userId)
    const joined = [...user.rooms].filter(([, { membership }]) => membership === "join")
    return { joined_rooms: joined.map(([roomId]) => roomId) }
  }),
)
