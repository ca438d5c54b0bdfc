import { fork } from "node:child_process"
import { once } from "node:events"
import { join } from "node:path"
import { PgClient } from "@effect/sql-pg"
import { assert, describe, it, layer } from "@effect/vitest"
import { Context, Effect, Exit, Layer } from "effect"
import type { RoomId, UserId } from "@biz1/protocol/ids"
import { logNode, message } from "../../../test/support/logNode.ts"
import type { Report } from "../../../test/support/logProcess.ts"
import { freshDatabaseUrl } from "../../../test/support/postgres.ts"
import { EventLog } from "./EventLog.ts"
import type { LogEntry, Write } from "./LogEntry.ts"
import { LogReader } from "./LogReader.ts"
import { LogStream } from "./LogStream.ts"

const script = join(import.meta.dirname, "../../../test/support/logProcess.ts")

/** Runs a process that writes, and hears what it reports. */
const writer = (databaseUrl: string, name: string, appends: number, hear: (report: Report) => void) =>
  Effect.promise(async () => {
    const child = fork(script, [databaseUrl, name, String(appends)], { execArgv: [] })
    child.on("message", (report) => hear(report as Report))
    const [code] = await once(child, "exit")
    assert.strictEqual(code, 0)
  })

const eventIdsOf = (entries: ReadonlyArray<LogEntry>) =>
  entries.map((entry) => (entry.kind === "event" ? String(entry.event.eventId) : entry.kind))

const counted = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i)

describe("three processes that write", () => {
  it.live("leave one order without a gap, in which nothing appears behind a reader", () => {
    const databaseUrl = freshDatabaseUrl()
    return Effect.gen(function* () {
      const reader = yield* LogReader
      const acknowledged: Array<readonly [eventId: string, pos: number]> = []
      const told: Array<Extract<Report, { readonly told: unknown }>> = []
      const hear = (report: Report) => {
        if ("told" in report) told.push(report)
        else acknowledged.push(...report.acknowledged)
      }
      let writing = true
      const writers = Effect.forEach(["a", "b", "c"], (name) => writer(databaseUrl, name, 60, hear), {
        concurrency: "unbounded",
      }).pipe(Effect.ensuring(Effect.sync(() => (writing = false))))

      const seen: Array<LogEntry> = []
      let polls = 0
      const poll = Effect.gen(function* () {
        const wasWriting = writing
        const last = yield* reader.lastPosition
        if (last > seen.length) {
          const { entries } = yield* reader.batch(seen.length + 1, last)
          // Nothing above the reader is missing when the position says that it is there.
          assert.deepStrictEqual(
            entries.map(({ pos }) => pos),
            counted(seen.length + 1, last),
          )
          seen.push(...entries)
          polls++
        }
        return wasWriting
      })
      yield* Effect.all([writers, Effect.repeat(poll, { while: (goOn) => goOn })], { concurrency: "unbounded" })

      // Nothing came below the reader later, and every acknowledgement told the truth.
      const { entries } = yield* reader.batch(1, yield* reader.lastPosition)
      assert.deepStrictEqual(eventIdsOf(entries), eventIdsOf(seen))
      assert.strictEqual(acknowledged.length, seen.length)
      for (const [eventId, pos] of acknowledged) assert.strictEqual(eventIdsOf(seen)[pos - 1], eventId)
      assert.isAbove(polls, 10, "the reader read while they wrote")

      // Each process told its own readers of everything, the others' writes too, in the same order.
      assert.strictEqual(told.length, 3)
      for (const { startedAt, told: positions } of told) {
        assert.deepStrictEqual(positions, counted(startedAt + 1, startedAt + positions.length))
      }
    }).pipe(Effect.provide(logNode(databaseUrl)))
  })
})

layer(Layer.unwrap(Effect.sync(() => logNode(freshDatabaseUrl()))))("appends that wait together", (it) => {
  const appendAll = Effect.fnUntraced(function* (...appends: ReadonlyArray<ReadonlyArray<Write>>) {
    const log = yield* EventLog
    const exits = yield* Effect.forEach(appends, (writes) => Effect.exit(log.append(writes)), {
      concurrency: "unbounded",
    })
    return exits.map((exit) =>
      Exit.isSuccess(exit) ? exit.value.map(({ pos }) => pos) : Exit.findErrorOption(exit).pipe(conflictName),
    )
  })
  const conflictName = (error: { readonly _tag: string; readonly value?: { readonly on: string } }) =>
    error.value?.on ?? "defect"

  it.effect("fail alone when somebody else wrote first, and leave no gap", () =>
    Effect.gen(function* () {
      const reader = yield* LogReader
      const before = yield* reader.lastPosition
      yield* appendAll([message({ roomId: "!a", roomSeq: 1, txn: "t1" })])
      const outcomes = yield* appendAll(
        [message({ roomId: "!b", roomSeq: 1 })],
        [message({ roomId: "!a", roomSeq: 1, eventId: "$another" })], // another owner's place
        [message({ roomId: "!a", roomSeq: 2, txn: "t1" })], // this transaction is done already
        [message({ roomId: "!c", roomSeq: 1, eventId: "$!a/1" })], // this event is there already
        [message({ roomId: "!d", roomSeq: 1 }), message({ roomId: "!d", roomSeq: 1, eventId: "$same place" })],
        [message({ roomId: "!e", roomSeq: 1 }), message({ roomId: "!e", roomSeq: 2 })],
      )
      assert.deepStrictEqual(outcomes, [[before + 2], "fence", "txn", "event", "fence", [before + 3, before + 4]])
      const { entries } = yield* reader.batch(before + 1, yield* reader.lastPosition)
      assert.deepStrictEqual(eventIdsOf(entries), ["$!a/1", "$!b/1", "$!e/1", "$!e/2"])
    }),
  )

  it.effect("are on their readers' side before they are acknowledged", () =>
    Effect.gen(function* () {
      const stream = yield* LogStream
      const log = yield* EventLog
      const told: Array<string> = []
      yield* stream.listen(({ entries }) => void told.push(...eventIdsOf(entries)))
      yield* Effect.forEach(
        counted(1, 50),
        (room) =>
          Effect.map(log.append([message({ roomId: `!told ${room}`, roomSeq: 1 })]), ([entry]) => {
            assert.include(told, `$!told ${room}/1`)
            assert.isAtMost(entry!.pos, stream.position())
          }),
        { concurrency: "unbounded" },
      )
    }),
  )

  it.effect("that overwrite one another in one commit leave the last, and every position counts", () =>
    Effect.gen(function* () {
      const reader = yield* LogReader
      const receipt = (eventPos: number): Write => ({
        kind: "receipt",
        roomId: "!a" as RoomId,
        userId: "@reader:test.example" as UserId,
        receiptType: "m.read",
        threadId: "",
        eventId: "$!a/1" as never,
        eventPos,
        ts: 1,
      })
      const before = yield* reader.lastPosition
      const outcomes = yield* appendAll([receipt(1)], [receipt(2), receipt(3)], [receipt(4)])
      assert.deepStrictEqual(outcomes, [[before + 1], [before + 2, before + 3], [before + 4]])
      const { entries } = yield* reader.batch(before + 1, before + 4)
      assert.deepStrictEqual(entries, [{ ...receipt(4), pos: before + 4 }])
    }),
  )
})

describe("two nodes that do not hear one another", () => {
  it.effect("tell their readers of the other's commits in their place", () => {
    const databaseUrl = freshDatabaseUrl()
    return Effect.gen(function* () {
      const here = yield* Layer.build(Layer.fresh(logNode(databaseUrl)))
      const there = yield* Layer.build(Layer.fresh(logNode(databaseUrl)))
      const told: Array<string> = []
      const stream = Context.get(here, LogStream)
      yield* stream.listen(({ entries }) => void told.push(...eventIdsOf(entries)))
      for (const roomSeq of [1, 2, 3]) {
        yield* Context.get(there, EventLog).append([message({ roomId: "!there", roomSeq })])
      }
      assert.deepStrictEqual(told, [])
      yield* Context.get(here, EventLog).append([message({ roomId: "!here", roomSeq: 1 })])
      assert.deepStrictEqual(told, ["$!there/1", "$!there/2", "$!there/3", "$!here/1"])

      // One room has one writer: the second one's commit fails, whatever it believes.
      const late = yield* Effect.flip(
        Context.get(here, EventLog).append([message({ roomId: "!there", roomSeq: 3, eventId: "$late" })]),
      )
      assert.strictEqual(late.on, "fence")
    })
  })
})

describe("connections that are cut in the middle of commits", () => {
  it.live("lose nothing: what is not acknowledged says so, and is there once or not at all", () => {
    const databaseUrl = freshDatabaseUrl()
    return Effect.gen(function* () {
      const log = yield* EventLog
      const stream = yield* LogStream
      const told: Array<number> = []
      yield* stream.listen(({ entries }) => void told.push(...entries.map(({ pos }) => pos)))
      const cutter = yield* Layer.build(Layer.fresh(logNode(databaseUrl)))
      const cut = Context.get(cutter, PgClient.PgClient)`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid()`

      const acknowledged = new Map<string, number>()
      const doubtful = new Set<string>()
      const writeRoom = Effect.fnUntraced(function* (room: number) {
        for (const roomSeq of counted(1, 150)) {
          const write = message({ roomId: `!cut ${room}`, roomSeq })
          const exit = yield* Effect.exit(log.append([write]))
          // Committed, and cut off before the answer: its actor would load the room again. Here the room is over.
          if (Exit.isFailure(exit)) return void doubtful.add(write.event.eventId)
          acknowledged.set(write.event.eventId, exit.value[0]!.pos)
          if (acknowledged.size % 150 === 0) yield* Effect.exit(cut)
        }
      })
      yield* Effect.forEach(counted(1, 8), writeRoom, { concurrency: "unbounded" })

      const fresh = yield* Layer.build(Layer.fresh(logNode(databaseUrl)))
      const reader = Context.get(fresh, LogReader)
      const last = yield* reader.lastPosition
      const { entries } = yield* reader.batch(1, last)
      assert.deepStrictEqual(
        entries.map(({ pos }) => pos),
        counted(1, last),
      )
      const stored = new Map(entries.map((entry) => [eventIdsOf([entry])[0]!, entry.pos]))
      assert.strictEqual(stored.size, last)
      for (const [eventId, pos] of acknowledged) assert.strictEqual(stored.get(eventId), pos)
      for (const eventId of stored.keys()) assert.isTrue(acknowledged.has(eventId) || doubtful.has(eventId))
      // Readers fail for as long as they are handed connections that are dead, and then go on where they were.
      yield* stream.reach(last).pipe(Effect.sandbox, Effect.retry({ times: 20 }))
      assert.deepStrictEqual(told, counted(1, last))
    }).pipe(Effect.provide(logNode(databaseUrl)))
  })
})
