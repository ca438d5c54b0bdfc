import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, ManagedRuntime } from "effect"
import { TestClock } from "effect/testing"
import fc from "fast-check"
import { Bus } from "../bus/Bus.ts"
import type { LogBatch, LogEntry } from "./LogEntry.ts"
import { LogReader } from "./LogReader.ts"
import { LogStream } from "./LogStream.ts"

/** A log of bare positions: what is committed, and whether the store answers. */
const makeLog = () => {
  const log = { last: 0, broken: false }
  const entries = (first: number, last: number) =>
    Array.from({ length: last - first + 1 }, (_, i) => ({ pos: first + i }) as LogEntry)
  const commit = (count: number): LogBatch => {
    const first = log.last + 1
    log.last += count
    return { first, last: log.last, entries: entries(first, log.last) }
  }
  const reader = Layer.succeed(
    LogReader,
    LogReader.of({
      // Others go on while the store is asked.
      lastPosition: Effect.andThen(
        Effect.yieldNow,
        Effect.suspend(() => (log.broken ? Effect.die("away") : Effect.succeed(log.last))),
      ),
      batch: (first, last) =>
        Effect.andThen(
          Effect.yieldNow,
          Effect.sync(() => {
            assert.isAtMost(last, log.last)
            return { first, last, entries: entries(first, last) }
          }),
        ),
    }),
  )
  return { log, commit, layer: LogStream.layer.pipe(Layer.provide(reader), Layer.provideMerge(Bus.layerInProcess)) }
}

const hear = Effect.gen(function* () {
  const heard: Array<number> = []
  yield* (yield* LogStream).listen(({ first, last, entries }) => {
    assert.deepStrictEqual([entries[0]!.pos, entries.at(-1)!.pos], [first, last])
    heard.push(...entries.map(({ pos }) => pos))
  })
  return heard
})

/** Lets the others go on until it is so. */
const until = (isSo: () => boolean) => Effect.repeat(Effect.yieldNow, { until: isSo })

const upTo = (last: number) => Array.from({ length: last }, (_, i) => i + 1)

describe("what other nodes commit", () => {
  it.effect("is read when they ring", () => {
    const { commit, layer } = makeLog()
    return Effect.gen(function* () {
      const heard = yield* hear
      commit(3)
      yield* (yield* Bus).publish("log.committed", "3")
      yield* until(() => heard.length > 0)
      assert.deepStrictEqual(heard, upTo(3))
    }).pipe(Effect.provide(layer))
  })

  it.effect("is read within a second when the bell is lost, also after a time without the store", () => {
    const { commit, layer, log } = makeLog()
    return Effect.gen(function* () {
      const heard = yield* hear
      log.broken = true
      commit(3)
      yield* TestClock.adjust("10 seconds")
      assert.deepStrictEqual(heard, [])
      log.broken = false
      yield* TestClock.adjust("1 second")
      yield* until(() => heard.length > 0)
      assert.deepStrictEqual(heard, upTo(3))
    }).pipe(Effect.provide(layer))
  })

  it.effect("is read at once for a token of theirs", () => {
    const { commit, layer } = makeLog()
    return Effect.gen(function* () {
      const stream = yield* LogStream
      const heard = yield* hear
      commit(2500)
      yield* stream.reach(2500)
      assert.strictEqual(stream.position(), 2500)
      assert.deepStrictEqual(heard, upTo(2500))
    }).pipe(Effect.provide(layer))
  })

  it.effect("comes before a commit of ours that was after it", () => {
    const { commit, layer } = makeLog()
    return Effect.gen(function* () {
      const stream = yield* LogStream
      const heard = yield* hear
      commit(2)
      const ours = commit(1)
      yield* stream.committed(ours)
      assert.deepStrictEqual(heard, upTo(3))
    }).pipe(Effect.provide(layer))
  })
})

it("is told once, in order and without a gap, however the news of it arrives", () => {
  const news = fc.record({
    count: fc.integer({ min: 1, max: 1200 }),
    /** Whether and when this node hears of the commit itself; never, where another node made it. */
    delay: fc.option(fc.nat(5)),
  })
  const property = fc.asyncProperty(fc.array(news, { minLength: 1, maxLength: 20 }), async (commits) => {
    const { commit, layer, log } = makeLog()
    const runtime = ManagedRuntime.make(layer.pipe(Layer.provideMerge(TestClock.layer())))
    await runtime.runPromise(
      Effect.gen(function* () {
        const stream = yield* LogStream
        const heard = yield* hear
        const arriving: Array<readonly [at: number, batch: LogBatch]> = []
        for (const [at, { count, delay }] of commits.entries()) {
          const batch = commit(count)
          if (delay !== null) arriving.push([at + delay, batch])
          const due = arriving.filter(([when]) => when === at)
          yield* Effect.forEach(due, ([, arrived]) => stream.committed(arrived), { concurrency: "unbounded" })
        }
        const late = arriving.filter(([when]) => when >= commits.length)
        yield* Effect.forEach(late, ([, arrived]) => stream.committed(arrived), { concurrency: "unbounded" })
        yield* stream.reach(log.last)
        assert.deepStrictEqual(heard, upTo(log.last))
        assert.strictEqual(stream.position(), log.last)
      }),
    )
    await runtime.dispose()
  })
  return fc.assert(property)
})
