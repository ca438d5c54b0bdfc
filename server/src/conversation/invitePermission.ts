/** Users who take no invites. Spec: client-server API, "Invite permission". */
import { Effect } from "effect"
import { InviteBlocked } from "@biz1/protocol/errors"
import { serverOf, type UserId } from "@biz1/protocol/ids"
import { ServerConfig } from "../config.ts"
import { UserViews } from "../sync/UserViews.ts"

/** What users of other servers take, their own server says. */
export const acceptsInvite = Effect.fnUntraced(function* (target: UserId) {
  const { serverName } = yield* ServerConfig
  if (serverOf(target) !== serverName) return
  const { blocksInvites } = yield* (yield* UserViews).get(target)
  if (blocksInvites) return yield* new InviteBlocked({ error: `${target} takes no invites` })
})
