import { Effect } from "effect"
import * as contract from "@biz1/protocol/client/roomState"
import { NotFound } from "@biz1/protocol/errors"
import type { RoomId } from "@biz1/protocol/ids"
import type { JsonObject } from "@biz1/protocol/json"
import { handler, RawJson, type Requester } from "../http/Handler.ts"
import { showState } from "../sync/clientEvent.ts"
import { placeOf, readRoom, roomAsMember, stateFor, stateLookup } from "../sync/reading.ts"

export const getRoomState = handler(
  contract.getRoomState,
  Effect.fnUntraced(function* ({ params: { roomId }, requester }) {
    const reading = yield* readRoom(roomId, requester)
    const state = yield* stateFor(reading)
    return new RawJson(`[${state.map((event) => showState(event, reading.reader, roomId)).join(",")}]`)
  }),
)

interface Wanted {
  readonly roomId: RoomId
  readonly type: string
  readonly stateKey: string
  readonly format: "content" | "event" | undefined
}

const oneState = Effect.fnUntraced(function* ({ roomId, type, stateKey, format }: Wanted, requester: Requester) {
  const reading = yield* readRoom(roomId, requester)
  const found = (yield* stateLookup(reading)).get(type, stateKey)
  if (found === undefined) return yield* new NotFound({ error: "The room has no such state" })
  return format === "event" ? new RawJson(showState(found, reading.reader, roomId)) : found.content
})

export const getRoomStateWithKey = handler(
  contract.getRoomStateWithKey,
  ({ params: { roomId, eventType: type, stateKey }, query: { format }, requester }) =>
    oneState({ roomId, type, stateKey, format }, requester),
)

export const getRoomStateOfType = handler(
  contract.getRoomStateOfType,
  ({ params: { roomId, eventType: type }, query: { format }, requester }) =>
    oneState({ roomId, type, stateKey: "", format }, requester),
)

export const getMembersByRoom = handler(
  contract.getMembersByRoom,
  Effect.fnUntraced(function* ({ params: { roomId }, query, requester }) {
    const reading = yield* readRoom(roomId, requester)
    const state = yield* stateFor(reading, query.at === undefined ? undefined : yield* placeOf(roomId, query.at))
    const { membership: wanted, not_membership: unwanted } = query
    const members = state.filter(({ type, content: { membership } }) => {
      if (type !== "m.room.member") return false
      // Where both are given, either is enough.
      if (wanted !== undefined && membership === wanted) return true
      return unwanted === undefined ? wanted === undefined : membership !== unwanted
    })
    return new RawJson(`{"chunk":[${members.map((event) => showState(event, reading.reader, roomId)).join(",")}]}`)
  }),
)

export const getJoinedMembersByRoom = handler(
  contract.getJoinedMembersByRoom,
  Effect.fnUntraced(function* ({ params: { roomId }, requester }) {
    const room = yield* roomAsMember(roomId, requester)
    const joined: Record<string, JsonObject> = {}
    for (const [userId, { content }] of room.state.ofType("m.room.member")) {
      if (content["membership"] !== "join") continue
      const { displayname, avatar_url: avatarUrl } = content
      joined[userId] = {
        ...(typeof displayname === "string" ? { display_name: displayname } : {}),
        ...(typeof avatarUrl === "string" ? { avatar_url: avatarUrl } : {}),
      }
    }
    return { joined }
  }),
)
