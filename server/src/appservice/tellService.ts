/**
 * Tells one application service what concerns it, in the order of the log and in one transaction after the other. A
 * transaction is stored before it leaves and goes out unchanged until it is accepted, whichever node or process does it;
 * only then the cursor moves on. Nobody waits for a service but its own queue, which is the log.
 */
import { Effect, Latch } from "effect"
import { PgClient } from "@effect/sql-pg"
import type { DeviceId, RoomId, UserId } from "@biz1/protocol/ids"
import { LogReader } from "../log/LogReader.ts"
import { LogStream } from "../log/LogStream.ts"
import { Directory } from "../store/Directory.ts"
import { MembershipStore } from "../store/MembershipStore.ts"
import { DeviceViews } from "../sync/DeviceViews.ts"
import { Ephemeral } from "../sync/Ephemeral.ts"
import { AppserviceClient } from "./AppserviceClient.ts"
import { CursorStore, type InFlight } from "./CursorStore.ts"
import { gather } from "./gather.ts"
import type { RecentEntries } from "./RecentEntries.ts"
import { ownsUser, type Appservice } from "./Registration.ts"
import { RoomInterest } from "./RoomInterest.ts"

/** What happens in so short a time goes into one transaction: under load they are few and full. */
const restBetween = "20 millis"
const entriesPerRead = 1000
/** How far the stored cursor may be behind where nothing concerned the service. */
const maxBehind = 10_000
const maxRetryMs = 5 * 60_000

/** A service that this node tells. */
export interface Telling {
  readonly service: Appservice
  readonly interest: RoomInterest
  /** Up to where it has taken what concerns it; undefined before that is known. */
  done: number | undefined
  /** Opened when there may be something to tell. */
  readonly news: Latch.Latch
  /** Opened when the service is known to be there again. */
  readonly awake: Latch.Latch
}

export const telling = Effect.fnUntraced(function* (service: Appservice) {
  const memberships = yield* MembershipStore
  const directory = yield* Directory
  const made: Telling = {
    service,
    interest: new RoomInterest(service, {
      membersAt: (roomId: RoomId, position: number) => memberships.joinedAt(roomId, service.serverName, position),
      aliasesOf: directory.aliasesOf,
    }),
    done: undefined,
    news: Latch.makeUnsafe(false),
    awake: Latch.makeUnsafe(false),
  }
  return made
})

/** Goes on until this node holds the service no more. */
export const tellService = Effect.fnUntraced(function* (telling: Telling, recent: RecentEntries) {
  const { service, interest, news } = telling
  const cursors = yield* CursorStore
  const stream = yield* LogStream
  const live = yield* Ephemeral
  const { pos, inFlight } = yield* cursors.cursor(service.id)
  let stored = pos
  const finish = Effect.fnUntraced(function* (transaction: InFlight) {
    yield* deliver(telling, transaction)
    yield* forgetMessages(service, stored, transaction.upTo)
    yield* cursors.advance(service.id, transaction.upTo)
    stored = transaction.upTo
    telling.done = stored
  })

  telling.done = stored
  if (inFlight !== undefined) yield* finish(inFlight)
  let reached = stored
  let ephemeralSince = live.counter()
  while (true) {
    news.closeUnsafe()
    while (reached < stream.position() || ephemeralSince < live.counter()) {
      const { entries, last } =
        reached < stream.position() ? yield* entriesAfter(recent, reached) : { entries: [], last: reached }
      const gathered = yield* gather(service, interest, { entries, upTo: last, ephemeralSince })
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

const entriesAfter = Effect.fnUntraced(function* (recent: RecentEntries, position: number) {
  const held = recent.after(position)
  if (held !== undefined) return held
  const last = (yield* LogStream).position()
  return yield* (yield* LogReader).batch(position + 1, Math.min(position + entriesPerRead, last))
})

/** Sends until it is accepted, more and more seldom; at once when the service says that it is there. */
const deliver = Effect.fnUntraced(function* ({ service, awake }: Telling, { txnId, body }: InFlight) {
  const client = yield* AppserviceClient
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
  const sql = yield* PgClient.PgClient
  const devices = yield* DeviceViews
  const rows = yield* sql`SELECT DISTINCT user_id, device_id FROM to_device
    WHERE pos > ${BigInt(after)} AND pos <= ${BigInt(upTo)}`.pipe(Effect.orDie)
  for (const row of rows) {
    const userId = row["user_id"] as UserId
    if (ownsUser(service, userId)) yield* devices.acknowledge(userId, row["device_id"] as DeviceId, upTo)
  }
})
