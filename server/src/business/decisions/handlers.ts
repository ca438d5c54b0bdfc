import { Clock, Effect } from "effect"
import { DEFAULT_PAGE } from "@biz1/protocol/business/api"
import * as contract from "@biz1/protocol/business/decisions"
import { DECISION } from "@biz1/protocol/business/names"
import { Forbidden, InvalidParam, NotFound } from "@biz1/protocol/errors"
import type { EventId, RoomId, UserId } from "@biz1/protocol/ids"
import { Conversations } from "../../conversation/Conversations.ts"
import { handler } from "../../http/Handler.ts"
import { EventStore } from "../../store/EventStore.ts"
import type { Caller } from "../api/Caller.ts"
import { cursorOf, readCursor } from "../api/cursor.ts"
import { ConversationStore } from "../conversations/ConversationStore.ts"
import { mayRead, mayReadEntry, notHere, roomsOf } from "../conversations/reading.ts"
import { Customers } from "../customers/Customers.ts"
import { decisionsAbout, hasVersion, shownDecision } from "./decisionsAbout.ts"

/** People decide for themselves, systems for the people as whom they may act. */
const deciderOf = Effect.fnUntraced(function* (caller: Caller, as: UserId | undefined) {
  if (caller.kind === "user") {
    if (as === undefined || as === caller.userId) return caller.userId
    return yield* new Forbidden({ error: "Everybody decides for themselves" })
  }
  if (as === undefined) return yield* new InvalidParam({ error: "Say whose decision it is", field: "as" })
  if (caller.key.actAs.includes(as)) return as
  return yield* new Forbidden({ error: `This API key may not act as ${as}` })
})

/** The conversation's message that is decided about, as far as the caller may read it. */
const messageIn = Effect.fnUntraced(function* (
  caller: Caller,
  { id, event }: { readonly id: RoomId; readonly event: EventId },
) {
  const conversations = yield* ConversationStore
  const entry = yield* (yield* EventStore).find(event)
  const room = entry && (yield* conversations.find(entry.event.roomId))
  if (entry === undefined || room === undefined || (room.mainRoom ?? room.roomId) !== id) {
    return yield* new NotFound({ error: "There is no such message in this conversation" })
  }
  if (!(yield* mayRead(caller, room.roomId)) || !(yield* mayReadEntry(caller, entry))) return yield* notHere()
  return entry.event
})

export const recordDecision = handler(
  contract.recordDecision,
  Effect.fnUntraced(function* ({ params: { id }, body: { verdict, record, note, event, as }, caller }) {
    const decider = yield* deciderOf(caller, as)
    const { roomId, eventId } = yield* messageIn(caller, { id, event })
    const current = yield* (yield* Customers).current(record)
    if (!(yield* hasVersion(current, record.version))) {
      const error = `There is no version ${record.version} of ${record.type}/${record.id}`
      return yield* new InvalidParam({ error, field: "record.version" })
    }
    const content = {
      verdict,
      record,
      ...(note === undefined ? {} : { note }),
      "m.relates_to": { rel_type: "m.reference", event_id: eventId },
    }
    const [sent] = yield* (yield* Conversations).send(roomId, {
      sender: decider,
      drafts: [{ type: DECISION, content }],
      ts: yield* Clock.currentTimeMillis,
    })
    return { eventId: sent! }
  }),
)

export const listDecisions = handler(
  contract.listDecisions,
  Effect.fnUntraced(function* ({ params, query, caller }) {
    const limit = query.limit ?? DEFAULT_PAGE
    const cursor = yield* readCursor(query.after, 1)
    const rooms = yield* roomsOf(caller)
    const found = yield* decisionsAbout(params, { rooms, before: cursor?.[0], limit })
    const seen = yield* Effect.filter(found, (entry) => mayReadEntry(caller, entry))
    return {
      items: seen.flatMap(shownDecision),
      ...(found.length < limit ? {} : { next: cursorOf([found.at(-1)!.pos]) }),
    }
  }),
)
