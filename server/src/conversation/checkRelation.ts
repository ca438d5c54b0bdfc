/** What relations a client may make. Spec: "Validation of `m.thread` relationships", "Avoiding duplicate annotations". */
import { Effect } from "effect"
import { relationOf } from "@biz1/core/relation"
import { DuplicateAnnotation, Unknown } from "@biz1/protocol/errors"
import type { RoomId } from "@biz1/protocol/ids"
import { isJsonObject, type JsonObject } from "@biz1/protocol/json"
import type { Requester } from "../http/Handler.ts"
import { EventStore } from "../store/EventStore.ts"
import { RelationStore } from "../store/RelationStore.ts"
import { UserViews } from "../sync/UserViews.ts"

interface Sending {
  readonly roomId: RoomId
  readonly requester: Requester
  readonly type: string
  readonly stateKey?: string | undefined
  readonly content: JsonObject
  readonly txn: string | undefined
}

export const checkRelation = Effect.fnUntraced(function* (sending: Sending) {
  const { roomId, requester, type, content, txn } = sending
  const relation = relationOf(sending)
  if (relation?.relType !== "m.thread" && relation?.relType !== "m.annotation") return
  // Who is outside is refused by the room itself, and learns nothing here.
  const user = yield* (yield* UserViews).get(requester.userId)
  if (user.rooms.get(roomId)?.membership !== "join") return

  if (relation.relType === "m.thread") {
    const root = yield* (yield* EventStore).find(relation.eventId)
    if (root?.event.roomId !== roomId || relationOf(root.event) === undefined) return
    return yield* new Unknown({ error: "A thread cannot begin with an event that is about another" })
  }
  const earlier = yield* (yield* RelationStore).annotationsBy(roomId, relation.eventId, requester.userId, type)
  const key = keyOf(content)
  const same = earlier.find(({ event }) => keyOf(event.content) === key)
  // The same transaction once more is answered like the first time.
  if (same === undefined || (txn !== undefined && same.txn === txn)) return
  return yield* new DuplicateAnnotation({ error: "You have reacted with this already" })
})

const keyOf = ({ "m.relates_to": relates }: JsonObject) => (isJsonObject(relates) ? relates["key"] : undefined)
