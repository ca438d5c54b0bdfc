/** What every bus keeps, as tests: the bus of one process and the one on NATS run the same. */
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Exit, Fiber, type Layer, Queue, Scope } from "effect"
import { Bus } from "./Bus.ts"

/** Subscribes and gathers, as `subject:data`. */
export const gather = Effect.fnUntraced(function* (pattern: string) {
  const bus = yield* Bus
  const heard = yield* Queue.unbounded<string>()
  yield* bus.subscribe(pattern, (data, subject) => Effect.asVoid(Queue.offer(heard, `${subject}:${data}`)))
  return heard
})

export const busContract = <E>(name: string, layer: Layer.Layer<Bus, E>) =>
  describe(name, () => {
    const test = <A>(title: string, effect: Effect.Effect<A, unknown, Bus | Scope.Scope>) =>
      it.live(title, () => effect.pipe(Effect.provide(layer)))

    test(
      "delivers to every subscriber, and to nobody else",
      Effect.gen(function* () {
        const bus = yield* Bus
        const one = yield* gather("room.a")
        const two = yield* gather("room.a")
        const other = yield* gather("room.b")
        yield* bus.publish("room.a", "hello ☀")
        yield* bus.publish("room.b", "end")
        assert.strictEqual(yield* Queue.take(one), "room.a:hello ☀")
        assert.strictEqual(yield* Queue.take(two), "room.a:hello ☀")
        assert.strictEqual(yield* Queue.take(other), "room.b:end")
      }),
    )

    test(
      "knows wildcards",
      Effect.gen(function* () {
        const bus = yield* Bus
        const star = yield* gather("room.*.typing")
        const tail = yield* gather("room.a.>")
        const all = yield* gather(">")
        const subjects = ["room.a", "room.a.typing", "room.a.b.c", "room.b.typing", "other.b.typing", "room.typing"]
        for (const subject of subjects) yield* bus.publish(subject, "")
        for (const heard of ["room.a.typing:", "room.b.typing:"]) assert.strictEqual(yield* Queue.take(star), heard)
        for (const heard of ["room.a.typing:", "room.a.b.c:"]) assert.strictEqual(yield* Queue.take(tail), heard)
        for (const subject of subjects) assert.strictEqual(yield* Queue.take(all), `${subject}:`)
        assert.strictEqual(Queue.sizeUnsafe(star) + Queue.sizeUnsafe(tail), 0)
      }),
    )

    test(
      "keeps a publisher's order",
      Effect.gen(function* () {
        const bus = yield* Bus
        const heard = yield* gather("n.*")
        for (let n = 0; n < 1_000; n++) yield* bus.publish(`n.${n % 7}`, String(n))
        for (let n = 0; n < 1_000; n++) assert.strictEqual(yield* Queue.take(heard), `n.${n % 7}:${n}`)
      }),
    )

    test(
      "goes on after a handler's defect",
      Effect.gen(function* () {
        const bus = yield* Bus
        const heard = yield* Queue.unbounded<string>()
        yield* bus.subscribe("poison", (data) => {
          if (data === "throw") throw new Error("thrown by a handler")
          return data === "die" ? Effect.die("died in a handler") : Effect.asVoid(Queue.offer(heard, data))
        })
        for (const data of ["die", "throw", "fine"]) yield* bus.publish("poison", data)
        assert.strictEqual(yield* Queue.take(heard), "fine")
      }),
    )

    test(
      "ends a subscription with its scope",
      Effect.gen(function* () {
        const bus = yield* Bus
        const scope = yield* Scope.make()
        const ended = yield* Scope.provide(gather("room.a"), scope)
        const lives = yield* gather("room.a")
        yield* bus.publish("room.a", "1")
        assert.strictEqual(yield* Queue.take(ended), "room.a:1")
        yield* Scope.close(scope, Exit.void)
        yield* bus.publish("room.a", "2")
        assert.strictEqual(yield* Queue.take(lives), "room.a:1")
        assert.strictEqual(yield* Queue.take(lives), "room.a:2")
        assert.strictEqual(Queue.sizeUnsafe(ended), 0)
      }),
    )

    test(
      "bounds what waits for a slow subscriber, and keeps the newest",
      Effect.gen(function* () {
        const bus = yield* Bus
        const started = yield* Deferred.make<void>()
        const release = yield* Deferred.make<void>()
        const slow = yield* Queue.unbounded<number>()
        yield* bus.subscribe(
          "flood",
          (data) =>
            Deferred.succeed(started, undefined).pipe(
              Effect.andThen(Deferred.await(release)),
              Effect.andThen(Queue.offer(slow, Number(data))),
              Effect.asVoid,
            ),
          { capacity: 10 },
        )
        const fast = yield* gather("flood")
        yield* bus.publish("flood", "0")
        yield* Deferred.await(started)
        for (let n = 1; n <= 500; n++) yield* bus.publish("flood", String(n))
        for (let n = 0; n <= 500; n++) assert.strictEqual(yield* Queue.take(fast), `flood:${n}`)
        yield* Deferred.succeed(release, undefined)
        const received = yield* Queue.takeBetween(slow, 11, 11)
        assert.deepStrictEqual(received, [0, 491, 492, 493, 494, 495, 496, 497, 498, 499, 500])
      }),
    )

    test(
      "asks and answers, many at a time",
      Effect.gen(function* () {
        const bus = yield* Bus
        const all = yield* Deferred.make<void>()
        let waiting = 0
        yield* bus.respond("double", (data) => {
          if (++waiting === 20) Deferred.doneUnsafe(all, Effect.void)
          return Effect.as(Deferred.await(all), data + data)
        })
        const asked = Array.from({ length: 20 }, (_, n) => n)
        const answers = yield* Effect.forEach(asked, (n) => bus.request("double", `é${n}`, "10 seconds"), {
          concurrency: "unbounded",
        })
        assert.deepStrictEqual(
          answers,
          asked.map((n) => `é${n}é${n}`),
        )
      }),
    )

    test(
      "asks one of several responders",
      Effect.gen(function* () {
        const bus = yield* Bus
        const asked: Array<string> = []
        for (const name of ["a", "b"]) yield* bus.respond("who", () => Effect.sync(() => (asked.push(name), name)))
        for (let n = 0; n < 10; n++) yield* bus.request("who", "", "10 seconds")
        assert.strictEqual(asked.length, 10)
      }),
    )

    test(
      "keeps requests apart from publications",
      Effect.gen(function* () {
        const bus = yield* Bus
        const heard = yield* gather(">")
        const refused = yield* Effect.flip(bus.request("ask", "1", "10 seconds"))
        assert.strictEqual(refused._tag, "NoResponders")
        yield* bus.respond("ask", (data) => Effect.succeed(data))
        yield* bus.publish("ask", "published")
        assert.strictEqual(yield* bus.request("ask", "asked", "10 seconds"), "asked")
        assert.strictEqual(yield* Queue.take(heard), "ask:published")
        assert.strictEqual(Queue.sizeUnsafe(heard), 0)
      }),
    )

    test(
      "knows at once that nobody responds, or no more",
      Effect.gen(function* () {
        const bus = yield* Bus
        const scope = yield* Scope.make()
        yield* Scope.provide(
          bus.respond("gone", () => Effect.succeed("")),
          scope,
        )
        yield* bus.request("gone", "", "10 seconds")
        yield* Scope.close(scope, Exit.void)
        const error = yield* Effect.flip(bus.request("gone", "", "1 hour"))
        assert.strictEqual(error._tag, "NoResponders")
      }),
    )

    test(
      "gives up a request in time",
      Effect.gen(function* () {
        const bus = yield* Bus
        yield* bus.respond("never", () => Effect.never)
        const error = yield* Effect.flip(bus.request("never", "", "20 millis"))
        assert.strictEqual(error._tag, "RequestTimeout")
      }),
    )

    test(
      "tells when a responder fell over a request, and answers the next",
      Effect.gen(function* () {
        const bus = yield* Bus
        yield* bus.respond("poison", (data) =>
          data === "die" ? Effect.die("died in a responder") : Effect.succeed(data),
        )
        const error = yield* Effect.flip(bus.request("poison", "die", "1 hour"))
        assert.strictEqual(error._tag, "RequestFailed")
        assert.strictEqual(yield* bus.request("poison", "fine", "10 seconds"), "fine")
      }),
    )

    test(
      "refuses what a busy responder cannot take",
      Effect.gen(function* () {
        const bus = yield* Bus
        const started = yield* Deferred.make<void>()
        yield* bus.respond("busy", () => Effect.andThen(Deferred.succeed(started, undefined), Effect.never), {
          capacity: 1,
        })
        const first = yield* Effect.forkChild(bus.request("busy", "", "1 hour"))
        yield* Deferred.await(started)
        const error = yield* Effect.flip(bus.request("busy", "", "1 hour"))
        assert.strictEqual(error._tag, "RequestFailed")
        yield* Fiber.interrupt(first)
      }),
    )

    test(
      "answers requests in hand when a responder's scope closes",
      Effect.gen(function* () {
        const bus = yield* Bus
        const scope = yield* Scope.make()
        const started = yield* Deferred.make<void>()
        yield* Scope.provide(
          bus.respond("leaving", () => Effect.andThen(Deferred.succeed(started, undefined), Effect.never)),
          scope,
        )
        const asking = yield* Effect.forkChild(Effect.flip(bus.request("leaving", "", "1 hour")))
        yield* Deferred.await(started)
        yield* Scope.close(scope, Exit.void)
        assert.strictEqual((yield* Fiber.join(asking))._tag, "RequestFailed")
      }),
    )

    test(
      "takes no subject that breaks the grammar",
      Effect.gen(function* () {
        const bus = yield* Bus
        for (const subject of ["", "a..b", "a.*", ">", "a b", "a\r\nPUB b 0", ".a"]) {
          assert.isTrue(Exit.hasDies(yield* Effect.exit(bus.publish(subject, ""))), subject)
        }
        assert.isTrue(Exit.hasDies(yield* Effect.exit(bus.subscribe("a.>.b", () => Effect.void))))
      }),
    )
  })
