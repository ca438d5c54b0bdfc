/** A space and what is in it, walked in depth. Spec: client-server API, "Discovering rooms within spaces". */
import { Effect } from "effect"
import type { RoomId } from "@biz1/protocol/ids"
import type { JsonObject } from "@biz1/protocol/json"
import { mayPreview, roomSummary } from "./roomSummary.ts"
import { RoomViews, type CurrentState, type RoomView } from "./RoomViews.ts"
import type { UserView } from "./UserViews.ts"

export interface SpaceWalk {
  readonly suggestedOnly: boolean
  readonly maxDepth: number
}

/** However deep and wide a space is, one request walks no further. */
const maxWalked = 5000

/** The rooms that the user may look at, each once, a space before what is in it. Empty if they may not see the first. */
export const walkSpace = Effect.fnUntraced(function* (root: RoomId, user: UserView, walk: SpaceWalk) {
  const rooms = yield* RoomViews
  const found: Array<JsonObject> = []
  const met = new Set<RoomId>([root])
  // What is to be looked at next comes last.
  const ahead: Array<{ readonly roomId: RoomId; readonly depth: number }> = [{ roomId: root, depth: 0 }]
  for (let next = ahead.pop(); next !== undefined && found.length < maxWalked; next = ahead.pop()) {
    const room = yield* rooms.get(next.roomId)
    if (room === undefined || !mayPreview(room, user)) continue
    const children = childrenOf(room).filter(({ content }) => !walk.suggestedOnly || content["suggested"] === true)
    found.push({ ...roomSummary(room), children_state: children.map(shownChild) })
    if (next.depth >= walk.maxDepth) continue
    for (const child of children.toReversed()) {
      const roomId = child.stateKey as RoomId
      if (met.has(roomId)) continue
      met.add(roomId)
      ahead.push({ roomId, depth: next.depth + 1 })
    }
  }
  return found
})

/** Spec: "Ordering of children within a space". A link without `via` is no link any more. */
export const childrenOf = (room: RoomView): ReadonlyArray<CurrentState> => {
  if (room.state.get("m.room.create", "")?.content["type"] !== "m.space") return []
  return [...room.state.ofType("m.space.child").values()]
    .filter(({ stateKey, content: { via } }) => stateKey.startsWith("!") && Array.isArray(via) && via.length > 0)
    .sort(inOrder)
}

const inOrder = (a: CurrentState, b: CurrentState): number => {
  const [first, second] = [orderOf(a), orderOf(b)]
  if (first !== second) {
    if (first === undefined) return 1
    if (second === undefined) return -1
    return first < second ? -1 : 1
  }
  return a.originServerTs - b.originServerTs || (a.stateKey < b.stateKey ? -1 : 1)
}

/** Spec: at most 50 characters, each from space to `~`; what is not so counts as not given. */
const orderOf = ({ content: { order } }: CurrentState): string | undefined =>
  typeof order === "string" && /^[\x20-\x7e]{1,50}$/.test(order) ? order : undefined

const shownChild = ({ type, stateKey, sender, content, originServerTs }: CurrentState): JsonObject => ({
  type,
  state_key: stateKey,
  sender,
  content,
  origin_server_ts: originServerTs,
})
