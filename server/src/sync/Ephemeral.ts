/**
 * What is true for a moment and written nowhere: who is typing, who is there. Nodes tell each other over the bus. It has
 * a counter of its own, which starts anew with the process; `boot` tells one life of the counter from another.
 */
import { randomBytes } from "node:crypto"
import { Clock, Context, Effect, Layer, Schedule, Schema } from "effect"
import { RoomId, UserId } from "@biz1/protocol/ids"
import { JsonObject } from "@biz1/protocol/json"
import { Bus } from "../bus/Bus.ts"
import { UserViews } from "./UserViews.ts"

export interface Presence {
  readonly presence: "online" | "unavailable" | "offline"
  readonly statusMsg: string | undefined
  readonly lastActiveMs: number
  /** The name and picture, where they have changed since the process began. */
  readonly profile: JsonObject
  /** When the counter stood here, this was new. */
  readonly changed: number
}

interface Typing {
  /** Users and when each of them stops unless they say so again. */
  readonly users: Map<UserId, number>
  changed: number
}

/** A user who neither syncs nor acts for this long has gone. */
const goneAfterMs = 60_000
/** How often other nodes are told that somebody is still there. */
const stillHereEveryMs = 20_000
const typingSubject = "ephemeral.typing"
const presenceSubject = "ephemeral.presence"

/** What nodes say to each other; each has clocks and counters of its own. */
const TypingNews = Schema.fromJsonString(
  Schema.Struct({ from: Schema.String, roomId: RoomId, userId: UserId, forMs: Schema.NullOr(Schema.Finite) }),
)
const PresenceNews = Schema.fromJsonString(
  Schema.Struct({
    from: Schema.String,
    userId: UserId,
    presence: Schema.Literals(["online", "unavailable", "offline"]),
    statusMsg: Schema.NullOr(Schema.String),
    active: Schema.Boolean,
    profile: Schema.NullOr(JsonObject),
  }),
)
const maxTypingMs = 120_000

const decodeTyping = Schema.decodeUnknownEffect(TypingNews)
const decodePresence = Schema.decodeUnknownEffect(PresenceNews)

export class Ephemeral extends Context.Service<
  Ephemeral,
  {
    readonly boot: string
    readonly counter: () => number
    /** Says that a user types for some milliseconds, or has stopped. */
    readonly setTyping: (roomId: RoomId, userId: UserId, forMs: number | undefined) => Effect.Effect<void>
    /** Who types, if that changed after `since`. */
    readonly typing: (roomId: RoomId, since: number) => ReadonlyArray<UserId> | undefined
    /** Who types in the rooms where that changed after `since`, and where the counter stood then. */
    readonly typingChanges: (
      since: number,
    ) => Iterable<readonly [roomId: RoomId, userIds: ReadonlyArray<UserId>, changed: number]>
    /** Called after each change: a listener notes and wakes, it does not work. */
    readonly listen: (listener: () => void) => Effect.Effect<void>
    readonly setPresence: (
      userId: UserId,
      presence: Presence["presence"],
      options?: { readonly statusMsg?: string | undefined; readonly active?: boolean },
    ) => Effect.Effect<void>
    /** Tells those who know the user of a new name or picture, with the presence as it is. */
    readonly setProfile: (userId: UserId, profile: JsonObject) => Effect.Effect<void>
    readonly presence: (userId: UserId) => Presence | undefined
    /** Users whose presence changed after `since`. */
    readonly presenceChanges: (since: number) => Iterable<readonly [UserId, Presence]>
  }
>()("@biz1/server/sync/Ephemeral") {
  static readonly layer = Layer.effect(
    this,
    Effect.gen(function* () {
      const users = yield* UserViews
      const bus = yield* Bus
      const clock = yield* Clock.Clock
      const boot = randomBytes(4).readUInt32BE().toString(36)
      let counter = 0
      const rooms = new Map<RoomId, Typing>()
      /** The last changed is the last in the map. */
      const presences = new Map<UserId, Presence>()
      const lastSeen = new Map<UserId, number>()
      const lastTold = new Map<UserId, number>()

      const listeners: Array<() => void> = []
      const count = () => {
        counter++
        for (const listener of listeners) listener()
        return counter
      }

      const typingChanged = (roomId: RoomId, typing: Typing) => {
        typing.changed = count()
        users.wakeRoom(roomId)
      }

      const applyTyping = (roomId: RoomId, userId: UserId, forMs: number | undefined) =>
        Effect.sync(() => {
          let typing = rooms.get(roomId)
          if (typing === undefined) {
            if (forMs === undefined) return
            rooms.set(roomId, (typing = { users: new Map(), changed: 0 }))
          }
          const was = typing.users.has(userId)
          if (forMs === undefined) typing.users.delete(userId)
          else typing.users.set(userId, clock.currentTimeMillisUnsafe() + Math.min(forMs, maxTypingMs))
          if (was !== typing.users.has(userId)) typingChanged(roomId, typing)
        })

      const setTyping = (roomId: RoomId, userId: UserId, forMs: number | undefined) => {
        const news = JSON.stringify({ from: boot, roomId, userId, forMs: forMs ?? null })
        return Effect.andThen(applyTyping(roomId, userId, forMs), bus.publish(typingSubject, news))
      }

      const wakeAcquaintances = (userId: UserId) =>
        Effect.map(users.get(userId), (view) => {
          const woken = new Set<UserId>([userId])
          for (const roomId of view.rooms.keys()) {
            for (const other of users.inRoom(roomId)) woken.add(other.userId)
          }
          for (const other of woken) users.wake(other)
        })

      type PresenceOptions = { readonly statusMsg?: string | undefined; readonly active?: boolean }

      /** Whether that was news. */
      const applyPresence = Effect.fnUntraced(function* (
        userId: UserId,
        presence: Presence["presence"],
        options: PresenceOptions,
      ) {
        const now = clock.currentTimeMillisUnsafe()
        const before = presences.get(userId)
        if (presence !== "offline") lastSeen.set(userId, now)
        const statusMsg = "statusMsg" in options ? options.statusMsg : before?.statusMsg
        const lastActiveMs = options.active === true ? now : (before?.lastActiveMs ?? now)
        if ((before?.presence ?? "offline") === presence && before?.statusMsg === statusMsg) {
          if (before !== undefined) presences.set(userId, { ...before, lastActiveMs })
          return false
        }
        yield* tell(userId, { presence, statusMsg, lastActiveMs, profile: before?.profile ?? {} })
        return true
      })

      const tellNodes = (userId: UserId, active: boolean, profile: JsonObject | null) => {
        const now = presences.get(userId)
        lastTold.set(userId, clock.currentTimeMillisUnsafe())
        const { presence = "offline", statusMsg = null } = now ?? {}
        return bus.publish(
          presenceSubject,
          JSON.stringify({ from: boot, userId, presence, statusMsg, active, profile }),
        )
      }

      const setPresence = Effect.fnUntraced(function* (
        userId: UserId,
        presence: Presence["presence"],
        options: PresenceOptions = {},
      ) {
        const isNews = yield* applyPresence(userId, presence, options)
        const toldMs = clock.currentTimeMillisUnsafe() - (lastTold.get(userId) ?? 0)
        if (isNews || (presence !== "offline" && toldMs > stillHereEveryMs)) {
          yield* tellNodes(userId, options.active === true, null)
        }
      })

      const applyProfile = (userId: UserId, profile: JsonObject) => {
        const offline = {
          presence: "offline",
          statusMsg: undefined,
          lastActiveMs: clock.currentTimeMillisUnsafe(),
        } as const
        return tell(userId, { ...(presences.get(userId) ?? offline), profile })
      }

      const setProfile = (userId: UserId, profile: JsonObject) =>
        Effect.andThen(
          applyProfile(userId, profile),
          Effect.suspend(() => tellNodes(userId, false, profile)),
        )

      yield* bus.subscribe(typingSubject, (data) =>
        Effect.flatMap(Effect.orDie(decodeTyping(data)), ({ from, roomId, userId, forMs }) =>
          from === boot ? Effect.void : applyTyping(roomId, userId, forMs ?? undefined),
        ),
      )
      yield* bus.subscribe(presenceSubject, (data) =>
        Effect.flatMap(Effect.orDie(decodePresence(data)), ({ from, userId, presence, statusMsg, active, profile }) => {
          if (from === boot) return Effect.void
          if (profile !== null) return applyProfile(userId, profile)
          return applyPresence(userId, presence, { statusMsg: statusMsg ?? undefined, active })
        }),
      )

      const tell = (userId: UserId, presence: Omit<Presence, "changed">) => {
        presences.delete(userId)
        presences.set(userId, { ...presence, changed: count() })
        return wakeAcquaintances(userId)
      }

      const sweep = Effect.suspend(() => {
        const now = clock.currentTimeMillisUnsafe()
        for (const [roomId, typing] of rooms) {
          const stopped = [...typing.users].filter(([, untilMs]) => untilMs <= now)
          for (const [userId] of stopped) typing.users.delete(userId)
          if (stopped.length > 0) typingChanged(roomId, typing)
        }
        const gone = [...lastSeen].filter(([, seenMs]) => now - seenMs > goneAfterMs).map(([userId]) => userId)
        return Effect.forEach(
          gone,
          (userId) => {
            lastSeen.delete(userId)
            lastTold.delete(userId)
            // Every node counts for itself.
            return applyPresence(userId, "offline", {})
          },
          { discard: true },
        )
      })
      yield* sweep.pipe(Effect.repeat(Schedule.spaced("1 second")), Effect.forkScoped)

      return Ephemeral.of({
        boot,
        counter: () => counter,
        setTyping,
        typing: (roomId, since) => {
          const typing = rooms.get(roomId)
          return typing !== undefined && typing.changed > since ? [...typing.users.keys()] : undefined
        },
        typingChanges: function* (since) {
          if (counter <= since) return
          for (const [roomId, { users, changed }] of rooms) {
            if (changed > since) yield [roomId, [...users.keys()], changed] as const
          }
        },
        listen: (listener) => Effect.sync(() => void listeners.push(listener)),
        setPresence,
        setProfile,
        presence: (userId) => presences.get(userId),
        presenceChanges: function* (since) {
          if (counter <= since) return
          for (const entry of presences) if (entry[1].changed > since) yield entry
        },
      })
    }),
  )
}
