import { Clock, Effect } from "effect"
import * as contract from "@biz1/protocol/client/receipts"
import { Forbidden, NotFound } from "@biz1/protocol/errors"
import type { EventId, RoomId } from "@biz1/protocol/ids"
import { handler, type Requester } from "../http/Handler.ts"
import { EventLog } from "../log/EventLog.ts"
import { EventStore } from "../store/EventStore.ts"
import { Ephemeral } from "../sync/Ephemeral.ts"
import { RoomViews } from "../sync/RoomViews.ts"
import { UserViews } from "../sync/UserViews.ts"

const joinedRoom = Effect.fnUntraced(function* (roomId: RoomId, requester: Requester) {
  const user = yield* (yield* UserViews).get(requester.userId)
  const room = user.rooms.get(roomId)?.membership === "join" ? yield* (yield* RoomViews).get(roomId) : undefined
  if (room === undefined) return yield* new Forbidden({ error: "You are not in this room" })
  return room
})

interface Receipt {
  readonly roomId: RoomId
  readonly eventId: EventId
  readonly receiptType: string
  readonly threadId: string
}

/** Moves a receipt forward; one that would go back, or stays, changes nothing. */
const moveReceipt = Effect.fnUntraced(function* (requester: Requester, receipt: Receipt) {
  const { roomId, eventId, receiptType, threadId } = receipt
  const room = yield* joinedRoom(roomId, requester)
  const event = yield* (yield* EventStore).find(eventId)
  if (event === undefined || event.event.roomId !== roomId) {
    return yield* new NotFound({ error: "There is no such event in this room" })
  }
  const before = room.receipts.get(`${requester.userId}\0${receiptType}\0${threadId}`)
  if (before !== undefined && before.eventPos >= event.pos) return
  const ts = yield* Clock.currentTimeMillis
  yield* (yield* EventLog)
    .append([{ kind: "receipt", ...receipt, userId: requester.userId, eventPos: event.pos, ts }])
    .pipe(Effect.orDie)
})

const moveFullyRead = Effect.fnUntraced(function* (requester: Requester, roomId: RoomId, eventId: EventId) {
  yield* joinedRoom(roomId, requester)
  yield* (yield* EventLog)
    .append([
      { kind: "accountData", userId: requester.userId, roomId, type: "m.fully_read", content: { event_id: eventId } },
    ])
    .pipe(Effect.orDie)
})

export const postReceipt = handler(
  contract.postReceipt,
  Effect.fnUntraced(function* ({ params: { roomId, receiptType, eventId }, body, requester }) {
    if (receiptType === "m.fully_read") yield* moveFullyRead(requester, roomId, eventId)
    else yield* moveReceipt(requester, { roomId, eventId, receiptType, threadId: body.thread_id ?? "" })
    return {}
  }),
)

export const setReadMarker = handler(
  contract.setReadMarker,
  Effect.fnUntraced(function* ({ params: { roomId }, body, requester }) {
    yield* joinedRoom(roomId, requester)
    for (const receiptType of ["m.read", "m.read.private"] as const) {
      const eventId = body[receiptType]
      if (eventId !== undefined) yield* moveReceipt(requester, { roomId, eventId, receiptType, threadId: "" })
    }
    const read = body["m.fully_read"]
    if (read !== undefined) yield* moveFullyRead(requester, roomId, read)
    return {}
  }),
)

export const setTyping = handler(
  contract.setTyping,
  Effect.fnUntraced(function* ({ params: { roomId, userId }, body, requester }) {
    if (userId !== requester.userId) return yield* new Forbidden({ error: "You can say only that you are typing" })
    yield* joinedRoom(roomId, requester)
    yield* (yield* Ephemeral).setTyping(roomId, userId, body.typing ? (body.timeout ?? 30_000) : undefined)
    return {}
  }),
)
