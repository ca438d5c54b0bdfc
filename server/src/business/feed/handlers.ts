import { Clock, Effect } from "effect"
import type { FeedEvent } from "@biz1/core/business/feed"
import { DEFAULT_PAGE } from "@biz1/protocol/business/api"
import { getEvents as contract } from "@biz1/protocol/business/feed"
import { ServerConfig } from "../../config.ts"
import { handler } from "../../http/Handler.ts"
import { checkPermission } from "../api/Caller.ts"
import { cursorOf, readCursor } from "../api/cursor.ts"
import { Feed } from "./Feed.ts"

/** In the form of CloudEvents. */
export const cloudEvent = (serverName: string, event: FeedEvent) => ({
  specversion: "1.0" as const,
  source: `matrix://${serverName}`,
  ...event,
})

export const getEvents = handler(
  contract,
  Effect.fnUntraced(function* ({ query, caller }) {
    yield* checkPermission(caller, "settings")
    const feed = yield* Feed
    const { serverName } = yield* ServerConfig
    const types = query.types?.split(",").filter((type) => type !== "") ?? []
    const cursor = query.after === "now" ? [feed.position()] : yield* readCursor(query.after, 1)
    const limit = query.limit ?? DEFAULT_PAGE
    const until = (yield* Clock.currentTimeMillis) + (query.wait ?? 0) * 1000
    let slice = yield* feed.after(cursor?.[0] ?? 0, { types, limit })
    while (slice.events.length === 0) {
      const left = until - (yield* Clock.currentTimeMillis)
      // What was looked at and is not wanted is no reason to wait.
      if (slice.upTo >= feed.position()) {
        if (left <= 0) break
        yield* feed.news(slice.upTo, left)
      }
      slice = yield* feed.after(slice.upTo, { types, limit })
    }
    return { items: slice.events.map((event) => cloudEvent(serverName, event)), next: cursorOf([slice.upTo]) }
  }),
)
