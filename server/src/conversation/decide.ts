/**
 * From a command to the events it makes: authorise against the state in memory, build, hash and sign, move the state on.
 * Everything here is values in, values out, but for the room's state, which is changed once a whole command has passed.
 */
import { Result } from "effect"
import { authorise } from "@biz1/core/auth/authorise"
import { authTypesFor } from "@biz1/core/auth/authTypes"
import { contextOf } from "@biz1/core/business/links"
import { type People, refusal, standingOf } from "@biz1/core/business/permitted"
import { isCanonicalValue } from "@biz1/core/scanJson"
import type { Event, StateEvent, StateView } from "@biz1/core/Event"
import { roomIdOfCreate } from "@biz1/core/eventId"
import { powerLevels } from "@biz1/core/power"
import type { RoomVersion } from "@biz1/core/roomVersion"
import { sealEvent, type SigningKey } from "@biz1/core/signatures"
import { RECORDS } from "@biz1/protocol/business/names"
import {
  BadJson,
  ConcurrentWrite,
  Forbidden,
  type GuestAccessForbidden,
  InvalidParam,
  TooLarge,
  type Unknown,
} from "@biz1/protocol/errors"
import { serverOf, type EventId, type RoomId, type ServerName, type UserId } from "@biz1/protocol/ids"
import type { Json, JsonObject } from "@biz1/protocol/json"
import type { EventWrite } from "../log/LogEntry.ts"
import { eventOf } from "../store/eventRow.ts"
import { closedToGuest } from "./closedToGuest.ts"
import { maxGroupHops, redactState, type RoomState, type StateMap } from "./RoomState.ts"

/** An event that somebody wants to exist. */
export interface Draft {
  readonly type: string
  readonly stateKey?: string | undefined
  readonly content: JsonObject
  /** On redactions: the event of this room to redact, who sent it, and when. */
  readonly redacts?: Target | undefined
  /** On edits: the event that is edited. */
  readonly edits?: Target | undefined
  /** The state event that this one was made to follow: should another stand there by now, nothing is sent. */
  readonly follows?: EventId | "nothing" | undefined
  /** Who sends it, where that is not who sends the others. */
  readonly sender?: UserId | undefined
}

/** An event that another one changes. */
export interface Target {
  readonly eventId: EventId
  readonly sender: UserId
  readonly ts: number
}

/** Events to be made together, or not at all. */
export interface Send {
  readonly sender: UserId
  readonly drafts: ReadonlyArray<Draft>
  /** `txnKey` of the request, where it has a transaction id. */
  readonly txn?: string | undefined
  /** For joins: the sender is in one of the rooms that a restricted join rule allows. */
  readonly allowedByRoom?: boolean | undefined
  /** For joins: the sender is a guest. */
  readonly guest?: boolean | undefined
  /** The platform itself sends this: the organisation's rules for people do not ask about it. */
  readonly platform?: boolean | undefined
  /** On creations: what there may be only one room for. */
  readonly uniqueKey?: string | undefined
  /** Milliseconds since 1970. */
  readonly ts: number
}

export type Refused = Forbidden | GuestAccessForbidden | BadJson | InvalidParam | TooLarge | Unknown | ConcurrentWrite

/** Who signs for this server. */
export interface Signer {
  readonly serverName: ServerName
  readonly key: SigningKey
}

const maxEventBytes = 65_536

/** State with the events of an unfinished command on top. */
class Pending implements StateView {
  readonly made = new Map<string, StateEvent>()
  readonly below: StateMap
  constructor(below: StateMap) {
    this.below = below
  }
  readonly get = (type: string, stateKey: string) =>
    this.made.get(`${type}\0${stateKey}`) ?? this.below.get(type, stateKey)
  /** All events of a type. */
  readonly ofType = (type: string): ReadonlyArray<StateEvent> => {
    const made = [...this.made.values()].filter((event) => event.type === type)
    const kept = [...this.below.ofType(type).values()].filter(({ stateKey }) => !this.made.has(`${type}\0${stateKey}`))
    return [...kept, ...made]
  }
}

export interface Decided {
  readonly eventIds: ReadonlyArray<EventId>
  readonly writes: ReadonlyArray<EventWrite>
}

/** Makes a command's events on top of the room and moves the room on, or refuses and leaves it as it was. */
export const decide = (
  room: RoomState,
  send: Send,
  signer: Signer,
  people: People,
): Result.Result<Decided, Refused> => {
  const pending = new Pending(room.state)
  const writes: Array<EventWrite> = []
  const eventIds: Array<EventId> = []
  let { seq, depth, extremities, group, groupHops } = room

  for (const given of send.drafts) {
    const sender = given.sender ?? send.sender
    const draft = withAuthorisingUser(room, given, send, signer.serverName, pending)
    const problem =
      problemOf(draft) ??
      (send.guest === true ? closedToGuest(draft, sender, pending) : undefined) ??
      (send.platform === true ? undefined : forbidden(draft, sender, send.ts, pending, people))
    if (problem !== undefined) return Result.fail(problem)

    const before = draft.stateKey === undefined ? undefined : pending.get(draft.type, draft.stateKey)
    if (given.follows !== undefined && given.follows !== (before?.eventId ?? "nothing")) {
      return Result.fail(new ConcurrentWrite({ error: "Somebody else has changed this meanwhile" }))
    }
    if (before !== undefined && before.sender === sender && sameJson(before.content, draft.content)) {
      eventIds.push(before.eventId) // the state is that already
      continue
    }

    const verdict = authoriseDraft(room, draft, sender, pending, extremities)
    if (Result.isFailure(verdict)) return Result.fail(verdict.failure)

    const sealed = sealEvent(
      {
        ...(room.version.roomIdIsCreateHash && draft.type === "m.room.create" ? {} : { room_id: room.roomId }),
        type: draft.type,
        sender,
        content: contentOf(draft, room.version),
        origin_server_ts: send.ts,
        depth: depth + 1,
        prev_events: edges(room.version, extremities),
        auth_events: edges(room.version, authEventsFor(room.version, draft, sender, pending)),
        ...ownId(room, seq + 1, signer),
        ...(draft.stateKey === undefined ? {} : { state_key: draft.stateKey }),
        ...(draft.redacts && !room.version.updatedRedaction ? { redacts: draft.redacts.eventId } : {}),
      },
      room.version,
      signer.serverName,
      signer.key,
    )
    if (Buffer.byteLength(sealed.json) > maxEventBytes) {
      return Result.fail(
        new TooLarge({ error: "The event is larger than 65,536 bytes. Send large content as a file." }),
      )
    }
    const event = eventOf(sealed.pdu, sealed.eventId, room.roomId, draft.redacts?.eventId)
    seq++
    depth++
    extremities = [event.eventId]
    let newGroup: EventWrite["newGroup"]
    if (draft.stateKey !== undefined) {
      const stateEvent = stateEventOf(event, draft.stateKey)
      pending.made.set(`${draft.type}\0${draft.stateKey}`, stateEvent)
      const snapshot = group === 0 || groupHops >= maxGroupHops(room.state.size)
      newGroup = snapshot
        ? { base: undefined, entries: snapshotEntries(room, pending) }
        : { base: group, entries: [[draft.type, draft.stateKey, event.eventId]] }
      groupHops = snapshot ? 0 : groupHops + 1
      group = seq
    }
    writes.push({
      kind: "event",
      event,
      json: sealed.json,
      roomSeq: seq,
      stateGroup: group,
      newGroup,
      current: draft.stateKey !== undefined,
      extremities: undefined,
      // The first event stands for the whole transaction.
      txn: writes.length === 0 ? send.txn : undefined,
      createsRoom: isCreate(draft) ? room.version.id : undefined,
      uniqueKey: isCreate(draft) ? send.uniqueKey : undefined,
      records: contextOf(pending.ofType(RECORDS), draft),
      applies: draft.redacts?.eventId,
      redactedBy: undefined,
      replaces: before && { eventId: before.eventId, sender: before.sender, content: before.content },
    })
    eventIds.push(event.eventId)
  }

  for (const event of pending.made.values()) room.state.set(event)
  for (const { applies } of writes) if (applies !== undefined) redactState(room.state, applies, room.version)
  Object.assign(room, { seq, depth, extremities, group, groupHops })
  return Result.succeed({ eventIds, writes })
}

/** The state that a new group starts from, with what this command has changed so far. */
const snapshotEntries = (room: RoomState, pending: Pending) => {
  const merged = new Map([...room.state].map((event) => [`${event.type}\0${event.stateKey}`, event]))
  for (const [key, event] of pending.made) merged.set(key, event)
  return [...merged.values()].map((event) => [event.type, event.stateKey, event.eventId] as const)
}

const isCreate = ({ type, stateKey }: Draft) => type === "m.room.create" && stateKey === ""

/** What the organisation's rules say, where the room is one of its own. */
const forbidden = (draft: Draft, sender: UserId, ts: number, state: StateView, people: People) => {
  const standing = standingOf(state)
  if (standing === undefined) return undefined
  const { type, stateKey, content, redacts, edits } = draft
  const reason = refusal(standing, { type, stateKey, content, sender, ts, target: redacts ?? edits }, people)
  return reason === undefined ? undefined : new Forbidden({ error: reason })
}

const stateEventOf = (event: Event, stateKey: string): StateEvent => ({
  eventId: event.eventId,
  type: event.type,
  stateKey,
  sender: event.sender,
  content: event.content,
})

const authoriseDraft = (
  room: RoomState,
  draft: Draft,
  sender: UserId,
  state: StateView,
  prevEvents: ReadonlyArray<EventId>,
): Result.Result<void, Refused> => {
  const event = {
    eventId: "$draft" as EventId,
    roomId: room.roomId,
    type: draft.type,
    stateKey: draft.stateKey,
    sender,
    content: draft.content,
    prevEvents,
    redacts: draft.redacts?.eventId,
  }
  // Who vouches was chosen above, from our own members: this server's signature is theirs.
  const verdict = authorise(room.version, event, state, { vouched: true })
  if (Result.isFailure(verdict)) return Result.fail(new Forbidden({ error: sentence(verdict.failure.rule) }))
  return draft.redacts === undefined || mayRedact(room.version, draft.redacts, sender, state)
    ? Result.void
    : Result.fail(new Forbidden({ error: "You may redact your own messages only" }))
}

const sentence = (rule: string) => `${rule.charAt(0).toUpperCase()}${rule.slice(1)}`

/** Spec: room version 3, "Handling redactions"; a client of ours may redact its own events, not its server's. */
const mayRedact = (
  version: RoomVersion,
  target: { readonly sender: UserId },
  sender: UserId,
  state: StateView,
): boolean => {
  if (target.sender === sender) return true
  const create = state.get("m.room.create", "")
  if (create === undefined) return false
  const power = powerLevels(version, create, state.get("m.room.power_levels", ""))
  return power.ofUser(sender) >= power.redact
}

const authEventsFor = (version: RoomVersion, draft: Draft, sender: UserId, state: StateView): ReadonlyArray<EventId> =>
  authTypesFor(version, { type: draft.type, stateKey: draft.stateKey, sender, content: draft.content })
    .map(([type, stateKey]) => state.get(type, stateKey)?.eventId)
    .filter((id) => id !== undefined)

const contentOf = (draft: Draft, version: RoomVersion): JsonObject =>
  draft.redacts && version.updatedRedaction ? { ...draft.content, redacts: draft.redacts.eventId } : draft.content

/**
 * A join that only a restricted rule allows names a member whose server vouches for it: one of ours who may invite.
 * Spec: "Restricted rooms".
 */
const withAuthorisingUser = (
  room: RoomState,
  given: Draft,
  send: Send,
  serverName: ServerName,
  state: StateView,
): Draft => {
  if (given.type !== "m.room.member") return given
  // Only the server says who vouches, whatever a client wrote.
  const { join_authorised_via_users_server: _, ...content } = given.content
  const draft = { ...given, content }
  if (content["membership"] !== "join" || send.allowedByRoom !== true) return draft
  const rule = state.get("m.room.join_rules", "")?.content["join_rule"]
  if (rule !== "restricted" && rule !== "knock_restricted") return draft
  const membership = state.get("m.room.member", send.sender)?.content["membership"]
  if (membership === "join" || membership === "invite") return draft
  const create = state.get("m.room.create", "")
  if (create === undefined) return draft
  const power = powerLevels(room.version, create, state.get("m.room.power_levels", ""))
  for (const [user, member] of room.state.ofType("m.room.member")) {
    if (member.content["membership"] !== "join" || serverOf(user as UserId) !== serverName) continue
    if (power.ofUser(user as UserId) < power.invite) continue
    return { ...draft, content: { ...draft.content, join_authorised_via_users_server: user } }
  }
  return draft
}

const maxKeyBytes = 255

const problemOf = (draft: Draft): Refused | undefined => {
  for (const text of [draft.type, draft.stateKey ?? ""]) {
    if (Buffer.byteLength(text) > maxKeyBytes) {
      return new TooLarge({ error: "An event's type and state key may have 255 bytes each" })
    }
    if (text.includes("\0") || !text.isWellFormed()) {
      return new InvalidParam({ error: "An event's type and state key may hold no NUL and no half characters" })
    }
  }
  if (draft.type === "") return new InvalidParam({ error: "An event needs a type" })
  if (!isCanonicalValue(draft.content)) {
    return new BadJson({ error: "Events hold whole numbers between -(2^53)+1 and 2^53-1 and well-formed text only" })
  }
  return undefined
}

const sameJson = (a: unknown, b: unknown): boolean => {
  if (a === b) return true
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false
  const [left, right] = [Object.entries(a), b as Record<string, unknown>]
  return (
    Array.isArray(a) === Array.isArray(b) &&
    left.length === Object.keys(right).length &&
    left.every(([key, value]) => Object.hasOwn(right, key) && sameJson(value, right[key]))
  )
}

/** In room versions 1 and 2 an edge is a pair of an id and its hashes, which nobody reads. */
const edges = (version: RoomVersion, ids: ReadonlyArray<EventId>): ReadonlyArray<Json> =>
  version.eventIds === "server" ? ids.map((id) => [id, {}]) : ids

/** In room versions 1 and 2 the server chooses the id: the room's and the event's place in it are its own. */
const ownId = ({ version, roomId }: Pick<RoomState, "version" | "roomId">, seq: number, { serverName }: Signer) =>
  version.eventIds === "server" ? { event_id: `$${seq}-${roomId.slice(1, roomId.indexOf(":"))}:${serverName}` } : {}

/** The id of a room that does not exist yet: since room version 12 it is the hash of the create event to be. */
export const futureRoomId = (
  room: { readonly creator: UserId; readonly version: RoomVersion; readonly content: JsonObject; readonly ts: number },
  signer: Signer,
): RoomId => {
  const create = {
    type: "m.room.create",
    state_key: "",
    sender: room.creator,
    content: room.content,
    origin_server_ts: room.ts,
    depth: 1,
    prev_events: [],
    auth_events: [],
  }
  return roomIdOfCreate(sealEvent(create, room.version, signer.serverName, signer.key).pdu, room.version)
}
