/**
 * The conversations alive on this node: an actor per room, started by its first command, put out of memory when idle.
 * All that changes a room comes through here, whichever door it used, and is authorised in the actor.
 */
import { Context, Effect, Exit, Layer, Result, Schedule, Schema } from "effect"
import { PgClient } from "@effect/sql-pg"
import type { RoomVersion } from "@biz1/core/roomVersion"
import { LimitExceeded, NotFound, Unavailable } from "@biz1/protocol/errors"
import type { EventId, RoomId, UserId } from "@biz1/protocol/ids"
import type { JsonObject } from "@biz1/protocol/json"
import * as Actor from "../Actor.ts"
import { Conflict, EventLog } from "../log/EventLog.ts"
import type { EventWrite } from "../log/LogEntry.ts"
import { Roles } from "../business/roles/Roles.ts"
import { Metrics } from "../operations/Metrics.ts"
import { decide, futureRoomId, type Draft, type Refused, type Send } from "./decide.ts"
import { goodbye, guestsToGo, withGuest } from "./guests.ts"
import { Placement } from "./Placement.ts"
import { loadRoom } from "./RoomLoader.ts"
import { StateMap, type RoomState } from "./RoomState.ts"
import { Signing } from "./Signing.ts"
import { withEditedEvents } from "./editedEvents.ts"
import { writtenRooms } from "./writtenRooms.ts"

/** A room that is to exist: its create event and all that follows at once, to be made together or not at all. */
export interface Create {
  readonly creator: UserId
  readonly version: RoomVersion
  readonly createContent: JsonObject
  /** What follows the create event, given the room's id. */
  readonly drafts: (roomId: RoomId) => ReadonlyArray<Draft>
  /** The id, in room versions that do not derive it. */
  readonly roomId: RoomId
  readonly ts: number
}

/** How those wait whom another node has overtaken: each a little differently, and not for ever. */
const turns = Schedule.exponential("10 millis", 1.6).pipe(Schedule.jittered, Schedule.upTo({ times: 10 }))

/** Where another node was first and there is room for both. */
const retried: ReadonlySet<Conflict["on"]> = new Set(["fence", "event"])

type Command = { readonly send: Send; readonly create: RoomVersion | undefined }
type Reply = ReadonlyArray<EventId>
export type SendError = Refused | NotFound | LimitExceeded | Unavailable

/** There is a room already for what there may be only one for. */
export class Taken extends Schema.TaggedError<Taken>()("Taken", {}) {}

export class Conversations extends Context.Service<
  Conversations,
  {
    /** Applies one command in the room's order. Its events are durable when their ids come back. */
    readonly send: (roomId: RoomId, send: Send) => Effect.Effect<Reply, SendError>
    readonly create: (create: Create) => Effect.Effect<RoomId, SendError>
    /** The same, for something that there may be only one room for. */
    readonly createOnly: (uniqueKey: string, create: Create) => Effect.Effect<RoomId, SendError | Taken>
    readonly passivate: Effect.Effect<number>
  }
>()("@biz1/server/conversation/Conversations") {
  static readonly layer = Layer.effect(
    this,
    Effect.gen(function* () {
      const sql = yield* PgClient.PgClient
      const log = yield* EventLog
      const signer = yield* Signing
      const placement = yield* Placement
      const metrics = yield* Metrics
      const { personOf } = yield* Roles
      const writtenTo = yield* writtenRooms

      const load = (roomId: RoomId) => Effect.orDie(loadRoom(sql, roomId))

      /** The events of a transaction whose first attempt is too old to be remembered. */
      const findTxn = (roomId: RoomId, send: Send) =>
        sql`SELECT event_id FROM events WHERE room_id = ${roomId} AND sender = ${send.sender} AND txn = ${send.txn ?? null}`.pipe(
          Effect.map((rows) => rows.map((row) => row["event_id"] as EventId)),
          Effect.orDie,
        )

      const handle = Effect.fnUntraced(function* (
        roomId: RoomId,
        cell: { room: RoomState | undefined },
        batch: ReadonlyArray<Command>,
      ) {
        // Another node has written to the room since.
        if (cell.room !== undefined && cell.room.seq < writtenTo(roomId)) cell.room = yield* load(roomId)
        const writes: Array<EventWrite> = []
        const exits = batch.map(({ send, create }): Exit.Exit<Reply, Refused | NotFound> => {
          const room = (cell.room ??= create && emptyRoom(roomId, create))
          if (room === undefined) return Exit.fail(new NotFound({ error: "There is no such room on this server" }))
          const txn = send.txn === undefined ? undefined : `${send.sender}\u001f${send.txn}`
          const repeated = txn === undefined ? undefined : room.txns.get(txn)
          if (repeated !== undefined) return Exit.succeed(repeated)
          const decided = decide(room, send, signer, personOf)
          if (Result.isFailure(decided)) return Exit.fail(decided.failure)
          writes.push(...decided.success.writes)
          if (txn !== undefined) remember(room.txns, txn, decided.success.eventIds)
          return Exit.succeed(decided.success.eventIds)
        })
        if (cell.room?.seq === 0) cell.room = undefined // a refused creation
        if (writes.length === 0) return exits
        yield* log.append(writes).pipe(Effect.catchTag("Conflict", (conflict) => overtaken(conflict, batch)))
        return exits
      })

      /** Another writer was first, or the transaction is from before the actor's memory: it begins anew, and `send` asks again. */
      const overtaken = (conflict: Conflict, batch: ReadonlyArray<Command>) =>
        Effect.logDebug("a commit of this room met another", { on: conflict.on, commands: batch.length }).pipe(
          Effect.andThen(Effect.die(conflict)),
        )

      const actors = yield* Actor.make<
        RoomId,
        { room: RoomState | undefined },
        Command,
        Reply,
        Refused | NotFound,
        never
      >({
        name: "conversation",
        load: (roomId) => Effect.map(load(roomId), (room) => ({ room })),
        handle,
        onRestart: () => metrics.restarted("conversation"),
        isExpected: (defect) => defect instanceof Conflict,
      })
      metrics.gauge("biz1_conversations_alive", "Conversations in memory", () => actors.load().alive)
      metrics.gauge("biz1_conversations_waiting", "Messages in all mailboxes", () => actors.load().waiting)

      const attempt = (roomId: RoomId, command: Command) =>
        placement
          .route(roomId, command, (here) => actors.ask(roomId, here))
          .pipe(
            // Another node wrote to the room: nothing of this was committed, and there is room for both in turn.
            Effect.retry({
              while: (error) =>
                error._tag === "ActorRestarted" && error.defect instanceof Conflict && retried.has(error.defect.on),
              schedule: turns,
            }),
            Effect.catchTag("ActorRestarted", (restarted) => {
              // With a transaction id asking again is safe: what was committed is found, not made twice.
              if (command.send.txn === undefined) return Effect.fail(restarted)
              return Effect.flatMap(findTxn(roomId, command.send), (found) =>
                found.length > 0 ? Effect.succeed(found) : actors.ask(roomId, command),
              )
            }),
            Effect.catchTag("MailboxFull", () =>
              Effect.fail(new LimitExceeded({ error: "This conversation is too busy", retry_after_ms: 500 })),
            ),
          )

      const restarted = () =>
        Effect.fail(new Unavailable({ error: "The conversation had to restart. Please try again." }))
      const ask = (roomId: RoomId, command: Command) =>
        Effect.catchTag(attempt(roomId, command), "ActorRestarted", restarted)

      const send = Effect.fnUntraced(function* (roomId: RoomId, given: Send) {
        const complete = yield* Effect.flatMap(withEditedEvents(sql, roomId, given), (edits) => withGuest(sql, edits))
        const eventIds = yield* ask(roomId, { send: complete, create: undefined })
        for (const guest of yield* guestsToGo(sql, roomId, given)) {
          const leaving = ask(roomId, { send: goodbye(guest, given.ts), create: undefined })
          yield* Effect.ignore(leaving, { log: true })
        }
        return eventIds
      })

      let lastCreation = 0
      const create = Effect.fnUntraced(function* (room: Create, uniqueKey: string | undefined) {
        const { creator, version, createContent, drafts, roomId: chosen, ts: now } = room
        // Where the id is a hash, two rooms that are alike in the same millisecond would be one.
        const ts = (lastCreation = Math.max(now, lastCreation + 1))
        const roomId = version.roomIdIsCreateHash
          ? futureRoomId({ creator, version, content: createContent, ts }, signer)
          : chosen
        const first: Draft = { type: "m.room.create", stateKey: "", content: createContent }
        const send = { sender: creator, drafts: [first, ...drafts(roomId)], platform: true, uniqueKey, ts }
        yield* attempt(roomId, { send, create: version }).pipe(
          Effect.catchTag("ActorRestarted", (error): Effect.Effect<never, Taken | Unavailable> => {
            const { defect } = error
            return defect instanceof Conflict && defect.on === "conversation" ? Effect.fail(new Taken()) : restarted()
          }),
        )
        return roomId
      })

      return Conversations.of({
        send,
        create: (room) => Effect.catchTag(create(room, undefined), "Taken", Effect.die),
        createOnly: (uniqueKey, room) => create(room, uniqueKey),
        passivate: actors.passivate,
      })
    }),
  )
}

const emptyRoom = (roomId: RoomId, version: RoomVersion): RoomState => ({
  roomId,
  version,
  seq: 0,
  depth: 0,
  extremities: [],
  group: 0,
  groupHops: 0,
  state: new StateMap(),
  txns: new Map(),
})

const rememberedTxns = 1000

const remember = (txns: Map<string, Reply>, txn: string, eventIds: Reply) => {
  txns.set(txn, eventIds)
  if (txns.size > rememberedTxns) txns.delete(txns.keys().next().value!)
}
