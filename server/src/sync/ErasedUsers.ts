/**
 * People who have asked to be forgotten. Who was not in a room with them when they wrote something there finds it as if
 * it were redacted. Spec: client-server API, `erase` of "deactivateAccount".
 */
import { Context, Effect, Layer, Stream } from "effect"
import { PgClient } from "@effect/sql-pg"
import { redactedContent } from "@biz1/core/redact"
import type { RoomVersion } from "@biz1/core/roomVersion"
import type { UserId } from "@biz1/protocol/ids"
import { Bus } from "../bus/Bus.ts"
import type { SeenEntry } from "./SeenEvent.ts"
import type { Readable } from "./visibility.ts"

const subject = "users.erased"

export class ErasedUsers extends Context.Service<
  ErasedUsers,
  {
    readonly has: (userId: UserId) => boolean
    /** Tells every node of somebody whose account says so now. */
    readonly announce: (userId: UserId) => Effect.Effect<void>
  }
>()("@biz1/server/sync/ErasedUsers") {
  static readonly layer = Layer.effect(
    this,
    Effect.gen(function* () {
      const sql = yield* PgClient.PgClient
      const bus = yield* Bus
      const erased = new Set<UserId>()
      const load = sql`SELECT user_id FROM users WHERE erased`.pipe(
        Effect.map((rows) => rows.forEach((row) => erased.add(row["user_id"] as UserId))),
        Effect.orDie,
      )
      yield* bus.subscribe(subject, (userId) => Effect.sync(() => erased.add(userId as UserId)))
      yield* load
      yield* Effect.forkScoped(Stream.runForEach(bus.reconnected, () => load))
      return ErasedUsers.of({
        has: (userId) => erased.has(userId),
        announce: (userId) =>
          Effect.andThen(
            Effect.sync(() => erased.add(userId)),
            bus.publish(subject, userId),
          ),
      })
    }),
  )
}

type Erased = Pick<ErasedUsers["Service"], "has">

/** Before whom an event is shown. */
interface Before {
  readonly reader: { readonly userId: UserId }
  readonly readable: Pick<Readable, "membershipAt">
}

/** What somebody wrote at a place is gone for a reader. */
export const isGone = ({ has }: Erased, { reader, readable }: Before, sender: UserId, roomSeq: number) =>
  has(sender) && sender !== reader.userId && readable.membershipAt(roomSeq) !== "join"

/** The event as the reader may have it: itself, or its redacted copy. */
export const unlessErased = (
  erased: Erased,
  place: Before & { readonly room: { readonly version: RoomVersion } },
  entry: SeenEntry,
): SeenEntry => {
  const { event, replaces, roomSeq } = entry
  const gone = isGone(erased, place, event.sender, roomSeq)
  const before = replaces !== undefined && isGone(erased, place, replaces.sender, roomSeq)
  if (!(gone || before)) return entry
  const kept = <Shown extends SeenEntry["event"] | NonNullable<SeenEntry["replaces"]>>(shown: Shown): Shown => ({
    ...shown,
    content: redactedContent(event.type, shown.content, place.room.version),
  })
  return {
    ...entry,
    event: gone ? kept(event) : event,
    replaces: before ? kept(replaces) : replaces,
  }
}
