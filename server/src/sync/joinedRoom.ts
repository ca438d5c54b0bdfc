/** One joined room's part of a sync response, as JSON text. Spec: client-server API, "Syncing". */
import { Effect } from "effect"
import { relationOf } from "@biz1/core/relation"
import type { Filter } from "@biz1/protocol/filter"
import type { UserId } from "@biz1/protocol/ids"
import type { ReceiptEntry } from "../log/LogEntry.ts"
import { EventStore } from "../store/EventStore.ts"
import { showState, type Reader } from "./clientEvent.ts"
import { Ephemeral } from "./Ephemeral.ts"
import { accepting, type Accepts } from "./filter.ts"
import { heroesOf } from "./heroes.ts"
import { readableOf, showEvents } from "./reading.ts"
import { heldBetween, type CurrentState, type RoomView } from "./RoomViews.ts"
import type { SeenEntry } from "./SeenEvent.ts"
import { formatPageToken } from "./token.ts"
import { countUnread, nothingUnread, sumUnread } from "./unread.ts"
import type { Unread, UserView } from "./UserViews.ts"
import { joinedThroughout, readable } from "./visibility.ts"

/** A client's filter, ready to be asked. */
export interface SyncFilter {
  readonly timelineLimit: number
  readonly timeline: Accepts
  readonly state: Accepts
  readonly ephemeral: Accepts
  readonly roomAccountData: Accepts
  readonly accountData: Accepts
  readonly presence: Accepts
  readonly lazyMembers: boolean
  readonly redundantMembers: boolean
  readonly includeLeave: boolean
  /** Threads are counted beside the room instead of with it. */
  readonly threadCounts: boolean
  readonly room: (roomId: string) => boolean
}

const defaultTimelineLimit = 10
const maxTimelineLimit = 500

export const syncFilter = (filter: Filter): SyncFilter => {
  const { room } = filter
  return {
    timelineLimit: Math.min(room?.timeline?.limit ?? defaultTimelineLimit, maxTimelineLimit),
    timeline: accepting(room?.timeline),
    state: accepting(room?.state),
    ephemeral: accepting(room?.ephemeral),
    roomAccountData: accepting(room?.account_data),
    accountData: accepting(filter.account_data),
    presence: accepting(filter.presence),
    lazyMembers: room?.state?.lazy_load_members === true || room?.timeline?.lazy_load_members === true,
    redundantMembers: room?.state?.include_redundant_members === true,
    includeLeave: room?.include_leave === true,
    threadCounts: room?.timeline?.unread_thread_notifications === true,
    room: (roomId) =>
      (room?.rooms === undefined || room.rooms.includes(roomId)) && room?.not_rooms?.includes(roomId) !== true,
  }
}

/** The stretch of the log that a response covers, and the counter of what is not in the log. */
export interface Span {
  readonly since: number
  readonly upTo: number
  readonly ephemeralSince: number
}

export interface Timeline {
  readonly events: ReadonlyArray<SeenEntry>
  /** The same as JSON. */
  readonly shown: ReadonlyArray<string>
  /** Older events of the span were left out. */
  readonly limited: boolean
  readonly prevBatch: string
}

/** The last events of a span that the filter and the history visibility let through. */
export const timelineOf = Effect.fnUntraced(function* (
  room: RoomView,
  user: UserView,
  reader: Reader,
  filter: SyncFilter,
  span: { readonly since: number; readonly upTo: number },
  options: { readonly checkVisibility: boolean },
) {
  const limit = filter.timelineLimit
  const inMemory = room.timelineAfter <= span.since
  const store = yield* EventStore
  const newest = inMemory
    ? heldBetween(room, span.since, span.upTo)
    : [...(yield* store.latest(room.roomId, { upTo: span.upTo, limit: limit * 2 + 1 }))].reverse()
  const inSpan = inMemory ? newest : newest.filter(({ pos }) => pos > span.since)
  // Read from the store, a full page means that there may be more of the span before it.
  const more = !inMemory && inSpan.length === limit * 2 + 1
  const reading = {
    room,
    user,
    reader,
    readable: options.checkVisibility ? yield* readable(room.roomId, user.userId) : joinedThroughout,
  }
  const wanted = readableOf(reading, inSpan).filter(({ event }) => filter.timeline(event))
  const events = wanted.slice(Math.max(0, wanted.length - limit))
  // What relates to an event comes after it, so it is in the same stretch.
  const ids = new Set<string | undefined>(events.map(({ event }) => event.eventId))
  const related = inSpan.some(({ event }) => ids.has(relationOf(event)?.eventId))
  const shown = yield* showEvents(reading, events, { roomSaid: true, related })
  const limited = more || wanted.length > limit
  const first = events[0] ?? inSpan[0]
  const lastSeq = first === undefined ? yield* store.seqAt(room.roomId, span.upTo) : first.roomSeq - 1
  return { events, shown, limited, prevBatch: formatPageToken(lastSeq) } satisfies Timeline
})

/** State events that a client needs before the timeline. */
const stateBefore = Effect.fnUntraced(function* (room: RoomView, timeline: Timeline, after: number) {
  const first = timeline.events[0]
  const until = first?.pos ?? Number.POSITIVE_INFINITY
  const changedInside = new Set<string>()
  const state: Array<CurrentState> = []
  for (const event of room.state) {
    if (event.pos <= after) continue
    if (event.pos < until) state.push(event)
    else changedInside.add(`${event.type}\0${event.stateKey}`)
  }
  if (after > 0 || first === undefined || changedInside.size === 0 || first.roomSeq === 1) return state
  // For a whole state: what the timeline changes had another value before it.
  const store = yield* EventStore
  const group = first.event.stateKey === undefined ? first.stateGroup : yield* groupBefore(room, first)
  for (const { event, pos } of yield* store.stateAt(room.roomId, group)) {
    if (!changedInside.has(`${event.type}\0${event.stateKey}`)) continue
    state.push({ ...event, stateKey: event.stateKey!, pos })
  }
  return state
})

const groupBefore = Effect.fnUntraced(function* (room: RoomView, entry: SeenEntry) {
  const store = yield* EventStore
  const [before] = yield* store.page(room.roomId, { before: entry.roomSeq, direction: "backward", limit: 1 })
  return before?.stateGroup ?? 0
})

/** What changed in the state up to the end of the timeline: clients that ask for it take no state from timelines. */
const stateAfter = (room: RoomView, timeline: Timeline, span: { readonly since: number; readonly upTo: number }) => {
  const quiet =
    span.since > 0 && !timeline.limited && timeline.events.every(({ event }) => event.stateKey === undefined)
  return quiet ? [] : [...room.state].filter(({ pos }) => pos > span.since && pos <= span.upTo)
}

/** Members that a device has been told of, for lazy loading. */
export interface ToldMembers {
  readonly has: (userId: string, eventId: string) => boolean
  readonly add: (userId: string, eventId: string) => void
}

export interface JoinedRoomOptions {
  readonly room: RoomView
  readonly user: UserView
  readonly reader: Reader
  readonly filter: SyncFilter
  readonly span: Span
  /** Everything about the room, as if it were new to the client. */
  readonly whole: boolean
  readonly told: ToldMembers
  readonly stateSection: StateSection
}

/**
 * The state before the timeline, or after it, also by the name that it had as a proposal.
 * Spec: "Syncing", `use_state_after`; MSC4222.
 */
export type StateSection = "state" | "state_after" | "org.matrix.msc4222.state_after"

/** The room's JSON, or undefined if the client has nothing new to learn. */
export const joinedRoom = Effect.fnUntraced(function* (options: JoinedRoomOptions) {
  const { room, user, reader, filter, span, whole, told, stateSection } = options
  const stretch = whole ? { since: 0, upTo: span.upTo } : span
  const timeline = yield* timelineOf(room, user, reader, filter, stretch, { checkVisibility: whole })
  const needsState = whole || timeline.limited
  const after = stateSection !== "state"
  const changed = after
    ? stateAfter(room, timeline, stretch)
    : needsState
      ? yield* stateBefore(room, timeline, stretch.since)
      : []
  const state = filter.lazyMembers
    ? lazyState({
        room,
        timeline,
        changed,
        userId: user.userId,
        told,
        again: whole || filter.redundantMembers,
        // Without a gap a client keeps its members by the changes.
        allChanged: after && !needsState,
        besideTimeline: !after,
      })
    : changed
  const ephemeral = yield* ephemeralEvents(options)
  const accountData = roomAccountData(options)
  if (
    !whole &&
    timeline.events.length === 0 &&
    state.length === 0 &&
    ephemeral.length === 0 &&
    accountData.length === 0 &&
    !ownReceiptMoved(room, user.userId, span.since)
  ) {
    return undefined
  }
  const unread = yield* countUnread(user, room, span.upTo)
  const { notifications, highlights } = filter.threadCounts
    ? (unread.get("main") ?? nothingUnread)
    : sumUnread(unread.values())
  const membersChanged =
    needsState || timeline.events.some(({ event }) => event.type === "m.room.member" && event.stateKey !== undefined)
  const wantedState = state.filter((event) => filter.state(event))
  return (
    `{"timeline":{"events":[${timeline.shown.join(",")}],"limited":${timeline.limited},"prev_batch":"${timeline.prevBatch}"}` +
    `,"${stateSection}":{"events":[${wantedState.map((event) => showState(event, reader)).join(",")}]}` +
    `,"account_data":{"events":[${accountData.join(",")}]}` +
    `,"ephemeral":{"events":[${ephemeral.join(",")}]}` +
    `,"unread_notifications":{"notification_count":${notifications},"highlight_count":${highlights}}` +
    (filter.threadCounts ? `,"unread_thread_notifications":${threadCounts(unread)}` : "") +
    `,"summary":${membersChanged ? summary(room, user.userId) : "{}"}}`
  )
})

/** Spec: "Receiving notifications", counts of threads beside the room's own. */
const threadCounts = (unread: ReadonlyMap<string, Unread>) =>
  JSON.stringify(
    Object.fromEntries(
      [...unread]
        .filter(([id]) => id !== "main")
        .map(([id, { notifications, highlights }]) => [
          id,
          { notification_count: notifications, highlight_count: highlights },
        ]),
    ),
  )

interface LazyState {
  readonly room: RoomView
  readonly timeline: Timeline
  readonly changed: ReadonlyArray<CurrentState>
  readonly userId: UserId
  readonly told: ToldMembers
  /** Tells also of members that the device knows. */
  readonly again: boolean
  /** Tells of every member that changed, not only of those who speak. */
  readonly allChanged: boolean
  /** Leaves out members that the timeline itself brings. */
  readonly besideTimeline: boolean
}

/** With lazy loading: of the members only the senders shown, and the user, unless the device knows them. */
const lazyState = (options: LazyState) => {
  const { room, timeline, changed, userId, told, again, allChanged, besideTimeline } = options
  const members = changed.filter(({ type }) => type === "m.room.member")
  const senders = new Set<string>(timeline.events.map(({ event }) => event.sender))
  const inTimeline = new Set<string>(besideTimeline ? timeline.events.map(({ event }) => event.eventId) : [])
  const state = changed.filter(({ type }) => type !== "m.room.member")
  for (const { stateKey } of members) if (allChanged || stateKey === userId) senders.add(stateKey)
  const before = new Map(members.map((event) => [event.stateKey, event]))
  for (const sender of senders) {
    const member = before.get(sender) ?? room.state.get("m.room.member", sender)
    if (member === undefined || inTimeline.has(member.eventId)) continue
    if (!again && told.has(sender, member.eventId)) continue
    told.add(sender, member.eventId)
    state.push(member)
  }
  return state
}

const ephemeralEvents = Effect.fnUntraced(function* ({ room, user, filter, span, whole }: JoinedRoomOptions) {
  const events: Array<string> = []
  const live = yield* Ephemeral
  if (filter.ephemeral({ type: "m.typing" })) {
    const typing = live.typing(room.roomId, span.ephemeralSince)?.filter((userId) => !user.ignored.has(userId))
    if (typing !== undefined && !(whole && typing.length === 0)) {
      events.push(`{"type":"m.typing","content":{"user_ids":${JSON.stringify(typing)}}}`)
    }
  }
  if (filter.ephemeral({ type: "m.receipt" })) {
    const receipts = receiptsAfter(room, user.userId, whole ? 0 : span.since, span.upTo)
    if (receipts !== undefined) events.push(`{"type":"m.receipt","content":${JSON.stringify(receipts)}}`)
  }
  return events
})

/** Receipts by event, type and user; private ones are their owner's alone. */
export const receiptsAfter = (room: RoomView, userId: UserId, after: number, upTo: number) => {
  if (room.lastReceiptPos <= after) return undefined
  const content: Record<string, Record<string, Record<string, { ts: number; thread_id?: string }>>> = {}
  let any = false
  for (const receipt of room.receipts.values()) {
    if (receipt.pos <= after || receipt.pos > upTo) continue
    if (receipt.receiptType === "m.read.private" && receipt.userId !== userId) continue
    any = true
    const ofType = ((content[receipt.eventId] ??= {})[receipt.receiptType] ??= {})
    ofType[receipt.userId] = {
      ts: receipt.ts,
      ...(receipt.threadId === "" ? {} : { thread_id: receipt.threadId }),
    }
  }
  return any ? content : undefined
}

/** A device that read elsewhere must hear of its new counts even where it filters receipts out. */
export const ownReceiptMoved = (room: RoomView, userId: UserId, since: number) => {
  if (room.lastReceiptPos <= since) return false
  const moved = (receipt: ReceiptEntry | undefined) => receipt !== undefined && receipt.pos > since
  return ["m.read\0", "m.read.private\0", "m.read\0main", "m.read.private\0main"].some((key) =>
    moved(room.receipts.get(`${userId}\0${key}`)),
  )
}

const roomAccountData = ({ room, user, filter, span, whole }: JoinedRoomOptions) => {
  if (!whole && user.lastAccountDataPos <= span.since) return []
  const events: Array<string> = []
  for (const entry of user.accountData.values()) {
    if (entry.roomId !== room.roomId || entry.pos > span.upTo || (!whole && entry.pos <= span.since)) continue
    if (!filter.roomAccountData({ type: entry.type, content: entry.content })) continue
    events.push(JSON.stringify({ type: entry.type, content: entry.content }))
  }
  return events
}

export const summary = (room: RoomView, userId: UserId) => {
  const named = room.state.get("m.room.name", "") ?? room.state.get("m.room.canonical_alias", "")
  const heroes = named === undefined ? heroesOf(room, userId) : []
  return JSON.stringify({
    "m.joined_member_count": room.joinedCount,
    "m.invited_member_count": room.invitedCount,
    ...(heroes.length > 0 ? { "m.heroes": heroes } : {}),
  })
}
