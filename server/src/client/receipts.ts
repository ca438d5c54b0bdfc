import { Clock, Effect } from "effect"
import * as contract from "@biz1/protocol/client/receipts"
import { Forbidden, InvalidParam, NotFound } from "@biz1/protocol/errors"
import type { EventId } from "@biz1/protocol/ids"
import { handler, type Requester } from "../http/Handler.ts"
import { EventLog } from "../log/EventLog.ts"
import { EventStore } from "../store/EventStore.ts"
import { Ephemeral } from "../sync/Ephemeral.ts"
import { roomAsMember } from "../sync/reading.ts"
import type { RoomView } from "../sync/RoomViews.ts"
import { UserViews } from "../sync/UserViews.ts"
import { readable } from "../sync/visibility.ts"

/** An event that the reader may have read; any other is not found. */
const readEvent = Effect.fnUntraced(function* (room: RoomView, eventId: EventId, { userId }: Requester) {
  const found =
    room.timeline.findLast(({ event }) => event.eventId === eventId) ?? (yield* (yield* EventStore).find(eventId))
  if (found?.event.roomId === room.roomId) {
    const own = (yield* (yield* UserViews).get(userId)).rooms.get(room.roomId)
    // What came after the reader's last member event they may read, being joined; the rest needs a look.
    if (own !== undefined && own.pos <= found.pos) return found
    if ((yield* readable(room.roomId, userId)).mayRead(found)) return found
  }
  return yield* new NotFound({ error: "There is no such event in this room" })
})

interface Receipt {
  readonly eventId: EventId
  readonly receiptType: string
  /** Empty for an unthreaded receipt. */
  readonly threadId: string
}

/** Moves a receipt forward; one that would go back, or stays, changes nothing. */
const moveReceipt = Effect.fnUntraced(function* (requester: Requester, room: RoomView, receipt: Receipt) {
  const { userId } = requester
  const { pos: eventPos } = yield* readEvent(room, receipt.eventId, requester)
  const before = room.receipts.get(`${userId}\0${receipt.receiptType}\0${receipt.threadId}`)
  if (before !== undefined && before.eventPos >= eventPos) return
  const ts = yield* Clock.currentTimeMillis
  yield* (yield* EventLog)
    .append([{ kind: "receipt", ...receipt, roomId: room.roomId, userId, eventPos, ts }])
    .pipe(Effect.orDie)
})

/** The marker is account data, and moves forward only, too. Spec: "Fully read markers". */
const moveFullyRead = Effect.fnUntraced(function* (requester: Requester, room: RoomView, eventId: EventId) {
  const { userId } = requester
  const { roomId } = room
  const read = yield* readEvent(room, eventId, requester)
  const user = yield* (yield* UserViews).get(userId)
  const before = user.accountData.get(`${roomId}\0m.fully_read`)?.content["event_id"]
  const stood = before === undefined ? undefined : yield* (yield* EventStore).find(before as EventId)
  if (stood !== undefined && stood.pos >= read.pos) return
  yield* (yield* EventLog)
    .append([{ kind: "accountData", userId, roomId, type: "m.fully_read", content: { event_id: eventId } }])
    .pipe(Effect.orDie)
})

/** Spec: "Threaded read receipts". */
const threadOf = (threadId: string | undefined) => {
  if (threadId === undefined) return Effect.succeed("")
  return threadId === "main" || (threadId.startsWith("$") && !threadId.includes("\0"))
    ? Effect.succeed(threadId)
    : Effect.fail(new InvalidParam({ error: "A thread is main or named by the event it began with" }))
}

export const postReceipt = handler(
  contract.postReceipt,
  Effect.fnUntraced(function* ({ params: { roomId, receiptType, eventId }, body, requester }) {
    const room = yield* roomAsMember(roomId, requester)
    const threadId = yield* threadOf(body.thread_id)
    if (receiptType !== "m.fully_read") yield* moveReceipt(requester, room, { eventId, receiptType, threadId })
    else if (threadId === "") yield* moveFullyRead(requester, room, eventId)
    else return yield* new InvalidParam({ error: "The fully read marker is one for the room, not for a thread" })
    return {}
  }),
)

export const setReadMarker = handler(
  contract.setReadMarker,
  Effect.fnUntraced(function* ({ params: { roomId }, body, requester }) {
    const room = yield* roomAsMember(roomId, requester)
    for (const receiptType of ["m.read", "m.read.private"] as const) {
      const eventId = body[receiptType]
      if (eventId !== undefined) yield* moveReceipt(requester, room, { eventId, receiptType, threadId: "" })
    }
    const read = body["m.fully_read"]
    if (read !== undefined) yield* moveFullyRead(requester, room, read)
    return {}
  }),
)

export const setTyping = handler(
  contract.setTyping,
  Effect.fnUntraced(function* ({ params: { roomId, userId }, body, requester }) {
    if (userId !== requester.userId) return yield* new Forbidden({ error: "You can say only that you are typing" })
    yield* roomAsMember(roomId, requester)
    yield* (yield* Ephemeral).setTyping(roomId, userId, body.typing ? (body.timeout ?? 30_000) : undefined)
    return {}
  }),
)
