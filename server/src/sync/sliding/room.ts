/** One room's part of an answer of sliding sync, before it is put into either encoding. Proposal: MSC4186, "RoomResult". */
import { Effect } from "effect"
import type { RoomId } from "@biz1/protocol/ids"
import type { StateMap } from "../../conversation/RoomState.ts"
import { type Reader, showState, showStripped } from "../clientEvent.ts"
import { ownReceiptMoved } from "../joinedRoom.ts"
import { heroesOf } from "../heroes.ts"
import { stateAtTheEnd } from "../reading.ts"
import type { CurrentState, RoomView } from "../RoomViews.ts"
import { strippedState } from "../strippedState.ts"
import { syncFilter } from "../syncFilter.ts"
import { type Timeline, timelineOf } from "../timeline.ts"
import type { ToldMembers } from "../ToldMembers.ts"
import { countUnread, nothingUnread } from "../unread.ts"
import { formatPageToken } from "../token.ts"
import type { UserRoom, UserView } from "../UserViews.ts"
import { readable } from "../visibility.ts"
import type { RoomFacts } from "./AllRoomFacts.ts"
import type { SentRoom } from "./Connections.ts"
import type { RoomConfig } from "./request.ts"
import { requires } from "./required.ts"

export interface RoomResult {
  readonly roomId: RoomId
  readonly membership: string
  readonly initial: boolean
  readonly bumpStamp: number
  /** For who is only invited or knocks: JSON of the stripped state. */
  readonly stripped?: ReadonlyArray<string>
  /** For who was never inside, and is not wanted or does not want any more: the end of it, stripped. */
  readonly ended?: ReadonlyArray<string>
  /** For who is or was inside. */
  readonly inside?: {
    readonly name?: string | null
    readonly avatar?: string | null
    readonly heroes?: ReadonlyArray<Hero>
    readonly isDirect?: boolean
    readonly expanded: boolean
    readonly state: ReadonlyArray<string>
    readonly timeline: ReadonlyArray<string>
    readonly prevBatch: string
    readonly limited: boolean
    readonly live: number
    readonly joined?: number
    readonly invited?: number
    readonly notifications: number
    readonly highlights: number
  }
}

interface Hero {
  readonly user_id: string
  readonly displayname?: string
  readonly avatar_url?: string
}

export interface RoomOptions {
  readonly room: RoomView
  readonly own: UserRoom
  readonly user: UserView
  readonly reader: Reader
  readonly facts: RoomFacts | undefined
  readonly config: RoomConfig
  readonly sent: SentRoom | undefined
  /** The connection's position; undefined where it begins. */
  readonly since: number | undefined
  readonly upTo: number
  readonly told: ReturnType<ToldMembers["of"]>
  /** Since the connection's position the user marked rooms as conversations of two, or no more. */
  readonly direct: { readonly is: boolean; readonly changed: boolean }
}

/** Undefined where the client has everything. */
export const roomResult = Effect.fnUntraced(function* (options: RoomOptions) {
  const { room, own, user, facts, sent, since = 0 } = options
  const from = sent === undefined ? 0 : (sent.behind ?? since)
  const common = { roomId: room.roomId, membership: own.membership }
  if (own.membership === "invite" || own.membership === "knock") {
    if (own.pos <= from) return undefined
    const stripped = strippedState(room, user.userId)
    const result: RoomResult = { ...common, initial: true, bumpStamp: own.pos, stripped }
    return result
  }
  if (!own.wasIn) {
    // To have declined an invitation, or to have lost it, is not to have been inside.
    const mine = room.state.get("m.room.member", user.userId)
    if (sent === undefined || own.pos <= from || mine === undefined) return undefined
    const state = [showState(mine, options.reader)]
    const result: RoomResult = {
      ...common,
      initial: false,
      bumpStamp: own.pos,
      ended: [showStripped(mine)],
      inside: { ...emptyInside, state },
    }
    return result
  }
  const inside = yield* insideOf(options, from)
  if (inside === undefined) return undefined
  const bumpStamp = own.membership === "join" ? (facts?.bumpPos ?? own.pos) : own.pos
  // Of a room that they came into since, a client has nothing, or what is old.
  const result: RoomResult = { ...common, initial: isNew(options, from), bumpStamp, inside }
  return result
})

const emptyInside = {
  expanded: false,
  timeline: [],
  prevBatch: formatPageToken(0),
  limited: false,
  live: 0,
  notifications: 0,
  highlights: 0,
}

const isNew = ({ sent, own }: RoomOptions, from: number) =>
  sent === undefined || (own.membership === "join" && own.sincePos > from)

const insideOf = Effect.fnUntraced(function* (options: RoomOptions, from: number) {
  const { room, own, user, reader, config, sent, since, direct } = options
  const upTo = own.membership === "join" ? options.upTo : Math.min(own.pos, options.upTo)
  const initial = isNew(options, from)
  const expanded = !initial && sent !== undefined && config.timelineLimit > sent.timelineLimit
  const wholeTimeline = initial || expanded
  const filter = syncFilter({ room: { timeline: { limit: config.timelineLimit } } })
  const span = { since: wholeTimeline ? 0 : from, upTo }
  const timeline = yield* timelineOf(room, user, reader, filter, span, {
    checkVisibility: wholeTimeline || own.membership !== "join",
  })
  // After leaving, what changes in the room is no longer the user's to know.
  const roomState = own.membership === "join" ? room.state : yield* stateWhenLeft(options)
  const state = requiredState(options, { state: roomState, from: initial ? 0 : from, upTo, timeline })
  const anything =
    initial ||
    expanded ||
    timeline.events.length > 0 ||
    timeline.limited ||
    state.length > 0 ||
    direct.changed ||
    ownReceiptMoved(room, user.userId, from)
  if (!anything) return undefined

  const stateOf = (type: string) => {
    const event = roomState.get(type, "")
    return event !== undefined && event.pos <= upTo ? event : undefined
  }
  const changed = (type: string) => initial || (stateOf(type)?.pos ?? 0) > from
  const isMember = own.membership === "join"
  const membersChanged =
    initial || timeline.limited || timeline.events.some(({ event }) => event.type === "m.room.member")
  const name = textIn(stateOf("m.room.name"), "name")
  const avatar = textIn(stateOf("m.room.avatar"), "url")
  const heroes =
    isMember && name === undefined && (membersChanged || changed("m.room.name"))
      ? heroesOf(room, user.userId).map((hero) => shownHero(room, hero))
      : undefined
  const unread = isMember ? (yield* countUnread(user, room, upTo)).get("main") : undefined
  const { notifications, highlights } = unread ?? nothingUnread
  return {
    ...(changed("m.room.name") && (name !== undefined || !initial) ? { name: name ?? null } : {}),
    ...(changed("m.room.avatar") && (avatar !== undefined || !initial) ? { avatar: avatar ?? null } : {}),
    ...(heroes === undefined ? {} : { heroes }),
    ...(direct.changed || (initial && direct.is) ? { isDirect: direct.is } : {}),
    expanded,
    state: state.map((event) => showState(event, reader)),
    timeline: timeline.shown,
    prevBatch: timeline.prevBatch,
    limited: timeline.limited,
    live: since === undefined ? 0 : timeline.events.filter(({ pos }) => pos > since).length,
    ...(isMember ? { joined: room.joinedCount, invited: room.invitedCount } : {}),
    notifications,
    highlights,
  } satisfies NonNullable<RoomResult["inside"]>
})

const textIn = (event: CurrentState | undefined, key: string) => {
  const value = event?.content[key]
  return typeof value === "string" && value !== "" ? value : undefined
}

const shownHero = (room: RoomView, userId: string): Hero => {
  const { displayname, avatar_url: avatar } = room.state.get("m.room.member", userId)?.content ?? {}
  return {
    user_id: userId,
    ...(typeof displayname === "string" ? { displayname } : {}),
    ...(typeof avatar === "string" ? { avatar_url: avatar } : {}),
  }
}

const stateWhenLeft = Effect.fnUntraced(function* ({ room, own, user, reader }: RoomOptions) {
  return yield* stateAtTheEnd({ room, user, reader, readable: yield* readable(room.roomId, user.userId) }, own)
})

interface StateSpan {
  readonly state: StateMap<CurrentState>
  readonly from: number
  readonly upTo: number
  readonly timeline: Timeline
}

/** The state that was asked for: all of it for a new room, else what changed, and what is asked for only now. */
const requiredState = (options: RoomOptions, { state, from, upTo, timeline }: StateSpan) => {
  const { config, sent, told, since = 0 } = options
  const { required } = config
  const before = from === 0 ? undefined : sent?.required
  const same = before !== undefined && JSON.stringify(before) === JSON.stringify(required)
  // Without a gap all that changed is in the timeline; to look through the whole state would cost more than the rest.
  const candidates = same && !timeline.limited ? stateIn(state, timeline) : [...state]
  const lazy = required.lazyMembers
  const wanted = candidates.filter(({ type, stateKey, pos }) => {
    if (pos > upTo) return false
    if (!requires(required, type, stateKey)) {
      return lazy && type === "m.room.member" && pos > from && from > 0 && !timeline.limited
    }
    return pos > from || (before !== undefined && !requires(before, type, stateKey))
  })
  if (!lazy) return wanted
  if (timeline.limited) told.forget()
  const given = new Set(wanted)
  for (const member of spokenOf(timeline)) {
    const event = state.get("m.room.member", member)
    if (event === undefined || event.pos > upTo || given.has(event)) continue
    if (!told.knows(member, event.eventId, since)) wanted.push(event)
    told.tell(member, event.eventId, upTo)
  }
  return wanted
}

const stateIn = (state: StateMap<CurrentState>, { events }: Timeline) =>
  events.flatMap(({ event }) => {
    const current = event.stateKey === undefined ? undefined : state.get(event.type, event.stateKey)
    return current?.eventId === event.eventId ? [current] : []
  })

/** Who has to be known to show a timeline: who speaks in it, and whose membership changes in it. */
const spokenOf = ({ events }: Timeline) => {
  const members = new Set<string>()
  for (const { event } of events) {
    members.add(event.sender)
    if (event.type === "m.room.member" && event.stateKey !== undefined) members.add(event.stateKey)
  }
  return members
}
