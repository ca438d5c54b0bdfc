/** Rooms for tests: events put after one another, or side by side, by the rules of a room version. */
import { hash } from "node:crypto"
import { Result } from "effect"
import { type EventId, type RoomId, serverOf, type UserId } from "@biz1/protocol/ids"
import type { JsonObject } from "@biz1/protocol/json"
import type { Pdu } from "@biz1/protocol/pdu"
import fc from "fast-check"
import { authorise } from "../auth/authorise.ts"
import { authTypesFor } from "../auth/authTypes.ts"
import type { Event, StateView } from "../Event.ts"
import { eventIdOf, roomIdOfCreate } from "../eventId.ts"
import { type RoomVersion, roomVersions } from "../roomVersion.ts"
import type { Lookup } from "./authChain.ts"
import { resolve } from "./resolve.ts"
import { isStateEvent, type StateMap, stateMapKey } from "./StateMap.ts"

export const [alice, bob, carol, dave] = ["@alice:a", "@bob:b", "@carol:c", "@dave:a"] as [
  UserId,
  UserId,
  UserId,
  UserId,
]
const users = [alice, bob, carol, dave]

export interface Act {
  readonly sender: UserId
  readonly type: string
  readonly stateKey?: string
  readonly content?: JsonObject
  /** Milliseconds. Without one, time goes on by one. */
  readonly at?: number
}

export const member = (sender: UserId, target: UserId, membership: string): Act => ({
  sender,
  type: "m.room.member",
  stateKey: target,
  content: { membership },
})
export const topic = (sender: UserId, text: string): Act => ({
  sender,
  type: "m.room.topic",
  stateKey: "",
  content: { topic: text },
})
export const levels = (sender: UserId, content: JsonObject): Act => ({
  sender,
  type: "m.room.power_levels",
  stateKey: "",
  content,
})
export const joinRule = (sender: UserId, join_rule: string): Act => ({
  sender,
  type: "m.room.join_rules",
  stateKey: "",
  content: { join_rule },
})

export class TestRoom {
  readonly version: RoomVersion
  readonly events = new Map<EventId, Event>()
  /** The last event of what every room begins with: made by alice, public, bob and carol may nearly all. */
  readonly founded: EventId
  private readonly states = new Map<EventId, StateMap>()

  constructor(version: string) {
    this.version = roomVersions.get(version)!
    const creator = this.version.privilegedCreators ? {} : { [alice]: 100 }
    this.founded = this.chain(undefined, [
      { sender: alice, type: "m.room.create", stateKey: "", content: { creator: alice } },
      member(alice, alice, "join"),
      levels(alice, { users: { ...creator, [bob]: 50, [carol]: 50 } }),
      joinRule(alice, "public"),
      member(bob, bob, "join"),
      member(carol, carol, "join"),
    ])
  }

  readonly lookup: Lookup = (eventId) => this.events.get(eventId)

  readonly stateAfter = (eventId: EventId): StateMap => this.states.get(eventId)!

  readonly resolveAfter = (...eventIds: ReadonlyArray<EventId>): StateMap =>
    resolve(this.version, eventIds.map(this.stateAfter), this.lookup)

  readonly viewOf = (state: StateMap): StateView => ({
    get: (type, stateKey) => {
      const eventId = state.get(stateMapKey(type, stateKey))
      const event = eventId && this.lookup(eventId)
      return isStateEvent(event) ? event : undefined
    },
  })

  /** The event that holds a key of a state. */
  readonly holder = (state: StateMap, type: string, stateKey = ""): EventId | undefined =>
    state.get(stateMapKey(type, stateKey))

  readonly membership = (state: StateMap, userId: UserId): unknown =>
    this.viewOf(state).get("m.room.member", userId)?.content["membership"]

  /** Puts an event after others, or answers undefined where the rules refuse it. */
  readonly add = (after: ReadonlyArray<EventId>, act: Act): EventId | undefined => {
    const before: StateMap = after.length === 0 ? new Map() : this.resolveAfter(...after)
    const view = this.viewOf(before)
    const event = this.eventOf(after, act, view)
    if (Result.isFailure(authorise(this.version, event, view))) return undefined
    this.events.set(event.eventId, event)
    const key = event.stateKey === undefined ? undefined : stateMapKey(event.type, event.stateKey)
    this.states.set(event.eventId, key === undefined ? before : new Map([...before, [key, event.eventId]]))
    return event.eventId
  }

  /** Puts events one after the other and answers the last. All of them are allowed. */
  readonly chain = (after: EventId | undefined, acts: ReadonlyArray<Act>): EventId => {
    let last = after
    for (const act of acts) {
      const added = this.add(last === undefined ? [] : [last], act)
      if (added === undefined) throw new Error(`The rules refuse ${JSON.stringify(act)}`)
      last = added
    }
    return last!
  }

  private eventOf(after: ReadonlyArray<EventId>, act: Act, view: StateView): Event {
    const { sender, type, stateKey, content = {}, at = this.events.size } = act
    const authEvents = authTypesFor(this.version, { type, stateKey, sender, content })
      .map(([type, stateKey]) => view.get(type, stateKey)?.eventId)
      .filter((id) => id !== undefined)
    const [create] = this.events.values()
    const depth = 1 + Math.max(0, ...after.map((eventId) => this.lookup(eventId)!.depth))
    const roomId = create?.roomId ?? ("!room:a" as RoomId)
    const pdu = {
      ...(create === undefined && this.version.roomIdIsCreateHash ? {} : { room_id: roomId }),
      // In room versions 1 and 2, ids in no order that time or place would give them.
      ...(this.version.eventIds === "server"
        ? { event_id: `$${hash("sha256", `${this.events.size}`).slice(0, 8)}:${serverOf(sender)}` }
        : {}),
      ...(stateKey === undefined ? {} : { state_key: stateKey }),
      type,
      sender,
      content,
      depth,
      origin_server_ts: at,
      prev_events: after,
      auth_events: authEvents,
      hashes: { sha256: "" },
    } as unknown as Pdu
    return {
      eventId: eventIdOf(pdu, this.version),
      roomId: create === undefined ? roomIdOfCreate(pdu, this.version) : roomId,
      type,
      stateKey,
      sender,
      content,
      originServerTs: at,
      depth,
      prevEvents: after,
      authEvents,
      pdu,
      redacts: undefined,
    }
  }
}

const user = fc.constantFrom(...users)
const level = fc.constantFrom(0, 50, 75, 100)
export const act: fc.Arbitrary<Act> = fc.oneof(
  fc.tuple(user, user, fc.constantFrom("leave", "ban", "invite")).map((given) => member(...given)),
  user.map((self) => member(self, self, "join")),
  user.map((self) => member(self, self, "leave")),
  fc.tuple(user, fc.constantFrom("x", "y")).map((given) => topic(...given)),
  fc.tuple(user, fc.constantFrom("public", "invite")).map((given) => joinRule(...given)),
  fc
    .record({ sender: user, of: fc.subarray([bob, carol, dave]), level, state_default: level })
    .map(({ sender, of, level, state_default }) =>
      levels(sender, { state_default, users: Object.fromEntries([[alice, 100], ...of.map((one) => [one, level])]) }),
    ),
)

/** A room that grew at random, and the ends of its branches. Few users and few times, so that they meet. */
export const randomRoom = (version: string) =>
  fc
    .array(fc.record({ act, at: fc.nat(9), from: fc.array(fc.nat(), { minLength: 1, maxLength: 3 }) }), {
      maxLength: 40,
      size: "max",
    })
    .map((steps) => {
      const room = new TestRoom(version)
      const grown = [room.founded]
      for (const { act, at, from } of steps) {
        const after = new Set(from.map((pick) => grown[pick % grown.length]!))
        const content = act.type === "m.room.power_levels" ? withoutCreator(room, act.content!) : act.content!
        const added = room.add([...after], { ...act, content, at: 10 + at })
        if (added !== undefined) grown.push(added)
      }
      const inner = new Set([...room.events.values()].flatMap(({ prevEvents }) => prevEvents))
      return { room, ends: grown.filter((eventId) => !inner.has(eventId)), grown }
    })

const withoutCreator = (room: TestRoom, content: JsonObject): JsonObject => {
  if (!room.version.privilegedCreators) return content
  const { [alice]: _, ...others } = content["users"] as Record<UserId, number>
  return { ...content, users: others }
}
