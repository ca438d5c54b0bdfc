import { Effect } from "effect"
import * as contract from "@biz1/protocol/client/membership"
import { Forbidden, NotFound, Unknown } from "@biz1/protocol/errors"
import { userOfAddress } from "../conversation/inviteByAddress.ts"
import { changeMembership, enter, leave, type Change } from "../conversation/membership.ts"
import { roomIdOf } from "../conversation/roomIdOf.ts"
import { handler, type Requester } from "../http/Handler.ts"
import { MembershipStore } from "../store/MembershipStore.ts"
import { roomAsMember } from "../sync/reading.ts"
import { membershipOf } from "../sync/RoomViews.ts"
import { UserViews } from "../sync/UserViews.ts"

/** Changes somebody's membership, if it is one of `from` now. Who may do it, the room's rules say. */
const moveOther = Effect.fnUntraced(function* (
  requester: Requester,
  change: Omit<Change, "sender">,
  from: ReadonlyArray<string>,
  otherwise: string,
) {
  const room = yield* roomAsMember(change.roomId, requester)
  if (!from.includes(membershipOf(room, change.target) ?? "leave")) return yield* new Forbidden({ error: otherwise })
  yield* changeMembership({ ...change, sender: requester.userId })
  return {}
})

export const inviteUser = handler(
  contract.inviteUser,
  Effect.fnUntraced(function* ({ params: { roomId }, body, requester }) {
    yield* roomAsMember(roomId, requester) // before anyone learns whose an address is
    const target = "user_id" in body ? body.user_id : yield* userOfAddress(body)
    return yield* moveOther(
      requester,
      { roomId, target, membership: "invite", reason: body.reason },
      ["leave", "invite", "knock"],
      "This user is in the room already, or banned from it",
    )
  }),
)

export const kick = handler(contract.kick, ({ params: { roomId }, body: { user_id: target, reason }, requester }) =>
  moveOther(
    requester,
    { roomId, target, membership: "leave", reason },
    ["join", "invite", "knock"],
    "This user is not in the room",
  ),
)

export const ban = handler(contract.ban, ({ params: { roomId }, body: { user_id: target, reason }, requester }) =>
  moveOther(
    requester,
    { roomId, target, membership: "ban", reason },
    ["join", "invite", "knock", "leave", "ban"],
    "This user cannot be banned",
  ),
)

export const unban = handler(contract.unban, ({ params: { roomId }, body: { user_id: target, reason }, requester }) =>
  moveOther(
    requester,
    { roomId, target, membership: "leave", reason },
    ["ban"],
    "This user is not banned from the room",
  ),
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
    if (membership === undefined) return yield* new NotFound({ error: "You have never been in this room" })
    if (membership !== "leave" && membership !== "ban") {
      return yield* new Unknown({ error: "Leave the room before you forget it" })
    }
    yield* (yield* MembershipStore).forget(userId, roomId)
    yield* users.forget(userId, roomId)
    return {}
  }),
)

export const knockRoom = handler(
  contract.knockRoom,
  Effect.fnUntraced(function* ({ params, body, requester: { userId } }) {
    const roomId = yield* roomIdOf(params.roomIdOrAlias)
    yield* enter(roomId, userId, "knock", body.reason)
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
