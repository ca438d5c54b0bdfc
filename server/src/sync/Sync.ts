/**
 * Classic /sync: what is new for one device since its token, answered from memory as soon as there is something.
 * Spec: client-server API, "Syncing".
 */
import { Clock, Context, Effect, Layer } from "effect"
import type { DeviceId, RoomId, UserId } from "@biz1/protocol/ids"
import { defaultRules } from "@biz1/core/push/defaultRules"
import { LogStream } from "../log/LogStream.ts"
import { EventStore } from "../store/EventStore.ts"
import { RelationStore } from "../store/RelationStore.ts"
import type { Reader } from "./clientEvent.ts"
import { DeviceLists } from "./DeviceLists.ts"
import { DeviceViews } from "./DeviceViews.ts"
import { acknowledgeMessages, encryptionNews, knownQuiet, showEncryption } from "./encryption.ts"
import { ErasedUsers } from "./ErasedUsers.ts"
import { Ephemeral, type Presence } from "./Ephemeral.ts"
import { joinedRoom, type Span } from "./joinedRoom.ts"
import { leftRoom } from "./leftRoom.ts"
import { RoomViews } from "./RoomViews.ts"
import type { StateSection } from "./stateSection.ts"
import { strippedState } from "./strippedState.ts"
import type { SyncFilter } from "./syncFilter.ts"
import { ToldMembers } from "./ToldMembers.ts"
import { formatToken, type SyncToken } from "./token.ts"
import { hidesInvite, UserViews, type UserRoom, type UserView } from "./UserViews.ts"

export interface SyncRequest {
  readonly userId: UserId
  readonly deviceId: DeviceId
  readonly since: SyncToken | undefined
  readonly filter: SyncFilter
  readonly fullState: boolean
  readonly stateSection: StateSection
  readonly timeoutMs: number
}

/** Sections of a response, by room. */
interface Sections {
  readonly join: Array<string>
  readonly invite: Array<string>
  readonly leave: Array<string>
  readonly knock: Array<string>
}

export class Sync extends Context.Service<
  Sync,
  {
    /** The response's JSON, at once where there is news, else when there is, or empty after the timeout. */
    readonly sync: (request: SyncRequest) => Effect.Effect<string>
  }
>()("@biz1/server/sync/Sync") {
  static readonly layer = Layer.effect(
    this,
    Effect.gen(function* () {
      const stream = yield* LogStream
      const rooms = yield* RoomViews
      const users = yield* UserViews
      const live = yield* Ephemeral
      const events = yield* EventStore
      const relations = yield* RelationStore
      const devices = yield* DeviceViews
      const erased = yield* ErasedUsers
      const deviceLists = yield* DeviceLists
      const clock = yield* Clock.Clock
      const told = new ToldMembers()

      /** Rooms of the user where something may have happened in the span. */
      const changedRooms = (user: UserView, span: Span, all: boolean) => {
        if (all || span.since < rooms.startedAt) return user.rooms.keys()
        const changed: Array<RoomId> = []
        for (const [roomId, room] of user.rooms) {
          if (
            room.pos > span.since ||
            (rooms.lastEventPos(roomId) ?? 0) > span.since ||
            live.typing(roomId, span.ephemeralSince) !== undefined ||
            (rooms.loaded(roomId)?.lastReceiptPos ?? Number.POSITIVE_INFINITY) > span.since
          ) {
            changed.push(roomId)
          }
        }
        if (user.lastAccountDataPos > span.since) {
          for (const { roomId, pos } of user.accountData.values()) {
            if (pos > span.since && roomId !== "" && !changed.includes(roomId)) changed.push(roomId)
          }
        }
        return changed
      }

      const addRoom = Effect.fnUntraced(function* (
        into: Sections,
        roomId: RoomId,
        membership: UserRoom,
        user: UserView,
        reader: Reader,
        request: SyncRequest,
        span: Span,
      ) {
        const initial = request.since === undefined
        const room = yield* rooms.get(roomId)
        if (room === undefined) return
        const key = JSON.stringify(roomId)
        const device = `${user.userId}\0${request.deviceId}`
        const endedHere = !initial && membership.pos > span.since
        const changedHere = request.fullState || membership.pos > span.since
        if (membership.membership === "join") {
          // Of a room that they came into during the span, a client has nothing, or what is old.
          const whole = initial || membership.sincePos > span.since
          const json = yield* joinedRoom({
            room,
            user,
            reader,
            filter: request.filter,
            span,
            whole,
            fullState: request.fullState,
            stateSection: request.stateSection,
            told: told.of(device, roomId, whole),
          })
          if (json !== undefined) into.join.push(`${key}:${json}`)
        } else if (membership.membership === "invite" && (initial || changedHere)) {
          if (hidesInvite(user, membership)) return
          into.invite.push(`${key}:{"invite_state":{"events":[${strippedState(room, user.userId).join(",")}]}}`)
        } else if (membership.membership === "knock" && (initial || changedHere)) {
          into.knock.push(`${key}:{"knock_state":{"events":[${strippedState(room, user.userId).join(",")}]}}`)
        } else if (
          // Of a room that was left and forgotten elsewhere, a device that holds it must still hear that it was left.
          endedHere ||
          (!membership.forgotten && (initial || request.fullState) && request.filter.includeLeave)
        ) {
          const json = yield* leftRoom({
            room,
            own: membership,
            user,
            reader,
            filter: request.filter,
            span,
            initial,
            fullState: request.fullState,
            stateSection: request.stateSection,
            told: told.of(device, roomId, initial),
          })
          into.leave.push(`${key}:${json}`)
        }
      })

      const look = Effect.fnUntraced(function* (request: SyncRequest, user: UserView) {
        const upTo = stream.position()
        const ephemeral = live.counter()
        const { since } = request
        const span: Span = {
          since: since?.pos ?? 0,
          upTo,
          ephemeralSince: since !== undefined && since.boot === live.boot ? since.ephemeral : 0,
        }
        const reader = { userId: user.userId, deviceId: request.deviceId, nowMs: clock.currentTimeMillisUnsafe() }
        const into: Sections = { join: [], invite: [], leave: [], knock: [] }
        for (const roomId of changedRooms(user, span, since === undefined || request.fullState)) {
          const membership = user.rooms.get(roomId)
          if (membership === undefined || !request.filter.room(roomId)) continue
          yield* addRoom(into, roomId, membership, user, reader, request, span)
        }
        const accountData = accountDataEvents(user, span, since === undefined || request.fullState, request.filter)
        const presence = presenceEvents(user, span, since === undefined, request.filter, reader)
        const encryption =
          knownQuiet(devices, deviceLists, user, request.deviceId, since) ??
          (yield* encryptionNews(request.userId, request.deviceId, since, upTo))
        const empty =
          into.join.length + into.invite.length + into.leave.length + into.knock.length === 0 &&
          accountData.length + presence.length === 0 &&
          encryption.empty
        const token = formatToken({ pos: upTo, boot: live.boot, ephemeral, toDevice: encryption.toDeviceCutAt })
        const section = (name: string, items: ReadonlyArray<string>) => `"${name}":{${items.join(",")}}`
        const json =
          `{"next_batch":"${token}"` +
          `,"rooms":{${section("join", into.join)},${section("invite", into.invite)},${section("leave", into.leave)},${section("knock", into.knock)}}` +
          `,"account_data":{"events":[${accountData.join(",")}]}` +
          `,"presence":{"events":[${presence.join(",")}]}` +
          `,${showEncryption(encryption)}}`
        return { empty, json }
      })

      function* acquaintances(user: UserView) {
        for (const roomId of user.rooms.keys()) for (const other of users.inRoom(roomId)) yield other.userId
      }

      const presenceEvents = (user: UserView, span: Span, initial: boolean, filter: SyncFilter, reader: Reader) => {
        if (live.counter() <= span.ephemeralSince && !initial) return []
        const events: Array<string> = []
        const shown = new Set<UserId>()
        const show = (userId: UserId, presence: Presence) => {
          if (shown.has(userId) || !filter.presence({ type: "m.presence", sender: userId })) return
          shown.add(userId)
          events.push(showPresence(userId, presence, reader.nowMs))
        }
        let known: Set<UserId> | undefined
        for (const [userId, presence] of live.presenceChanges(initial ? 0 : span.ephemeralSince)) {
          if (initial && presence.presence === "offline") continue
          known ??= new Set(acquaintances(user))
          if (userId === user.userId || known.has(userId)) show(userId, presence)
        }
        return events
      }

      const sync = Effect.fnUntraced(
        function* (request: SyncRequest) {
          const user = yield* users.get(request.userId)
          if (request.since !== undefined) {
            yield* stream.reach(request.since.pos)
            if (devices.loaded(request.userId, request.deviceId)?.messages !== undefined) {
              yield* acknowledgeMessages(request.userId, request.deviceId, request.since)
            }
          }
          const untilMs = clock.currentTimeMillisUnsafe() + request.timeoutMs
          while (true) {
            const seen = user.wakes
            const { empty, json } = yield* look(request, user)
            const leftMs = untilMs - clock.currentTimeMillisUnsafe()
            if (!empty || request.since === undefined || request.fullState || leftMs <= 0) return json
            if (!(yield* users.nextWake(user, seen, leftMs))) return (yield* look(request, user)).json
          }
        },
        // One by one: to provide a context copies all services of the caller, for every request.
        Effect.provideService(ErasedUsers, erased),
        Effect.provideService(EventStore, events),
        Effect.provideService(RelationStore, relations),
        Effect.provideService(Ephemeral, live),
        Effect.provideService(DeviceViews, devices),
        Effect.provideService(DeviceLists, deviceLists),
      )
      return Sync.of({ sync })
    }),
  )
}

const accountDataEvents = (user: UserView, span: Span, initial: boolean, filter: SyncFilter) => {
  if (!initial && user.lastAccountDataPos <= span.since) return []
  const events: Array<string> = []
  for (const { roomId, type, content, pos } of user.accountData.values()) {
    if (roomId !== "" || pos > span.upTo || (!initial && pos <= span.since)) continue
    if (filter.accountData({ type, content })) events.push(JSON.stringify({ type, content }))
  }
  if (initial && !user.accountData.has("\0m.push_rules") && filter.accountData({ type: "m.push_rules" })) {
    events.push(JSON.stringify({ type: "m.push_rules", content: { global: defaultRules(user.userId) } }))
  }
  return events
}

export const showPresence = (userId: UserId, presence: Presence, nowMs: number) =>
  JSON.stringify({
    type: "m.presence",
    sender: userId,
    content: {
      presence: presence.presence,
      last_active_ago: Math.max(0, nowMs - presence.lastActiveMs),
      currently_active: presence.presence === "online",
      ...presence.profile,
      ...(presence.statusMsg === undefined ? {} : { status_msg: presence.statusMsg }),
    },
  })
