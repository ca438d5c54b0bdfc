import { Clock, Effect } from "effect"
import * as contract from "@biz1/protocol/client/roomState"
import { Forbidden, NotFound } from "@biz1/protocol/errors"
import type { RoomId } from "@biz1/protocol/ids"
import type { JsonObject } from "@biz1/protocol/json"
import { handler, RawJson, type Requester } from "../http/Handler.ts"
import { EventStore } from "../store/EventStore.ts"
import { showState } from "../sync/clientEvent.ts"
import { readRoom } from "../sync/reading.ts"
import { parsePageToken, parseToken } from "../sync/token.ts"

/** The state that the reader may see: of now for members, of their leaving for those who left. */
const stateFor = Effect.fnUntraced(function* (roomId: RoomId, requester: Requester) {
  const reading = yield* readRoom(roomId, requester)
  const { room, reader, leftAt } = reading
  if (leftAt === undefined) return { reader, state: [...room.state] }
  return { reader, state: yield* stateAt(roomId, leftAt) }
})

const stateAt = Effect.fnUntraced(function* (roomId: RoomId, pos: number) {
  const store = yield* EventStore
  const [last] = yield* store.latest(roomId, { upTo: pos, limit: 1 })
  if (last === undefined) return []
  const state = yield* store.stateAt(roomId, last.stateGroup)
  return state.map((entry) => ({ ...entry.event, stateKey: entry.event.stateKey!, pos: entry.pos }))
})

export const getRoomState = handler(
  contract.getRoomState,
  Effect.fnUntraced(function* ({ params: { roomId }, requester }) {
    const { state, reader } = yield* stateFor(roomId, requester)
    return new RawJson(`[${state.map((event) => showState(event, reader, roomId)).join(",")}]`)
  }),
)

const oneState = Effect.fnUntraced(function* (
  roomId: RoomId,
  requester: Requester,
  [type, stateKey]: readonly [string, string],
  format: "content" | "event" | undefined,
) {
  const { state, reader } = yield* stateFor(roomId, requester)
  const found = state.find((event) => event.type === type && event.stateKey === stateKey)
  if (found === undefined) return yield* new NotFound({ error: "The room has no such state" })
  return format === "event" ? new RawJson(showState(found, reader, roomId)) : found.content
})

export const getRoomStateWithKey = handler(
  contract.getRoomStateWithKey,
  ({ params: { roomId, eventType, stateKey }, query, requester }) =>
    oneState(roomId, requester, [eventType, stateKey], query.format),
)

export const getRoomStateOfType = handler(
  contract.getRoomStateOfType,
  ({ params: { roomId, eventType }, query, requester }) => oneState(roomId, requester, [eventType, ""], query.format),
)

export const getMembersByRoom = handler(
  contract.getMembersByRoom,
  Effect.fnUntraced(function* ({ params: { roomId }, query, requester }) {
    const reading = yield* readRoom(roomId, requester)
    const at = query.at === undefined ? undefined : yield* positionOf(roomId, query.at)
    const until = reading.leftAt ?? at
    const state = until === undefined ? [...reading.room.state] : yield* stateAt(roomId, until)
    const members = state.filter(({ type, content }) => {
      if (type !== "m.room.member") return false
      const membership = content["membership"]
      if (query.membership !== undefined && membership !== query.membership) return false
      return query.not_membership === undefined || membership !== query.not_membership
    })
    const nowMs = yield* Clock.currentTimeMillis
    const reader = { userId: requester.userId, deviceId: requester.deviceId, nowMs }
    return new RawJson(`{"chunk":[${members.map((event) => showState(event, reader, roomId)).join(",")}]}`)
  }),
)

/** The stream position that a sync or page token means in a room. */
const positionOf = Effect.fnUntraced(function* (roomId: RoomId, token: string) {
  const sync = parseToken(token)
  if (sync !== undefined) return sync.pos
  const seq = parsePageToken(token)
  if (seq === undefined) return undefined
  const [event] = yield* (yield* EventStore).page(roomId, { before: seq + 1, direction: "backward", limit: 1 })
  return event?.pos
})

export const getJoinedMembersByRoom = handler(
  contract.getJoinedMembersByRoom,
  Effect.fnUntraced(function* ({ params: { roomId }, requester }) {
    const { room, joined } = yield* readRoom(roomId, requester)
    if (!joined) return yield* new Forbidden({ error: "You are not in this room" })
    const members: Record<string, JsonObject> = {}
    for (const [userId, { content }] of room.state.ofType("m.room.member")) {
      if (content["membership"] !== "join") continue
      const { displayname, avatar_url: avatarUrl } = content
      members[userId] = {
        ...(typeof displayname === "string" ? { display_name: displayname } : {}),
        ...(typeof avatarUrl === "string" ? { avatar_url: avatarUrl } : {}),
      }
    }
    return { joined: members }
  }),
)
