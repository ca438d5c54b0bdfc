import { Clock, Effect } from "effect"
import * as contract from "@biz1/protocol/client/presence"
import { Forbidden } from "@biz1/protocol/errors"
import type { UserId } from "@biz1/protocol/ids"
import { handler } from "../http/Handler.ts"
import { Ephemeral } from "../sync/Ephemeral.ts"
import { UserViews } from "../sync/UserViews.ts"

export const getPresence = handler(
  contract.getPresence,
  Effect.fnUntraced(function* ({ params: { userId }, requester }) {
    if (!(yield* meets(requester.userId, userId))) {
      return yield* new Forbidden({ error: "You see only who shares a room with you" })
    }
    const presence = (yield* Ephemeral).presence(userId)
    if (presence === undefined) return { presence: "offline" as const }
    return {
      presence: presence.presence,
      last_active_ago: Math.max(0, (yield* Clock.currentTimeMillis) - presence.lastActiveMs),
      currently_active: presence.presence === "online",
      ...(presence.statusMsg === undefined ? {} : { status_msg: presence.statusMsg }),
    }
  }),
)

/** Whether the two are in some room together, or are one. */
const meets = Effect.fnUntraced(function* (userId: UserId, otherId: UserId) {
  if (userId === otherId) return true
  const users = yield* UserViews
  const [user, other] = [yield* users.get(userId), yield* users.get(otherId)]
  for (const [roomId, { membership }] of user.rooms) {
    if (membership === "join" && other.rooms.get(roomId)?.membership === "join") return true
  }
  return false
})

export const setPresence = handler(
  contract.setPresence,
  Effect.fnUntraced(function* ({ params: { userId }, body, requester }) {
    if (userId !== requester.userId) return yield* new Forbidden({ error: "You can set your own presence only" })
    yield* (yield* Ephemeral).setPresence(userId, body.presence, {
      statusMsg: body.status_msg ?? undefined,
      active: true,
    })
    return {}
  }),
)
