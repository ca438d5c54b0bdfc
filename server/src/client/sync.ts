import { Effect, Result, Schema } from "effect"
import { sync as contract } from "@biz1/protocol/client/sync"
import { InvalidParam } from "@biz1/protocol/errors"
import { Filter } from "@biz1/protocol/filter"
import { handler, RawJson } from "../http/Handler.ts"
import { FilterStore } from "../store/FilterStore.ts"
import { Ephemeral } from "../sync/Ephemeral.ts"
import { syncFilter } from "../sync/joinedRoom.ts"
import { Sync } from "../sync/Sync.ts"
import { parseToken } from "../sync/token.ts"

const maxTimeoutMs = 120_000
const decodeFilter = Schema.decodeUnknownResult(Schema.fromJsonString(Filter))

export const sync = handler(
  contract,
  Effect.fnUntraced(function* ({ query, requester }) {
    const { userId, deviceId } = requester
    const since = query.since === undefined || query.since === "" ? undefined : parseToken(query.since)
    if (query.since && since === undefined) {
      return yield* new InvalidParam({ error: "This is no sync token of this server: sync without `since`" })
    }
    const filter = yield* filterOf(userId, query.filter)
    yield* (yield* Ephemeral).setPresence(userId, query.set_presence ?? "online")
    const json = yield* (yield* Sync).sync({
      userId,
      deviceId,
      since,
      filter: syncFilter(filter),
      fullState: query.full_state === true,
      timeoutMs: Math.min(query.timeout ?? 0, maxTimeoutMs),
    })
    return new RawJson(json)
  }),
)

/** A filter is given whole, or by the id under which it was kept. */
const filterOf = Effect.fnUntraced(function* (userId: string, given: string | undefined) {
  if (given === undefined || given === "") return {}
  if (!given.startsWith("{")) return yield* (yield* FilterStore).get(userId, given)
  const decoded = decodeFilter(given)
  return Result.isSuccess(decoded)
    ? decoded.success
    : yield* new InvalidParam({ error: `This is no filter: ${decoded.failure.message}` })
})
