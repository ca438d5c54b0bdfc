/**
 * Sliding sync: of a window on the user's rooms, what a connection has not been told yet. Stands on the same views and
 * positions as classic sync. Proposal: MSC4186.
 */
import { Clock, Context, Effect, Layer } from "effect"
import { UnknownPos } from "@biz1/protocol/errors"
import type { RoomId } from "@biz1/protocol/ids"
import { LogStream } from "../../log/LogStream.ts"
import { EventStore } from "../../store/EventStore.ts"
import { RelationStore } from "../../store/RelationStore.ts"
import { DeviceLists } from "../DeviceLists.ts"
import { DeviceViews } from "../DeviceViews.ts"
import { ErasedUsers } from "../ErasedUsers.ts"
import { Ephemeral } from "../Ephemeral.ts"
import { RoomViews } from "../RoomViews.ts"
import { ToldMembers } from "../ToldMembers.ts"
import { formatToken } from "../token.ts"
import { type UserView, UserViews } from "../UserViews.ts"
import { AllRoomFacts } from "./AllRoomFacts.ts"
import { Connections, type SentRoom, type SentRooms } from "./Connections.ts"
import { extensionsOf } from "./extensions.ts"
import { directRooms, mayShow, type Windows, windowsOf } from "./lists.ts"
import type { Required } from "./required.ts"
import type { RoomConfig, SlidingRequest } from "./request.ts"
import { type RoomResult, roomResult } from "./room.ts"

export interface SlidingAnswer {
  readonly pos: string
  readonly counts: ReadonlyMap<string, number>
  readonly rooms: ReadonlyArray<RoomResult>
  /** The lists in whose window a room is. */
  readonly listsOf: (roomId: RoomId) => ReadonlyArray<string>
  readonly extensions: ReadonlyMap<string, string>
}

type Needed =
  | ErasedUsers
  | EventStore
  | RelationStore
  | DeviceViews
  | DeviceLists
  | Ephemeral
  | RoomViews
  | AllRoomFacts

export class SlidingSync extends Context.Service<
  SlidingSync,
  {
    /** What is new for the connection, at once where there is something, else when there is, or after the timeout. */
    readonly sync: (request: SlidingRequest) => Effect.Effect<SlidingAnswer, UnknownPos>
  }
>()("@biz1/server/sync/sliding/SlidingSync") {
  static readonly layer = Layer.effect(
    this,
    Effect.gen(function* () {
      const stream = yield* LogStream
      const rooms = yield* RoomViews
      const users = yield* UserViews
      const live = yield* Ephemeral
      const allFacts = yield* AllRoomFacts
      const connections = yield* Connections
      const services = Context.pick(
        ErasedUsers,
        EventStore,
        RelationStore,
        DeviceViews,
        DeviceLists,
        Ephemeral,
        RoomViews,
        AllRoomFacts,
      )(yield* Effect.context<Needed>())
      const clock = yield* Clock.Clock
      const told = new ToldMembers()

      /** Nothing that a room's part is made of has changed; to look closer would cost. */
      const isQuiet = (user: UserView, roomId: RoomId, sent: SentRoom | undefined, wanted: RoomConfig, from: number) =>
        sent !== undefined &&
        from >= rooms.startedAt &&
        wanted.timelineLimit <= sent.timelineLimit &&
        sameRequired(wanted.required, sent.required) &&
        (user.rooms.get(roomId)?.pos ?? 0) <= from &&
        (rooms.lastEventPos(roomId) ?? 0) <= from &&
        (rooms.loaded(roomId)?.lastReceiptPos ?? Number.POSITIVE_INFINITY) <= from

      const look = Effect.fnUntraced(function* (request: SlidingRequest, user: UserView, sent: SentRooms) {
        const { since, userId, deviceId } = request
        const upTo = stream.position()
        const ephemeral = live.counter()
        const ephemeralSince = since !== undefined && since.boot === live.boot ? since.ephemeral : 0
        const windows = yield* windowsOf(request, user, sent)
        const wanted = wantedRooms(request, user, windows, sent)
        const facts = yield* allFacts.of([...wanted.keys()])
        const reader = { userId, deviceId, nowMs: clock.currentTimeMillisUnsafe() }
        const direct = directRooms(user)
        const directChanged = (user.accountData.get("\0m.direct")?.pos ?? 0) > (since?.pos ?? 0)
        const connection = `${userId}\0${deviceId}\0${request.connectionId}`

        const results: Array<RoomResult> = []
        const after = new Map<RoomId, SentRoom>()
        for (const [roomId, config] of wanted) {
          const own = user.rooms.get(roomId)!
          const had = sent.get(roomId)
          const from = had === undefined ? 0 : (had.behind ?? since?.pos ?? 0)
          const ended = own.forgotten || (own.membership === "leave" && own.sender === userId)
          const neverIn = (own.membership === "leave" || own.membership === "ban") && !own.wasIn
          // A room that the user left themselves, forgot, or was never in, is told of once more, and then is no part of the
          // connection.
          if (!ended && !neverIn)
            after.set(roomId, { ...config, timelineLimit: Math.max(config.timelineLimit, had?.timelineLimit ?? 0) })
          if (!directChanged && isQuiet(user, roomId, had, config, from)) continue
          const room = yield* rooms.get(roomId)
          if (room === undefined) continue
          const result = yield* roomResult({
            room,
            own,
            user,
            reader,
            facts: facts.get(roomId),
            config,
            sent: had,
            since: since?.pos,
            upTo,
            told: told.of(connection, roomId, had === undefined),
            direct: { is: direct.has(roomId), changed: directChanged && since !== undefined },
          })
          if (result !== undefined) results.push(result)
        }
        for (const [roomId, room] of sent) {
          const own = user.rooms.get(roomId)
          if (wanted.has(roomId) || own === undefined || !mayShow(user, roomId, own, sent)) continue
          after.set(roomId, { ...room, behind: room.behind ?? since?.pos ?? 0 })
        }
        const extensions = yield* extensionsOf({ request, user, windows, sent, upTo, ephemeralSince })
        return {
          upTo,
          ephemeral,
          windows,
          results,
          after,
          extensions,
          empty: results.length === 0 && !extensions.anything,
        }
      })

      const answer = Effect.fnUntraced(function* (
        request: SlidingRequest,
        sent: SentRooms,
        looked: Effect.Success<ReturnType<typeof look>>,
      ) {
        const { upTo, ephemeral, windows, results, after, extensions } = looked
        const before = request.since?.connection
        const serial =
          before !== undefined && sameRooms(sent, after) ? before : yield* connections.save(request, after, before)
        return {
          pos: formatToken({ pos: upTo, boot: live.boot, ephemeral, connection: serial }),
          counts: windows.counts,
          rooms: results,
          listsOf: (roomId) => [...windows.rooms].filter(([, window]) => window.includes(roomId)).map(([name]) => name),
          extensions: extensions.parts,
        } satisfies SlidingAnswer
      })

      const sync = Effect.fnUntraced(function* (request: SlidingRequest) {
        const { since } = request
        const user = yield* users.get(request.userId)
        if (since !== undefined) yield* stream.reach(since.pos)
        const sent: SentRooms | undefined =
          since?.connection === undefined ? new Map() : yield* connections.find(request, since.connection)
        if (sent === undefined || (since !== undefined && since.connection === undefined)) {
          return yield* new UnknownPos({ error: "The connection was forgotten: sync again without a position" })
        }
        const untilMs = clock.currentTimeMillisUnsafe() + request.timeoutMs
        while (true) {
          const seen = user.wakes
          const looked = yield* look(request, user, sent)
          const leftMs = untilMs - clock.currentTimeMillisUnsafe()
          if (!looked.empty || since === undefined || leftMs <= 0) return yield* answer(request, sent, looked)
          if (!(yield* users.nextWake(user, seen, leftMs))) {
            return yield* answer(request, sent, yield* look(request, user, sent))
          }
        }
      })
      return SlidingSync.of({ sync: (request) => Effect.provide(sync(request), services) })
    }),
  )
}

const sameRequired = (a: Required, b: Required) => a === b || JSON.stringify(a) === JSON.stringify(b)

const sameRooms = (before: SentRooms, after: SentRooms) => {
  if (before.size !== after.size) return false
  for (const [roomId, room] of after) {
    const was = before.get(roomId)
    if (was === undefined || was.behind !== room.behind || was.timelineLimit !== room.timelineLimit) return false
    if (!sameRequired(was.required, room.required)) return false
  }
  return true
}

/** The rooms in any window, or subscribed to, with all that is wanted of each. */
const wantedRooms = (request: SlidingRequest, user: UserView, windows: Windows, sent: SentRooms) => {
  const wanted = new Map<RoomId, RoomConfig>()
  const want = (roomId: RoomId, config: RoomConfig) => {
    const already = wanted.get(roomId)
    wanted.set(roomId, already === undefined ? config : combined(already, config))
  }
  for (const [name, list] of request.lists) for (const roomId of windows.rooms.get(name) ?? []) want(roomId, list)
  for (const [roomId, config] of request.subscriptions) {
    const own = user.rooms.get(roomId)
    if (own !== undefined && mayShow(user, roomId, own, sent)) want(roomId, config)
  }
  return new Map([...wanted].map(([roomId, { timelineLimit, required }]) => [roomId, { timelineLimit, required }]))
}

/** More than either: what one leaves out the other may want. */
const combined = (a: RoomConfig, b: RoomConfig): RoomConfig => ({
  timelineLimit: Math.max(a.timelineLimit, b.timelineLimit),
  required: {
    include: [...a.required.include, ...b.required.include],
    exclude: a.required.exclude.filter((one) =>
      b.required.exclude.some((other) => one.type === other.type && one.state_key === other.state_key),
    ),
    lazyMembers: a.required.lazyMembers || b.required.lazyMembers,
  },
})
