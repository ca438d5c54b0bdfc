/**
 * Tells application services what concerns them, in the order of the log and in one transaction after the other. A
 * transaction is stored before it leaves and goes out unchanged until it is accepted, whichever node or process does it;
 * only then the cursor moves on. Nobody waits for a service but its own queue, which is the log.
 */
import { Context, Effect, FiberMap, Latch, Layer } from "effect"
import { PgClient } from "@effect/sql-pg"
import type { DeviceId, RoomId, UserId } from "@biz1/protocol/ids"
import { Bus } from "../bus/Bus.ts"
import { ServerConfig } from "../config.ts"
import { LogReader } from "../log/LogReader.ts"
import { LogStream } from "../log/LogStream.ts"
import { Metrics } from "../operations/Metrics.ts"
import { aliasesSubject, Directory } from "../store/Directory.ts"
import { DeviceViews } from "../sync/DeviceViews.ts"
import { Ephemeral } from "../sync/Ephemeral.ts"
import type { RoomViews } from "../sync/RoomViews.ts"
import type { UserViews } from "../sync/UserViews.ts"
import { AppserviceClient } from "./AppserviceClient.ts"
import { Appservices } from "./Appservices.ts"
import { CursorStore, type InFlight, type Lost } from "./CursorStore.ts"
import { gather } from "./gather.ts"
import { RecentEntries } from "./RecentEntries.ts"
import { ownsUser, type Appservice } from "./Registration.ts"
import { RoomInterest } from "./RoomInterest.ts"

/** Said with the id of a service that is known to be there again. */
export const awakeSubject = "appservices.awake"
/** Said by a node that holds services no more. */
const releasedSubject = "appservices.released"
const holdEvery = "10 seconds"
/** What happens in so short a time goes into one transaction: under load they are few and full. */
const restBetween = "20 millis"
const entriesPerRead = 1000
/** How far the stored cursor may be behind where nothing concerned the service. */
const maxBehind = 10_000
const maxRetryMs = 5 * 60_000

interface Telling {
  readonly service: Appservice
  readonly interest: RoomInterest
  /** Up to where it has taken what concerns it; undefined before that is known. */
  done: number | undefined
  /** Opened when there may be something to tell. */
  readonly news: Latch.Latch
  /** Opened when the service is known to be there again. */
  readonly awake: Latch.Latch
}

export class Transactions extends Context.Service<Transactions, {}>()("@biz1/server/appservice/Transactions") {
  static readonly layer = Layer.effect(
    this,
    Effect.gen(function* () {
      const sql = yield* PgClient.PgClient
      const metrics = yield* Metrics
      const bus = yield* Bus
      const { serverName } = yield* ServerConfig
      const appservices = yield* Appservices
      const client = yield* AppserviceClient
      const cursors = yield* CursorStore
      const reader = yield* LogReader
      const stream = yield* LogStream
      const live = yield* Ephemeral
      const devices = yield* DeviceViews
      const directory = yield* Directory
      const needs = yield* Effect.context<UserViews | RoomViews | DeviceViews | Ephemeral | PgClient.PgClient>()
      const tellings = new Map<string, Telling>()
      const recent = new RecentEntries()

      const membersAt = (roomId: RoomId, position: number) =>
        sql`SELECT m.user_id FROM memberships m WHERE m.room_id = ${roomId}
          AND right(m.user_id, ${serverName.length + 1}) = ${`:${serverName}`}
          AND ((m.membership = 'join' AND m.since_pos <= ${BigInt(position)}) OR (m.since_pos > ${BigInt(position)} AND
            (SELECT e.json::json #>> '{content,membership}' FROM events e WHERE e.room_id = ${roomId}
              AND e.type = 'm.room.member' AND e.state_key = m.user_id AND e.pos <= ${BigInt(position)}
              ORDER BY e.pos DESC LIMIT 1) = 'join'))`.pipe(
          Effect.map((rows) => rows.map((row) => row["user_id"] as UserId)),
          Effect.orDie,
        )

      const entriesAfter = (position: number) => {
        const held = recent.after(position)
        if (held !== undefined) return Effect.succeed(held)
        return reader.batch(position + 1, Math.min(position + entriesPerRead, stream.position()))
      }

      /** Sends until it is accepted, more and more seldom; at once when the service says that it is there. */
      const deliver = Effect.fnUntraced(function* ({ service, awake }: Telling, { txnId, body }: InFlight) {
        for (let attempt = 0; ; attempt++) {
          awake.closeUnsafe()
          const problem = yield* client
            .request(service, {
              method: "PUT",
              path: `/_matrix/app/v1/transactions/${txnId}`,
              legacyPath: `/transactions/${txnId}`,
              body,
              timeout: "60 seconds",
            })
            .pipe(
              Effect.map(({ status }) => (status >= 200 && status < 300 ? undefined : `it answered with ${status}`)),
              Effect.catch((error) => Effect.succeed(error.message)),
            )
          if (problem === undefined) return
          const retryMs = Math.min(1000 * 2 ** attempt, maxRetryMs)
          yield* Effect.logWarning("an application service did not take a transaction", {
            appservice: service.id,
            problem,
            retryMs,
          })
          yield* Effect.timeoutOption(awake.await, retryMs)
        }
      })

      /** What the devices of the service got is theirs, and waits for them no more. */
      const forgetMessages = Effect.fnUntraced(function* (service: Appservice, after: number, upTo: number) {
        if (!service.receivesEncryption) return
        const rows = yield* sql`SELECT DISTINCT user_id, device_id FROM to_device
          WHERE pos > ${BigInt(after)} AND pos <= ${BigInt(upTo)}`.pipe(Effect.orDie)
        for (const row of rows) {
          const userId = row["user_id"] as UserId
          if (ownsUser(service, userId)) yield* devices.acknowledge(userId, row["device_id"] as DeviceId, upTo)
        }
      })

      const tell = Effect.fnUntraced(function* (telling: Telling) {
        const { service, interest, news } = telling
        const { pos, inFlight } = yield* cursors.cursor(service.id)
        let stored = pos
        const finish = Effect.fnUntraced(function* (transaction: InFlight) {
          yield* deliver(telling, transaction)
          yield* forgetMessages(service, stored, transaction.upTo)
          yield* cursors.advance(service.id, transaction.upTo)
          stored = transaction.upTo
          telling.done = stored
        })
        if (inFlight !== undefined) yield* finish(inFlight)
        let reached = stored
        telling.done = stored
        let ephemeralSince = live.counter()
        while (true) {
          news.closeUnsafe()
          while (reached < stream.position() || ephemeralSince < live.counter()) {
            const { entries, last } =
              reached < stream.position() ? yield* entriesAfter(reached) : { entries: [], last: reached }
            const gathered = yield* gather(service, interest, { entries, upTo: last, ephemeralSince }).pipe(
              Effect.provide(needs),
            )
            reached = gathered.upTo
            ephemeralSince = gathered.ephemeralUpTo
            if (gathered.body !== undefined) {
              yield* finish(yield* cursors.prepare(service.id, gathered.body, reached))
              yield* Effect.sleep(restBetween)
            } else if (reached - stored > maxBehind) {
              yield* cursors.advance(service.id, reached)
              stored = reached
            }
            telling.done = reached
          }
          yield* news.await
        }
      })

      const fibers = yield* FiberMap.make<string, never, Lost>()

      const stop = Effect.fnUntraced(function* (id: string) {
        tellings.delete(id)
        yield* FiberMap.remove(fibers, id)
      })

      const begin = Effect.fnUntraced(function* (service: Appservice) {
        const facts = { membersAt, aliasesOf: directory.aliasesOf }
        const telling: Telling = {
          service,
          interest: new RoomInterest(service, facts),
          done: undefined,
          news: Latch.makeUnsafe(false),
          awake: Latch.makeUnsafe(false),
        }
        tellings.set(service.id, telling)
        yield* FiberMap.run(
          fibers,
          service.id,
          tell(telling).pipe(
            Effect.tapCause((cause) =>
              Effect.logWarning("telling an application service begins anew", cause, { appservice: service.id }),
            ),
          ),
        )
      })

      /** Says that this node is alive, takes services that no node holds, and starts again what has stopped. */
      const holdOnce = Effect.gen(function* () {
        const services = appservices.all().filter(({ url }) => url !== undefined)
        const held =
          services.length === 0
            ? new Set<string>()
            : yield* cursors.hold(
                services.map(({ id }) => id),
                stream.position(),
              )
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
      metrics.gauge(
        "biz1_appservices_behind",
        "Log positions that the slowest application service has yet to take",
        () => Math.max(0, ...[...tellings.values()].map(behind)),
      )

      const changed = Latch.makeUnsafe(false)
      yield* appservices.onChange(() => void changed.openUnsafe())
      yield* bus.subscribe(releasedSubject, () => Effect.sync(() => void changed.openUnsafe()))
      yield* Effect.addFinalizer(() => Effect.andThen(cursors.release, bus.publish(releasedSubject, "")))
      yield* holdOnce.pipe(
        Effect.catchCause((cause) => Effect.logWarning("cannot hold the application services, trying again", cause)),
        Effect.andThen(Effect.timeoutOption(changed.await, holdEvery)),
        Effect.andThen(Effect.sync(() => changed.closeUnsafe())),
        Effect.forever,
        Effect.forkScoped,
      )
      return Transactions.of({})
    }),
  )
}
