import { Effect } from "effect"
import * as contract from "@biz1/protocol/client/accountData"
import { BadJson, Forbidden, NotFound } from "@biz1/protocol/errors"
import type { RoomId, UserId } from "@biz1/protocol/ids"
import type { JsonObject } from "@biz1/protocol/json"
import { handler, type Requester } from "../http/Handler.ts"
import { EventLog } from "../log/EventLog.ts"
import { FilterStore } from "../store/FilterStore.ts"
import { UserViews } from "../sync/UserViews.ts"

/** Types that the server keeps itself. */
const reserved = new Set(["m.fully_read", "m.push_rules"])

const own = (requester: Requester, userId: UserId) =>
  requester.userId === userId ? Effect.void : Effect.fail(new Forbidden({ error: "This belongs to another user" }))

const put = Effect.fnUntraced(function* (
  requester: Requester,
  params: { readonly userId: UserId; readonly type: string },
  roomId: RoomId | "",
  content: JsonObject,
) {
  const { userId, type } = params
  yield* own(requester, userId)
  if (reserved.has(type)) return yield* new BadJson({ error: `${type} is set by the server` })
  if (type.includes("\0")) return yield* new BadJson({ error: "A type may hold no NUL" })
  yield* (yield* EventLog).append([{ kind: "accountData", userId, roomId, type, content }]).pipe(Effect.orDie)
  return {}
})

const get = Effect.fnUntraced(function* (
  requester: Requester,
  { userId, type }: { readonly userId: UserId; readonly type: string },
  roomId: RoomId | "",
) {
  yield* own(requester, userId)
  const found = (yield* (yield* UserViews).get(userId)).accountData.get(`${roomId}\0${type}`)
  if (found === undefined) return yield* new NotFound({ error: "Nothing is kept under this type" })
  return found.content
})

export const setAccountData = handler(contract.setAccountData, ({ params, body, requester }) =>
  put(requester, params, "", body),
)
export const getAccountData = handler(contract.getAccountData, ({ params, requester }) => get(requester, params, ""))
export const setAccountDataPerRoom = handler(contract.setAccountDataPerRoom, ({ params, body, requester }) =>
  put(requester, params, params.roomId, body),
)
export const getAccountDataPerRoom = handler(contract.getAccountDataPerRoom, ({ params, requester }) =>
  get(requester, params, params.roomId),
)

export const defineFilter = handler(
  contract.defineFilter,
  Effect.fnUntraced(function* ({ params: { userId }, body, requester }) {
    yield* own(requester, userId)
    return { filter_id: yield* (yield* FilterStore).put(userId, body) }
  }),
)

export const getFilter = handler(
  contract.getFilter,
  Effect.fnUntraced(function* ({ params: { userId, filterId }, requester }) {
    yield* own(requester, userId)
    return yield* (yield* FilterStore).get(userId, filterId)
  }),
)
