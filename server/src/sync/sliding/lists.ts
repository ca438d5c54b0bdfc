/** Which rooms the lists of a request show. Proposal: MSC4186, "Lists". */
import { Effect } from "effect"
import type { Filters } from "@biz1/protocol/client/slidingSync"
import type { RoomId } from "@biz1/protocol/ids"
import { isJsonObject } from "@biz1/protocol/json"
import { RoomViews } from "../RoomViews.ts"
import { hidesInvite, type UserRoom, type UserView } from "../UserViews.ts"
import { AllRoomFacts, type RoomFacts } from "./AllRoomFacts.ts"
import type { SentRooms } from "./Connections.ts"
import type { List, SlidingRequest } from "./request.ts"

export interface Windows {
  /** How many rooms each list has, in the window or not. */
  readonly counts: ReadonlyMap<string, number>
  /** The rooms in the window of each list. */
  readonly rooms: ReadonlyMap<string, ReadonlyArray<RoomId>>
}

const isIn = (own: UserRoom) => own.membership === "join" || own.membership === "invite" || own.membership === "knock"

/**
 * Rooms that a connection may show: those the user is in, invited to or knocking at; those they were put out of; and
 * those that ended, or were forgotten, while the connection showed them. An invitation that was withdrawn is as if it had never been.
 */
export const mayShow = (user: UserView, roomId: RoomId, own: UserRoom, sent: SentRooms): boolean => {
  if (hidesInvite(user, own)) return false
  if (own.forgotten) return sent.has(roomId)
  return isIn(own) || sent.has(roomId) || (own.wasIn && own.sender !== user.userId)
}

/** Rooms that the user has marked as a conversation of two. Spec: "Direct Messaging". */
export const directRooms = (user: UserView): ReadonlySet<string> => {
  const content = user.accountData.get("\0m.direct")?.content ?? {}
  return new Set(Object.values(content).flatMap((rooms) => (Array.isArray(rooms) ? rooms.map(String) : [])))
}

const tagsOf = (user: UserView, roomId: RoomId) => {
  const tags = user.accountData.get(`${roomId}\0m.tag`)?.content["tags"]
  return isJsonObject(tags) ? Object.keys(tags) : []
}

export const windowsOf = Effect.fnUntraced(function* (request: SlidingRequest, user: UserView, sent: SentRooms) {
  const counts = new Map<string, number>()
  const windows = new Map<string, ReadonlyArray<RoomId>>()
  if (request.lists.size === 0) return { counts, rooms: windows } satisfies Windows
  const shown = [...user.rooms].filter(([roomId, own]) => mayShow(user, roomId, own, sent)).map(([roomId]) => roomId)
  const facts = yield* (yield* AllRoomFacts).of(shown)
  const lastPos = (roomId: RoomId) => {
    const own = user.rooms.get(roomId)!
    return isIn(own) && own.membership === "join" ? (facts.get(roomId)?.lastPos ?? own.pos) : own.pos
  }
  const ordered = shown.map((roomId) => [roomId, lastPos(roomId)] as const).sort((a, b) => b[1] - a[1])
  for (const [name, list] of request.lists) {
    const accepts = yield* accepting(list.filters, user)
    const rooms = ordered.map(([roomId]) => roomId).filter((roomId) => accepts(roomId, facts.get(roomId)))
    counts.set(name, rooms.length)
    windows.set(name, inRanges(rooms, list.ranges))
  }
  return { counts, rooms: windows } satisfies Windows
})

const inRanges = (rooms: ReadonlyArray<RoomId>, ranges: List["ranges"]) =>
  ranges === undefined
    ? rooms
    : rooms.filter((_, index) => ranges.some(([first, last]) => first <= index && index <= last))

const accepting = Effect.fnUntraced(function* (filters: Filters, user: UserView) {
  const checks: Array<(roomId: RoomId, facts: RoomFacts | undefined) => boolean> = []
  const { is_dm: isDirect, is_encrypted: isEncrypted, spaces, tags, not_tags: notTags } = filters
  const { room_types: types, not_room_types: notTypes } = filters
  const isInvite = filters.is_invite ?? filters.is_invited
  const nameLike = filters.room_name_like?.toLowerCase()
  if (isDirect !== undefined) {
    const direct = directRooms(user)
    checks.push((roomId) => direct.has(roomId) === isDirect)
  }
  if (isEncrypted !== undefined) checks.push((_, facts) => (facts?.encrypted ?? false) === isEncrypted)
  if (isInvite !== undefined) {
    checks.push((roomId) => (user.rooms.get(roomId)?.membership === "invite") === isInvite)
  }
  if (types !== undefined) checks.push((_, facts) => types.includes(facts?.roomType ?? null))
  if (notTypes !== undefined) checks.push((_, facts) => !notTypes.includes(facts?.roomType ?? null))
  if (tags !== undefined) checks.push((roomId) => tagsOf(user, roomId).some((tag) => tags.includes(tag)))
  if (notTags !== undefined) checks.push((roomId) => !tagsOf(user, roomId).some((tag) => notTags.includes(tag)))
  if (nameLike !== undefined) {
    // Of a room that the user is no longer in, its name now is not theirs to ask about.
    const mayKnow = (roomId: RoomId) => isIn(user.rooms.get(roomId)!)
    checks.push((roomId, facts) => mayKnow(roomId) && facts?.name?.toLowerCase().includes(nameLike) === true)
  }
  if (spaces !== undefined) {
    const children = yield* childrenOf(spaces, user)
    checks.push((roomId) => children.has(roomId))
  }
  return (roomId: RoomId, facts: RoomFacts | undefined) => checks.every((check) => check(roomId, facts))
})

/** Rooms directly in some spaces that the user is in. */
const childrenOf = Effect.fnUntraced(function* (spaces: ReadonlyArray<RoomId>, user: UserView) {
  const rooms = yield* RoomViews
  const children = new Set<string>()
  for (const spaceId of spaces) {
    if (user.rooms.get(spaceId)?.membership !== "join") continue
    const space = yield* rooms.get(spaceId)
    for (const [roomId, { content }] of space?.state.ofType("m.space.child") ?? []) {
      if (Array.isArray(content["via"])) children.add(roomId)
    }
  }
  return children
})
