import { Clock, Effect } from "effect"
import * as contract from "@biz1/protocol/client/reports"
import { NotFound } from "@biz1/protocol/errors"
import { serverOf } from "@biz1/protocol/ids"
import { ServerConfig } from "../config.ts"
import { handler } from "../http/Handler.ts"
import { ProfileStore } from "../store/ProfileStore.ts"
import { ReportStore, type Report } from "../store/ReportStore.ts"
import { readableEvent, readRoom } from "../sync/reading.ts"
import { mayPreview } from "../sync/roomSummary.ts"
import { RoomViews } from "../sync/RoomViews.ts"
import { UserViews } from "../sync/UserViews.ts"

const file = Effect.fnUntraced(function* (report: Omit<Report, "receivedTs">) {
  yield* (yield* ReportStore).add({ ...report, receivedTs: yield* Clock.currentTimeMillis })
  return {}
})

/** A room that one has nothing to do with is not found, whether it is there or not. */
export const reportRoom = handler(
  contract.reportRoom,
  Effect.fnUntraced(function* ({ params: { roomId }, body: { reason }, requester: { userId: reporter } }) {
    const room = yield* (yield* RoomViews).get(roomId)
    const user = yield* (yield* UserViews).get(reporter)
    if (room === undefined || !(user.rooms.has(roomId) || mayPreview(room, user))) {
      return yield* new NotFound({ error: "There is no such room" })
    }
    return yield* file({ reporter, roomId, reason })
  }),
)

export const reportEvent = handler(
  contract.reportEvent,
  Effect.fnUntraced(function* ({ params: { roomId, eventId }, body: { reason = "", score }, requester }) {
    const notFound = () => new NotFound({ error: "There is no such event, or you are not in its room" })
    const reading = yield* Effect.mapError(readRoom(roomId, requester), notFound)
    if (reading.user.rooms.get(roomId)?.membership !== "join") return yield* notFound()
    const { event } = yield* readableEvent(reading, eventId)
    return yield* file({ reporter: requester.userId, roomId, eventId, userId: event.sender, reason, score })
  }),
)

export const reportUser = handler(
  contract.reportUser,
  Effect.fnUntraced(function* ({ params: { userId }, body: { reason }, requester: { userId: reporter } }) {
    const { serverName } = yield* ServerConfig
    const known = serverOf(userId) !== serverName || (yield* (yield* ProfileStore).find(userId)) !== undefined
    if (!known) return yield* new NotFound({ error: "There is no such user" })
    return yield* file({ reporter, userId, reason })
  }),
)
