import { assert, describe, it } from "@effect/vitest"
import { Context, Effect, Exit, Layer, Queue, Scope, Stream } from "effect"
import { Bus } from "./Bus.ts"
import { layerNats } from "./BusNats.ts"
import { busContract, gather } from "./busContract.ts"
import { natsAvailable, natsServer } from "./natsServer.ts"
import { tcpProxy } from "./tcpProxy.ts"

/** A bus of its own, as each node of a cluster has. */
const node = (url: string) => Effect.map(Layer.build(layerNats({ url })), Context.get(Bus))

const hears = (bus: Bus["Service"], pattern: string) => Effect.provideService(gather(pattern), Bus, bus)

/** The ticks of `reconnected` from now on. */
const reconnects = Effect.fnUntraced(function* (bus: Bus["Service"]) {
  const ticks = yield* Queue.unbounded<void>()
  yield* Effect.forkScoped(
    Stream.runForEach(bus.reconnected, () => Queue.offer(ticks, undefined)),
    { startImmediately: true },
  )
  return ticks
})

describe.runIf(natsAvailable)("with a NATS server", () => {
  busContract("the bus on NATS", Layer.unwrap(Effect.map(natsServer(), ({ url }) => layerNats({ url }))))

  it.live("joins nodes, and ends by sending what it has taken", () =>
    Effect.gen(function* () {
      const { url } = yield* natsServer()
      const there = yield* node(url)
      const heard = yield* hears(there, "hello.*")
      yield* there.respond("upper", (data) => Effect.succeed(data.toUpperCase()))

      const scope = yield* Scope.make()
      const here = yield* Scope.provide(node(url), scope)
      assert.strictEqual(yield* here.request("upper", "abc", "10 seconds"), "ABC")
      for (let n = 0; n < 1_000; n++) yield* here.publish("hello.there", String(n))
      yield* Scope.close(scope, Exit.void)
      for (let n = 0; n < 1_000; n++) assert.strictEqual(yield* Queue.take(heard), `hello.there:${n}`)
    }),
  )

  it.live("says what to do when there is no server at first", () =>
    Effect.gen(function* () {
      const { url, stop } = yield* natsServer()
      yield* stop
      const error = yield* Effect.flip(node(url.replace("//", "//user:secret@")))
      assert.match(error.message, /^No NATS server could be reached at 127\.0\.0\.1:\d+: .+\. Start it/)
      assert.notInclude(error.message, "secret")
      assert.match((yield* Effect.flip(node("nats://:x"))).message, /is not a URL/)
    }),
  )

  it.live("logs in with what the URL says", () =>
    Effect.gen(function* () {
      const byPassword = yield* natsServer(["--user", "biz1", "--pass", "p@ss"])
      const bus = yield* node(byPassword.url.replace("//", "//biz1:p%40ss@"))
      assert.strictEqual((yield* Effect.flip(bus.request("nobody", "", "10 seconds")))._tag, "NoResponders")
      assert.match((yield* Effect.flip(node(byPassword.url))).message, /authorization/i)

      const byToken = yield* natsServer(["--auth", "t0ken"])
      yield* node(byToken.url.replace("//", "//t0ken@"))
    }),
  )

  it.live("outlives a dropped connection, and says that it did", () =>
    Effect.gen(function* () {
      const { port, url } = yield* natsServer()
      const line = yield* tcpProxy(port)
      const [here, there] = [yield* node(line.url), yield* node(url)]
      const heard = yield* hears(here, "a.*")
      yield* here.respond("echo", (data) => Effect.succeed(data))
      const ticks = yield* reconnects(here)
      for (const round of ["1", "2"]) {
        yield* line.cut
        yield* Queue.take(ticks)
        yield* there.publish("a.b", round)
        assert.strictEqual(yield* Queue.take(heard), `a.b:${round}`)
        assert.strictEqual(yield* there.request("echo", round, "10 seconds"), round)
      }
    }),
  )

  it.live("outlives the server, and keeps nothing for it while it is away", () =>
    Effect.gen(function* () {
      const server = yield* natsServer()
      const [here, there] = [yield* node(server.url), yield* node(server.url)]
      const heard = yield* hears(here, "a.*")
      const ticks = [yield* reconnects(here), yield* reconnects(there)]

      yield* server.stop
      // The first request after the crash may still find the old connection; one of them sees that the server is away.
      const refused = yield* there
        .request("x", "", "50 millis")
        .pipe(Effect.flip, Effect.repeat({ until: (error) => error._tag === "RequestFailed" }))
      assert.deepInclude(refused, { _tag: "RequestFailed", reason: "NATS is away" })
      yield* there.publish("a.lost", "while away")
      const late = yield* hears(there, "late")

      yield* server.start
      for (const tick of ticks) yield* Queue.take(tick)
      yield* there.publish("a.back", "1")
      yield* here.publish("late", "2")
      assert.strictEqual(yield* Queue.take(heard), "a.back:1")
      assert.strictEqual(yield* Queue.take(late), "late:2")
    }),
  )

  it.live("closes while the server is away", () =>
    Effect.gen(function* () {
      const server = yield* natsServer()
      const scope = yield* Scope.make()
      const bus = yield* Scope.provide(node(server.url), scope)
      yield* Scope.provide(hears(bus, "a"), scope)
      yield* server.stop
      yield* Scope.close(scope, Exit.void)
    }),
  )

  it.live("bounds what waits for a server that does not read", () =>
    Effect.gen(function* () {
      const server = yield* natsServer()
      const bus = yield* node(server.url)
      const heard = yield* Queue.unbounded<string>()
      yield* bus.subscribe("bulk", (data) => Effect.asVoid(Queue.offer(heard, data.slice(0, 3))))

      yield* server.pause
      const megabyte = "x".repeat(1_000_000)
      for (let n = 100; n < 200; n++) yield* bus.publish("bulk", n + megabyte)
      assert.strictEqual((yield* Effect.flip(bus.request("bulk", "", "1 hour")))._tag, "RequestFailed")
      yield* server.resume

      // What was on its way arrives and the rest is lost. The server has read, so publications are taken again.
      for (let n = 100; n < 134; n++) assert.strictEqual(yield* Queue.take(heard), String(n))
      yield* bus.publish("bulk", "end")
      assert.strictEqual(yield* Queue.take(heard), "end")
    }),
  )

  it.live("loses what is larger than the server takes, and only that", () =>
    Effect.gen(function* () {
      const { url } = yield* natsServer()
      const bus = yield* node(url)
      const heard = yield* hears(bus, "a")
      const tooLarge = "x".repeat(1024 * 1024 + 1)
      yield* bus.respond("a", (data) => Effect.succeed(data === "much" ? tooLarge : data))
      yield* bus.publish("a", tooLarge)
      assert.strictEqual((yield* Effect.flip(bus.request("a", tooLarge, "1 hour")))._tag, "RequestFailed")
      assert.strictEqual((yield* Effect.flip(bus.request("a", "much", "1 hour")))._tag, "RequestFailed")
      assert.strictEqual(yield* bus.request("a", "little", "10 seconds"), "little")
      yield* bus.publish("a", "small")
      assert.strictEqual(yield* Queue.take(heard), "a:small")
    }),
  )
})
