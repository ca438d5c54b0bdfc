/** One joined room's part of a sync response, as JSON text. Spec: client-server API, "Syncing". */
import { Effect } from "effect"
import type { UserId } from "@biz1/protocol/ids"
import type { ReceiptEntry } from "../log/LogEntry.ts"
import { pushOutcome } from "../push/pushOutcome.ts"
import { showState, type Reader } from "./clientEvent.ts"
import { Ephemeral } from "./Ephemeral.ts"
import { heroesOf } from "./heroes.ts"
import { receiptContent } from "./receiptContent.ts"
import type { RoomView } from "./RoomViews.ts"
import type { SeenEntry } from "./SeenEvent.ts"
import { hidesState, type StateSection, sectionState } from "./stateSection.ts"
import type { SyncFilter } from "./syncFilter.ts"
import { timelineOf } from "./timeline.ts"
import type { ToldMembers } from "./ToldMembers.ts"
import { countUnread, nothingUnread, sumUnread } from "./unread.ts"
import { rulesOf, type Unread, type UserView } from "./UserViews.ts"

/** The stretch of the log that a response covers, and the counter of what is not in the log. */
export interface Span {
  readonly since: number
  readonly upTo: number
  readonly ephemeralSince: number
}

export interface JoinedRoomOptions {
  readonly room: RoomView
  readonly user: UserView
  readonly reader: Reader
  readonly filter: SyncFilter
  readonly span: Span
  /** Everything about the room: it is new to the client. */
  readonly whole: boolean
  /** All of its state, whatever the client has. */
  readonly fullState: boolean
  readonly told: ReturnType<ToldMembers["of"]>
  readonly stateSection: StateSection
}

/** The room's JSON, or undefined if the client has nothing new to learn. */
export const joinedRoom = Effect.fnUntraced(function* (options: JoinedRoomOptions) {
  const { room, user, reader, filter, span, whole, stateSection } = options
  const allState = whole || options.fullState
  const stretchFrom = (all: boolean) => (all ? { since: 0, upTo: span.upTo } : span)
  const timeline = yield* timelineOf(room, user, reader, filter, stretchFrom(whole), { checkVisibility: whole })
  const needsState = allState || timeline.limited || hidesState(timeline)
  const state = yield* sectionState({
    ...options,
    state: room.state,
    timeline,
    stretch: stretchFrom(allState),
    whole: allState,
    needsState,
  })
  const ephemeral = yield* ephemeralEvents(options)
  const accountData = roomAccountData({ room, user, filter, span, all: allState })
  if (
    !allState &&
    timeline.events.length === 0 &&
    !timeline.limited &&
    state.length === 0 &&
    ephemeral.length === 0 &&
    accountData.length === 0 &&
    !ownReceiptMoved(room, user.userId, span.since) &&
    !timeline.unwanted.some((entry) => mayCount(user, room, entry))
  ) {
    return undefined
  }
  const unread = yield* countUnread(user, room, span.upTo)
  const { notifications, highlights } = filter.threadCounts
    ? (unread.get("main") ?? nothingUnread)
    : sumUnread(unread.values())
  const membersChanged =
    needsState || timeline.events.some(({ event }) => event.type === "m.room.member" && event.stateKey !== undefined)
  return (
    `{"timeline":{"events":[${timeline.shown.join(",")}],"limited":${timeline.limited},"prev_batch":"${timeline.prevBatch}"}` +
    `,"${stateSection}":{"events":[${state.map((event) => showState(event, reader)).join(",")}]}` +
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

const ephemeralEvents = Effect.fnUntraced(function* ({ room, user, filter, span, whole }: JoinedRoomOptions) {
  const events: Array<string> = []
  const live = yield* Ephemeral
  if (filter.ephemeral({ type: "m.typing" }, room.roomId)) {
    const typists = live.typing(room.roomId, whole ? 0 : span.ephemeralSince)
    const typing = typists?.filter((userId) => !user.ignored.has(userId))
    if (typing !== undefined && !(whole && typing.length === 0)) {
      events.push(`{"type":"m.typing","content":{"user_ids":${JSON.stringify(typing)}}}`)
    }
  }
  if (filter.ephemeral({ type: "m.receipt" }, room.roomId)) {
    // One for each thread: a user may have read the same event in two of them.
    const receipts = Map.groupBy(
      receiptsAfter(room, user.userId, whole ? 0 : span.since, span.upTo),
      ({ threadId }) => threadId,
    )
    for (const ofThread of receipts.values()) {
      events.push(`{"type":"m.receipt","content":${JSON.stringify(receiptContent(ofThread))}}`)
    }
  }
  return events
})

/** Whether the number of unread events may be another for this event, seen or not. */
const mayCount = (user: UserView, room: RoomView, entry: SeenEntry) =>
  entry.applies !== undefined || pushOutcome(rulesOf(user), entry, user.userId, room).notify

/** Receipts that moved; private ones are their owner's alone. */
export const receiptsAfter = (
  room: RoomView,
  userId: UserId,
  after: number,
  upTo: number,
): ReadonlyArray<ReceiptEntry> => {
  if (room.lastReceiptPos <= after) return []
  return [...room.receipts.values()].filter(
    ({ pos, receiptType, userId: reader }) =>
      pos > after && pos <= upTo && (receiptType !== "m.read.private" || reader === userId),
  )
}

/** A device that read elsewhere must hear of its new counts even where it filters receipts out. */
export const ownReceiptMoved = (room: RoomView, userId: UserId, since: number) => {
  if (room.lastReceiptPos <= since) return false
  const moved = (receipt: ReceiptEntry | undefined) => receipt !== undefined && receipt.pos > since
  const threads = ["", ...(room.readInThreads.get(userId)?.keys() ?? [])]
  return threads.some((thread) =>
    ["m.read", "m.read.private"].some((type) => moved(room.receipts.get(`${userId}\0${type}\0${thread}`))),
  )
}

interface AccountDataOptions extends Pick<JoinedRoomOptions, "room" | "user" | "filter" | "span"> {
  readonly all: boolean
}

export const roomAccountData = ({ room, user, filter, span, all }: AccountDataOptions) => {
  if (!all && user.lastAccountDataPos <= span.since) return []
  const events: Array<string> = []
  for (const entry of user.accountData.values()) {
    if (entry.roomId !== room.roomId || entry.pos > span.upTo || (!all && entry.pos <= span.since)) continue
    if (!filter.roomAccountData({ type: entry.type, content: entry.content }, room.roomId)) continue
    events.push(JSON.stringify({ type: entry.type, content: entry.content }))
  }
  return events
}

export const summary = (room: RoomView, userId: UserId) => {
  const isSaid = (type: string, key: string) => Boolean(room.state.get(type, "")?.content[key])
  const named = isSaid("m.room.name", "name") || isSaid("m.room.canonical_alias", "alias")
  const heroes = named ? [] : heroesOf(room, userId)
  return JSON.stringify({
    "m.joined_member_count": room.joinedCount,
    "m.invited_member_count": room.invitedCount,
    ...(heroes.length > 0 ? { "m.heroes": heroes } : {}),
  })
}
