/** Which state a room's part of a sync holds beside the timeline. Spec: "Syncing", "Lazy-loading room members". */
import { Effect } from "effect"
import type { StateMap } from "../conversation/RoomState.ts"
import { EventStore } from "../store/EventStore.ts"
import { heldBetween, type CurrentState, type RoomView } from "./RoomViews.ts"
import type { SeenEntry } from "./SeenEvent.ts"
import type { SyncFilter } from "./syncFilter.ts"
import type { Timeline } from "./timeline.ts"
import type { ToldMembers } from "./ToldMembers.ts"
import type { UserView } from "./UserViews.ts"

/**
 * The state before the timeline, or after it, also by the name that it had as a proposal.
 * Spec: "Syncing", `use_state_after`; MSC4222.
 */
export type StateSection = "state" | "state_after" | "org.matrix.msc4222.state_after"

export interface SectionOptions {
  readonly room: RoomView
  /** The state at the end of the stretch. */
  readonly state: StateMap<CurrentState>
  readonly user: UserView
  readonly filter: SyncFilter
  readonly stateSection: StateSection
  readonly timeline: Timeline
  /** What the section is to cover. */
  readonly stretch: { readonly since: number; readonly upTo: number }
  /** Everything about the room, as if it were new to the client. */
  readonly whole: boolean
  /** The timeline does not tell all that changed. */
  readonly needsState: boolean
  readonly told: ReturnType<ToldMembers["of"]>
}

export const sectionState = Effect.fnUntraced(function* (options: SectionOptions) {
  const { filter, whole, needsState } = options
  const after = options.stateSection !== "state"
  const changed = after ? stateAfter(options) : needsState ? yield* stateBefore(options) : []
  const state = filter.lazyMembers
    ? lazyState(options, {
        changed,
        again: whole || filter.redundantMembers,
        // Without a gap a client keeps its members by the changes.
        allChanged: after && !needsState,
        besideTimeline: !after,
      })
    : changed
  return state.filter((event) => filter.state(event, options.room.roomId))
})

/** Whether something changed the state that a filter keeps out of the timeline. */
export const hidesState = ({ unwanted }: Timeline) => unwanted.some(({ event }) => event.stateKey !== undefined)

/** State events that a client needs before the timeline; with those after it that a filter keeps out of the timeline. */
const stateBefore = Effect.fnUntraced(function* ({ room, state: current, timeline, stretch }: SectionOptions) {
  const after = stretch.since
  const first = timeline.events[0]
  const inTimeline = new Set<string>(timeline.events.map(({ event }) => event.eventId))
  const changedInside = new Set<string>()
  const state: Array<CurrentState> = []
  for (const event of current) {
    if (event.pos <= after) continue
    if (inTimeline.has(event.eventId)) changedInside.add(`${event.type}\0${event.stateKey}`)
    else state.push(event)
  }
  if (first === undefined || changedInside.size === 0 || first.roomSeq === 1) return state
  // What the timeline changes may have had another value before it.
  const store = yield* EventStore
  const group = first.event.stateKey === undefined ? first.stateGroup : yield* groupBefore(room, first)
  for (const { event, pos } of yield* store.stateAt(room.roomId, group)) {
    if (pos <= after || !changedInside.has(`${event.type}\0${event.stateKey}`)) continue
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
const stateAfter = ({ room, state, stretch: { since, upTo } }: SectionOptions) => {
  if (since === 0 || room.timelineAfter > since) return [...state].filter(({ pos }) => pos > since && pos <= upTo)
  // All that changed is held in memory; to look through the whole state would cost more than the rest.
  return heldBetween(room, since, upTo).flatMap(({ event }) => {
    const current = event.stateKey === undefined ? undefined : state.get(event.type, event.stateKey)
    return current?.eventId === event.eventId ? [current] : []
  })
}

interface LazyState {
  readonly changed: ReadonlyArray<CurrentState>
  /** Tells also of members that the device knows. */
  readonly again: boolean
  /** Tells of every member that changed, not only of those who speak. */
  readonly allChanged: boolean
  /** Leaves out members that the timeline itself brings. */
  readonly besideTimeline: boolean
}

/** With lazy loading: of the members only the senders shown, and the user, unless the device knows them. */
const lazyState = (
  { state: current, timeline, user: { userId }, stretch, told }: SectionOptions,
  { changed, again, allChanged, besideTimeline }: LazyState,
) => {
  const members = changed.filter(({ type }) => type === "m.room.member")
  const senders = new Set<string>(timeline.events.map(({ event }) => event.sender))
  const inTimeline = new Set<string>(besideTimeline ? timeline.events.map(({ event }) => event.eventId) : [])
  const state = changed.filter(({ type }) => type !== "m.room.member")
  for (const { stateKey } of members) if (allChanged || stateKey === userId) senders.add(stateKey)
  const before = new Map(members.map((event) => [event.stateKey, event]))
  for (const sender of senders) {
    const member = before.get(sender) ?? current.get("m.room.member", sender)
    if (member === undefined) continue
    const known = inTimeline.has(member.eventId) || (!again && told.knows(sender, member.eventId, stretch.since))
    told.tell(sender, member.eventId, stretch.upTo)
    if (!known) state.push(member)
  }
  return state
}
