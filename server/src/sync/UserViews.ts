/**
 * What readers ask of a user, in memory while they sync: their rooms, their account data, their push rules. It also
 * knows who is waiting, and wakes those whom an entry of the log concerns.
 */
import { Context, Deferred, Effect, Exit, Layer } from "effect"
import { PgClient } from "@effect/sql-pg"
import { compile, type Evaluate } from "@biz1/core/push/evaluate"
import { defaultRules } from "@biz1/core/push/defaultRules"
import type { EventId, RoomId, UserId } from "@biz1/protocol/ids"
import type { JsonObject } from "@biz1/protocol/json"
import type { PushRuleset } from "@biz1/protocol/pushRules"
import { type AccountDataEntry, type EventEntry, type LogEntry, roomOf } from "../log/LogEntry.ts"
import { Bus } from "../bus/Bus.ts"
import { LogStream } from "../log/LogStream.ts"
import { Metrics } from "../operations/Metrics.ts"

export interface UserRoom {
  readonly membership: string
  readonly eventId: EventId
  readonly sender: UserId
  /** Of the event that says it. */
  readonly pos: number
  /** Where this membership began: a changed name is an event, and no new membership. */
  readonly sincePos: number
  /** The user is or has been inside: an invitation that was declined, or withdrawn, lets nobody in. */
  readonly wasIn: boolean
  readonly forgotten: boolean
}

export interface Unread {
  readonly notifications: number
  readonly highlights: number
}

/** Unread events of a room, counted up to a position. */
export interface UnreadCount {
  /** What had been read then: up to where in the room, and the sum of the places in its threads. */
  readonly readPos: number
  readonly readInThreads: number
  readonly upTo: number
  /** By thread: the event it began with, or `main` for what is in none. */
  readonly threads: ReadonlyMap<string, Unread>
}

export interface UserView {
  readonly userId: UserId
  readonly rooms: Map<RoomId, UserRoom>
  /** By room ("" for the account) and type; the last changed is the last in the map. */
  readonly accountData: Map<string, AccountDataEntry>
  lastAccountDataPos: number
  readonly unread: Map<RoomId, UnreadCount>
  rules: Evaluate | undefined
  ignored: ReadonlySet<string>
  /** The user wants no invites at all. Spec: "Invite permission". */
  blocksInvites: boolean
  /** Counts wake-ups, so that one between a look and a wait is not missed. */
  wakes: number
  readonly waiting: Set<() => void>
}

/** Invites that are there already, but not for the user to see. Spec: "Ignoring Users", "Invite permission". */
export const hidesInvite = (user: UserView, room: UserRoom): boolean =>
  room.membership === "invite" && (user.blocksInvites || user.ignored.has(room.sender))

const maxUsers = 20_000
const forgottenSubject = "users.forgotten"

export class UserViews extends Context.Service<
  UserViews,
  {
    readonly get: (userId: UserId) => Effect.Effect<UserView>
    /** Wakes a user's waiting requests, for what the log does not tell. */
    readonly wake: (userId: UserId) => void
    /** Wakes everyone in the room who waits. */
    readonly wakeRoom: (roomId: RoomId) => void
    /** Users in memory who are in the room or invited to it. */
    readonly inRoom: (roomId: RoomId) => Iterable<UserView>
    /** Waits for the next wake-up after `seen` of them; false if none came in time. */
    readonly nextWake: (view: UserView, seen: number, withinMs: number) => Effect.Effect<boolean>
    /** The room was left and forgotten; every node is told. */
    readonly forget: (userId: UserId, roomId: RoomId) => Effect.Effect<void>
  }
>()("@biz1/server/sync/UserViews") {
  static readonly layer = Layer.effect(
    this,
    Effect.gen(function* () {
      const sql = yield* PgClient.PgClient
      const stream = yield* LogStream
      const bus = yield* Bus
      const metrics = yield* Metrics
      const fork = Effect.runForkWith(yield* Effect.context())
      const views = new Map<UserId, UserView>()
      const byRoom = new Map<RoomId, Set<UserView>>()
      const loading = new Map<
        UserId,
        { readonly entries: Array<LogEntry>; readonly done: Deferred.Deferred<UserView> }
      >()

      const wakeView = (view: UserView) => {
        view.wakes++
        // Who is woken may wait again in the same turn, and must not be woken for the same thing.
        const waiting = [...view.waiting]
        view.waiting.clear()
        for (const resume of waiting) resume()
      }
      const wake = (userId: UserId) => {
        const view = views.get(userId)
        if (view !== undefined) wakeView(view)
      }

      const setRoom = (view: UserView, roomId: RoomId, room: UserRoom) => {
        if ((view.rooms.get(roomId)?.pos ?? 0) > room.pos) return
        view.rooms.set(roomId, room)
        let members = byRoom.get(roomId)
        if (members === undefined) byRoom.set(roomId, (members = new Set()))
        if (room.membership === "join" || room.membership === "invite" || room.membership === "knock") members.add(view)
        else members.delete(view)
        if (members.size === 0) byRoom.delete(roomId)
      }

      const setAccountData = (view: UserView, entry: AccountDataEntry) => {
        const key = `${entry.roomId}\0${entry.type}`
        if ((view.accountData.get(key)?.pos ?? 0) >= entry.pos) return
        view.accountData.delete(key)
        view.accountData.set(key, entry)
        view.lastAccountDataPos = entry.pos
        if (entry.roomId !== "") return
        if (entry.type === "m.push_rules") {
          view.rules = undefined
          view.unread.clear()
        }
        if (entry.type === "m.ignored_user_list") {
          view.ignored = new Set(Object.keys((entry.content["ignored_users"] as JsonObject | undefined) ?? {}))
          view.unread.clear()
        }
        if (entry.type === "m.invite_permission_config") {
          view.blocksInvites = entry.content["default_action"] === "block"
        }
      }

      const applyMembership = (view: UserView, { event, pos }: EventEntry) => {
        const membership = String(event.content["membership"])
        const before = view.rooms.get(event.roomId)
        setRoom(view, event.roomId, {
          membership,
          eventId: event.eventId,
          sender: event.sender,
          pos,
          sincePos: before?.membership === membership ? before.sincePos : pos,
          wasIn: membership === "join" || before?.wasIn === true,
          forgotten: false,
        })
      }

      const apply = (view: UserView, entry: LogEntry) => {
        if (entry.kind === "accountData" && entry.userId === view.userId) setAccountData(view, entry)
        else if (entry.kind === "event" && isMembershipOf(entry, view.userId)) applyMembership(view, entry)
      }

      const load = Effect.fnUntraced(function* (userId: UserId) {
        const view: UserView = {
          userId,
          rooms: new Map(),
          accountData: new Map(),
          lastAccountDataPos: 0,
          unread: new Map(),
          rules: undefined,
          ignored: new Set(),
          blocksInvites: false,
          wakes: 0,
          waiting: new Set(),
        }
        const rooms = yield* sql`SELECT room_id, membership, event_id, sender, pos::float8 AS pos,
            since_pos::float8 AS since_pos, was_in, forgotten FROM memberships WHERE user_id = ${userId}`
        for (const row of rooms) {
          setRoom(view, row["room_id"] as RoomId, {
            membership: row["membership"] as string,
            eventId: row["event_id"] as EventId,
            sender: row["sender"] as UserId,
            pos: row["pos"] as number,
            sincePos: row["since_pos"] as number,
            wasIn: row["was_in"] as boolean,
            forgotten: row["forgotten"] as boolean,
          })
        }
        const data = yield* sql`SELECT room_id, type, content, pos::float8 AS pos FROM account_data
          WHERE user_id = ${userId} ORDER BY pos`
        for (const row of data) {
          setAccountData(view, {
            kind: "accountData",
            userId,
            roomId: row["room_id"] as RoomId | "",
            type: row["type"] as string,
            content: JSON.parse(String(row["content"])) as JsonObject,
            pos: row["pos"] as number,
          })
        }
        return view
      }, Effect.orDie)

      const get = (userId: UserId): Effect.Effect<UserView> =>
        Effect.suspend(() => {
          const view = views.get(userId)
          if (view !== undefined) return Effect.succeed(view)
          const already = loading.get(userId)
          if (already !== undefined) return Deferred.await(already.done)
          const job = { entries: new Array<LogEntry>(), done: Deferred.makeUnsafe<UserView>() }
          loading.set(userId, job)
          // In this same turn, and on its own: who asked first may be interrupted, the load belongs to all who wait.
          fork(
            load(userId).pipe(
              Effect.onExit((exit) =>
                Effect.sync(() => {
                  loading.delete(userId)
                  if (Exit.isSuccess(exit)) {
                    for (const entry of job.entries) apply(exit.value, entry)
                    views.set(userId, exit.value)
                    if (views.size > maxUsers) evictIdle()
                  }
                  Deferred.doneUnsafe(job.done, exit)
                }),
              ),
            ),
          )
          return Deferred.await(job.done)
        })

      const evictIdle = () => {
        for (const view of views.values()) {
          if (view.waiting.size > 0) continue
          views.delete(view.userId)
          for (const roomId of view.rooms.keys()) byRoom.get(roomId)?.delete(view)
          return
        }
      }

      const forgetHere = (userId: UserId, roomId: RoomId) => {
        const view = views.get(userId)
        const room = view?.rooms.get(roomId)
        if (view !== undefined && room !== undefined) view.rooms.set(roomId, { ...room, forgotten: true })
      }
      yield* bus.subscribe(forgottenSubject, (data) =>
        Effect.sync(() => forgetHere(...(JSON.parse(data) as [UserId, RoomId]))),
      )

      yield* stream.listen(({ entries }) => {
        const concerned = new Set<UserView>()
        for (const entry of entries) {
          if (entry.kind === "accountData") {
            const view = views.get(entry.userId)
            if (view === undefined) loading.get(entry.userId)?.entries.push(entry)
            else {
              setAccountData(view, entry)
              concerned.add(view)
            }
            continue
          }
          const roomId = roomOf(entry)
          if (roomId === "") continue
          if (entry.kind === "event" && entry.event.type === "m.room.member" && entry.current) {
            const userId = entry.event.stateKey as UserId
            const view = views.get(userId)
            if (view === undefined) loading.get(userId)?.entries.push(entry)
            else {
              applyMembership(view, entry)
              concerned.add(view)
            }
          }
          for (const view of byRoom.get(roomId) ?? []) concerned.add(view)
        }
        // Who is woken looks at what other listeners keep, so these come first.
        queueMicrotask(() => {
          for (const view of concerned) wakeView(view)
        })
      })
      metrics.gauge("biz1_sync_users", "Users in the readers' memory", () => views.size)
      metrics.gauge("biz1_sync_waiting", "Sync requests that wait", () => {
        let waiting = 0
        for (const view of views.values()) waiting += view.waiting.size
        return waiting
      })

      return UserViews.of({
        get,
        wake,
        wakeRoom: (roomId) => {
          for (const view of byRoom.get(roomId) ?? []) wakeView(view)
        },
        inRoom: (roomId) => byRoom.get(roomId) ?? [],
        // Everyone who is online waits here, so it costs a timer and a closure, not a race of fibers.
        nextWake: (view, seen, withinMs) =>
          Effect.callback<boolean>((resume) => {
            if (view.wakes !== seen) return resume(Effect.succeed(true))
            const woken = () => {
              clearTimeout(timer)
              resume(Effect.succeed(true))
            }
            const timer = setTimeout(() => {
              view.waiting.delete(woken)
              resume(Effect.succeed(false))
            }, withinMs)
            view.waiting.add(woken)
            return Effect.sync(() => {
              clearTimeout(timer)
              view.waiting.delete(woken)
            })
          }),
        forget: (userId, roomId) =>
          Effect.andThen(
            Effect.sync(() => forgetHere(userId, roomId)),
            bus.publish(forgottenSubject, JSON.stringify([userId, roomId])),
          ),
      })
    }),
  )
}

const isMembershipOf = ({ event, current }: EventEntry, userId: UserId) =>
  current && event.type === "m.room.member" && event.stateKey === userId

/** The user's own push rules, or the ones that everybody starts with. */
export const rulesOf = (view: UserView): Evaluate => {
  if (view.rules === undefined) {
    const own = view.accountData.get("\0m.push_rules")?.content["global"] as PushRuleset | undefined
    view.rules = compile(own ?? defaultRules(view.userId))
  }
  return view.rules
}
