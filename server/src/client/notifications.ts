import { Clock, Effect } from "effect"
import { getNotifications as contract } from "@biz1/protocol/client/notifications"
import { InvalidParam } from "@biz1/protocol/errors"
import { handler, RawJson } from "../http/Handler.ts"
import { notificationsOf } from "../push/notifications.ts"
import { showEvents } from "../sync/reading.ts"
import { UserViews } from "../sync/UserViews.ts"
import { readable } from "../sync/visibility.ts"

const defaultLimit = 20
const maxLimit = 100

export const getNotifications = handler(
  contract,
  Effect.fnUntraced(function* ({ query, requester: { userId, deviceId } }) {
    const before = query.from === undefined ? Number.MAX_SAFE_INTEGER : Number(/^n1_(\d{1,15})$/.exec(query.from)?.[1])
    if (Number.isNaN(before)) return yield* new InvalidParam({ error: "from is no token of this list" })
    const user = yield* (yield* UserViews).get(userId)
    const limit = Math.min(Math.max(1, query.limit ?? defaultLimit), maxLimit)
    const page = yield* notificationsOf(user, { before, limit, onlyHighlights: query.only === "highlight" })
    const reader = { userId, deviceId, nowMs: yield* Clock.currentTimeMillis }
    const shown = yield* Effect.forEach(
      page.found,
      Effect.fnUntraced(function* ({ room, entry, actions, read }) {
        const reading = { room, user, reader, readable: yield* readable(room.roomId, userId) }
        const [event] = yield* showEvents(reading, [entry])
        return (
          `{"actions":${JSON.stringify(actions)},"event":${event},"read":${read}` +
          `,"room_id":${JSON.stringify(room.roomId)},"ts":${entry.event.originServerTs}}`
        )
      }),
    )
    const next = page.next === undefined ? "" : `,"next_token":"n1_${page.next}"`
    return new RawJson(`{"notifications":[${shown.join(",")}]${next}}`)
  }),
)
