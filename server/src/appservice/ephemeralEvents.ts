/** What is true for a moment, as a service is told of it. Spec: application service API, "Pushing EDUs". */
import { Effect } from "effect"
import type { RoomId, UserId } from "@biz1/protocol/ids"
import type { ReceiptEntry } from "../log/LogEntry.ts"
import { Ephemeral } from "../sync/Ephemeral.ts"
import { receiptContent } from "../sync/receiptContent.ts"
import type { RoomViews } from "../sync/RoomViews.ts"
import { showPresence } from "../sync/Sync.ts"
import type { UserViews } from "../sync/UserViews.ts"
import { ownsUser, type Appservice } from "./Registration.ts"
import type { RoomInterest } from "./RoomInterest.ts"
import { sharesRoom } from "./sharedRooms.ts"

/** Of these that one transaction tells. */
const maxShown = 100

/** Receipts, as one event for each room and thread. */
export const shownReceipts = (receipts: ReadonlyArray<ReceiptEntry>) =>
  [...Map.groupBy(receipts, ({ roomId, threadId }) => `${roomId}\0${threadId}`).values()].map((together) =>
    JSON.stringify({ type: "m.receipt", room_id: together[0]!.roomId, content: receiptContent(together) }),
  )

interface PassingChange {
  readonly changed: number
  /** Undefined where it is none of the service's business. */
  readonly show: Effect.Effect<string | undefined, never, UserViews | RoomViews>
}

/** Who types and who is there, in the order in which it came about. */
export const passingEvents = Effect.fnUntraced(function* (
  service: Appservice,
  interest: RoomInterest,
  since: number,
  position: number,
  nowMs: number,
) {
  const live = yield* Ephemeral
  const counter = live.counter()
  if (!service.receivesEphemeral || counter <= since) return { shown: [], upTo: counter }
  const changes: Array<PassingChange> = []
  for (const [roomId, userIds, changed] of live.typingChanges(since)) {
    changes.push({
      changed,
      show: Effect.map(interest.concernsRoom(roomId, position), (concerned) =>
        concerned ? showTyping(roomId, userIds) : undefined,
      ),
    })
  }
  for (const [userId, presence] of live.presenceChanges(since)) {
    const concerned = ownsUser(service, userId) ? Effect.succeed(true) : sharesRoom(interest, userId, position)
    changes.push({
      changed: presence.changed,
      show: Effect.map(concerned, (is) => (is ? showPresence(userId, presence, nowMs) : undefined)),
    })
  }
  changes.sort((a, b) => a.changed - b.changed)
  const shown: Array<string> = []
  for (const { changed, show } of changes) {
    const event = yield* show
    if (event !== undefined) shown.push(event)
    if (shown.length >= maxShown) return { shown, upTo: changed }
  }
  return { shown, upTo: counter }
})

const showTyping = (roomId: RoomId, userIds: ReadonlyArray<UserId>) =>
  JSON.stringify({ type: "m.typing", room_id: roomId, content: { user_ids: userIds } })
