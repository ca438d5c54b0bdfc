import { Effect } from "effect"
import * as contract from "@biz1/protocol/client/accountData"
import { InvalidParam, NotFound, ServerControlled } from "@biz1/protocol/errors"
import type { JsonObject } from "@biz1/protocol/json"
import { handler, type Requester } from "../http/Handler.ts"
import { pushRulesContent, rulesetOf } from "../push/ruleset.ts"
import { FilterStore } from "../store/FilterStore.ts"
import { AccountData, type AccountDataKey } from "../sync/AccountData.ts"
import { own } from "./own.ts"

/** Types that the server keeps itself; each has operations of its own. */
const reserved = new Set(["m.fully_read", "m.push_rules"])
const maxTypeLength = 255

const put = Effect.fnUntraced(function* (requester: Requester, key: AccountDataKey, content: JsonObject) {
  const { userId, type } = key
  yield* own(requester, userId)
  if (reserved.has(type)) return yield* new ServerControlled({ error: `${type} cannot be set here` })
  if (type.includes("\0") || type.length > maxTypeLength) {
    return yield* new InvalidParam({ error: `A type has at most ${maxTypeLength} characters, and no NUL` })
  }
  yield* (yield* AccountData).set(key, content)
  return {}
})

const get = Effect.fnUntraced(function* (requester: Requester, key: AccountDataKey) {
  yield* own(requester, key.userId)
  const content = yield* (yield* AccountData).get(key)
  if (content !== undefined) return content
  // Everybody has push rules from the start.
  if (key.roomId === "" && key.type === "m.push_rules") return pushRulesContent(yield* rulesetOf(key.userId))
  return yield* new NotFound({ error: "Nothing is kept under this type" })
})

export const setAccountData = handler(contract.setAccountData, ({ params, body, requester }) =>
  put(requester, { ...params, roomId: "" }, body),
)
export const getAccountData = handler(contract.getAccountData, ({ params, requester }) =>
  get(requester, { ...params, roomId: "" }),
)
export const setAccountDataPerRoom = handler(contract.setAccountDataPerRoom, ({ params, body, requester }) =>
  put(requester, params, body),
)
export const getAccountDataPerRoom = handler(contract.getAccountDataPerRoom, ({ params, requester }) =>
  get(requester, params),
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
