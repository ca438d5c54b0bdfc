import { Effect, Result, Schema } from "effect"
import { sync as contract } from "@biz1/protocol/client/sync"
import { InvalidParam } from "@biz1/protocol/errors"
import { Filter } from "@biz1/protocol/filter"
import { handler, RawJson } from "../http/Handler.ts"
import { FilterStore } from "../store/FilterStore.ts"
import { Ephemeral } from "../sync/Ephemeral.ts"
import { withFields } from "../sync/eventFields.ts"
import { syncFilter, type SyncFilter } from "../sync/syncFilter.ts"
import type { StateSection } from "../sync/stateSection.ts"
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
      filter,
      fullState: query.full_state === true,
      stateSection: stateSectionOf(query),
      timeoutMs: Math.min(query.timeout ?? 0, maxTimeoutMs),
    })
    return new RawJson(filter.fields === undefined ? json : withFields(json, filter.fields))
  }),
)

const stateSectionOf = (query: typeof contract.query.Type): StateSection => {
  if (query.use_state_after === true) return "state_after"
  return query["org.matrix.msc4222.use_state_after"] === true ? "org.matrix.msc4222.state_after" : "state"
}

/** Clients repeat their filter with every request: the last ones are remembered as they were compiled. */
const compiled = new Map<string, SyncFilter>()
const maxCompiled = 1000
const everything = syncFilter({})

/** A filter is given whole, or by the id under which it was kept. */
const filterOf = Effect.fnUntraced(function* (userId: string, given: string | undefined) {
  if (given === undefined || given === "") return everything
  const key = given.startsWith("{") ? given : `${userId} ${given}`
  const known = compiled.get(key)
  if (known !== undefined) return known
  const filter = syncFilter(key === given ? yield* parseFilter(given) : yield* (yield* FilterStore).get(userId, given))
  compiled.set(key, filter)
  if (compiled.size > maxCompiled) compiled.delete(compiled.keys().next().value!)
  return filter
})

const parseFilter = Effect.fnUntraced(function* (given: string) {
  const decoded = decodeFilter(given)
  if (Result.isSuccess(decoded)) return decoded.success
  return yield* new InvalidParam({ error: `This is no filter: ${decoded.failure.message}` })
})
