/**
 * A room that the user has left, or was put out of, as a part of a sync response: up to the end of their membership, and
 * nothing of what came after. Spec: client-server API, "Syncing", `LeftRoom`.
 */
import { Effect } from "effect"
import { showState, type Reader } from "./clientEvent.ts"
import { roomAccountData, type Span } from "./joinedRoom.ts"
import { stateAtTheEnd } from "./reading.ts"
import type { RoomView } from "./RoomViews.ts"
import { hidesState, type StateSection, sectionState } from "./stateSection.ts"
import type { SyncFilter } from "./syncFilter.ts"
import { timelineOf } from "./timeline.ts"
import type { ToldMembers } from "./ToldMembers.ts"
import { formatPageToken } from "./token.ts"
import type { UserRoom, UserView } from "./UserViews.ts"
import { readable } from "./visibility.ts"
import { EventStore } from "../store/EventStore.ts"

export interface LeftRoomOptions {
  readonly room: RoomView
  readonly own: UserRoom
  readonly user: UserView
  readonly reader: Reader
  readonly filter: SyncFilter
  readonly span: Span
  /** The client knows nothing of the room. */
  readonly initial: boolean
  readonly fullState: boolean
  readonly stateSection: StateSection
  readonly told: ReturnType<ToldMembers["of"]>
}

export const leftRoom = Effect.fnUntraced(function* (options: LeftRoomOptions) {
  const { room, own, user, reader, filter, stateSection } = options
  if (!own.wasIn) return neverInside(options)
  const may = yield* readable(room.roomId, user.userId)
  const { since } = options.span
  const seqThen = yield* (yield* EventStore).seqAt(room.roomId, since)
  // The client of somebody who came and went since it last asked has nothing of the room.
  const whole = options.initial || (own.pos > since && may.membershipAt(seqThen) !== "join")
  const span = { ...options.span, upTo: Math.min(own.pos, options.span.upTo), since: whole ? 0 : since }
  const timeline = yield* timelineOf(room, user, reader, filter, span, { checkVisibility: true })
  const allState = whole || options.fullState
  const state = yield* sectionState({
    ...options,
    state: yield* stateAtTheEnd({ room, user, reader, readable: may }, own),
    timeline,
    stretch: { ...span, since: allState ? 0 : span.since },
    whole: allState,
    needsState: allState || timeline.limited || hidesState(timeline),
  })
  return shown({
    timeline: timeline.shown,
    limited: timeline.limited,
    prevBatch: timeline.prevBatch,
    stateSection,
    state: state.map((event) => showState(event, reader)),
    accountData: roomAccountData({ room, user, filter, span, all: allState }),
  })
})

/** Of an invitation that was declined or withdrawn, and of a knock: that it has ended. */
const neverInside = ({ room, user, reader, stateSection }: LeftRoomOptions) => {
  const own = room.state.get("m.room.member", user.userId)
  return shown({
    timeline: [],
    limited: false,
    prevBatch: formatPageToken(0),
    stateSection,
    state: own === undefined ? [] : [showState(own, reader)],
    accountData: [],
  })
}

interface Shown {
  readonly timeline: ReadonlyArray<string>
  readonly limited: boolean
  readonly prevBatch: string
  readonly stateSection: StateSection
  readonly state: ReadonlyArray<string>
  readonly accountData: ReadonlyArray<string>
}

const shown = ({ timeline, limited, prevBatch, stateSection, state, accountData }: Shown) =>
  `{"timeline":{"events":[${timeline.join(",")}],"limited":${limited},"prev_batch":"${prevBatch}"}` +
  `,"${stateSection}":{"events":[${state.join(",")}]},"account_data":{"events":[${accountData.join(",")}]}}`
