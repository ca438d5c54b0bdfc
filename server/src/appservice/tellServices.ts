/** Which application services this node tells: it holds those that no other does, wakes them, and lets go at its end. */
import { Effect, FiberMap, Latch, Layer } from "effect"
import type { RoomId } from "@biz1/protocol/ids"
import { Bus } from "../bus/Bus.ts"
import { LogStream } from "../log/LogStream.ts"
import { Metrics } from "../operations/Metrics.ts"
import { aliasesSubject } from "../store/Directory.ts"
import { Ephemeral } from "../sync/Ephemeral.ts"
import { Appservices } from "./Appservices.ts"
import { CursorStore, type Lost } from "./CursorStore.ts"
import { RecentEntries } from "./RecentEntries.ts"
import type { Appservice } from "./Registration.ts"
import { telling, tellService, type Telling } from "./tellService.ts"
import { patiently } from "../operations/outages.ts"

/** Said with the id of a service that is known to be there again. */
export const awakeSubject = "appservices.awake"
/** Said by a node that holds services no more. */
const releasedSubject = "appservices.released"
const holdEvery = "10 seconds"

const start = Effect.gen(function* () {
  const metrics = yield* Metrics
  const bus = yield* Bus
  const appservices = yield* Appservices
  const cursors = yield* CursorStore
  const stream = yield* LogStream
  const live = yield* Ephemeral
  const tellings = new Map<string, Telling>()
  const recent = new RecentEntries()
  // First, as it is to come last: once nothing is told here any more.
  yield* Effect.addFinalizer(() => Effect.andThen(cursors.release, bus.publish(releasedSubject, "")))
  const fibers = yield* FiberMap.make<string, never, Lost>()

  const stop = Effect.fnUntraced(function* (id: string) {
    tellings.delete(id)
    yield* FiberMap.remove(fibers, id)
  })

  const begin = Effect.fnUntraced(function* (service: Appservice) {
    const begun = yield* telling(service)
    tellings.set(service.id, begun)
    const told = tellService(begun, recent).pipe(
      Effect.tapCause((cause) =>
        Effect.logWarning("telling an application service begins anew", cause, { appservice: service.id }),
      ),
    )
    yield* FiberMap.run(fibers, service.id, told)
  })

  /** Says that this node is alive, takes services that no node holds, and starts again what has stopped. */
  const holdOnce = Effect.gen(function* () {
    const services = appservices.all().filter(({ url }) => url !== undefined)
    const ids = services.map(({ id }) => id)
    const held = ids.length === 0 ? new Set<string>() : yield* cursors.hold(ids, stream.position())
    const mine = services.filter(({ id }) => held.has(id))
    for (const [id, { service }] of tellings) if (!mine.includes(service)) yield* stop(id)
    for (const service of mine) if (!(yield* FiberMap.has(fibers, service.id))) yield* begin(service)
    if (tellings.size === 0) recent.clear()
  })

  yield* stream.listen((batch) => {
    if (tellings.size === 0) return
    recent.push(batch)
    for (const { news } of tellings.values()) news.openUnsafe()
  })
  yield* live.listen(() => {
    for (const { service, news } of tellings.values()) if (service.receivesEphemeral) news.openUnsafe()
  })
  yield* bus.subscribe(awakeSubject, (id) => Effect.sync(() => void tellings.get(id)?.awake.openUnsafe()))
  yield* bus.subscribe(aliasesSubject, (roomId) =>
    Effect.sync(() => {
      for (const { interest } of tellings.values()) interest.forget(roomId as RoomId)
    }),
  )

  const behind = ({ done = stream.position() }: Telling) => stream.position() - done
  metrics.gauge("biz1_appservices_behind", "Log positions that the slowest application service has yet to take", () =>
    Math.max(0, ...[...tellings.values()].map(behind)),
  )

  const changed = Latch.makeUnsafe(false)
  yield* appservices.onChange(() => void changed.openUnsafe())
  yield* bus.subscribe(releasedSubject, () => Effect.sync(() => void changed.openUnsafe()))
  yield* holdOnce.pipe(
    patiently("hold the application services"),
    Effect.andThen(Effect.timeoutOption(changed.await, holdEvery)),
    Effect.andThen(Effect.sync(() => changed.closeUnsafe())),
    Effect.forever,
    Effect.forkScoped,
  )
})

export const tellServices = Layer.effectDiscard(start).pipe(Layer.provide(CursorStore.layer))
