/**
 * Forgetting people and customers. Every piece is found by what is still there, so that after a crash, or asked again, the
 * work simply goes on; what has gone is counted in the same transaction in which it goes.
 */
import { Clock, Context, Effect, Exit, Fiber, Layer, Option, Schedule } from "effect"
import type { SqlError } from "effect/sql"
import { PgClient } from "@effect/sql-pg"
import type { Certificate } from "@biz1/protocol/business/erasures"
import { type RoomId, serverOf, type UserId } from "@biz1/protocol/ids"
import type { JsonObject } from "@biz1/protocol/json"
import type { SendError } from "../../conversation/Conversations.ts"
import { deactivate } from "../../client/account.ts"
import { ServerConfig } from "../../config.ts"
import { patiently } from "../../operations/outages.ts"
import { texts } from "../../store/columns.ts"
import { Audit } from "../audit/Audit.ts"
import { Holds } from "../retention/Holds.ts"
import { onOneNode } from "../retention/onOneNode.ts"
import { Removal } from "../retention/Removal.ts"
import { forgetAddresses, forgetDescriptions, forgetDrafts } from "./forgetCustomer.ts"
import { askedIn, type ErasureSubject, eventsOf, subjectIn, subjectText, type Traces, tracesOf } from "./traces.ts"

const eventsPerPiece = 100
const filesPerPiece = 100
/** How long who asks waits; the work goes on without them. */
const patience = "25 seconds"

type Counts = Pick<Certificate, "events" | "files" | "accounts" | "identities">
const nothing: Counts = { events: 0, files: 0, accounts: 0, identities: 0 }

type Needed =
  | Effect.Services<ReturnType<typeof deactivate>>
  | Effect.Services<ReturnType<typeof forgetDescriptions>>
  | Effect.Services<ReturnType<typeof forgetAddresses>>
  | PgClient.PgClient
  | ServerConfig

export class Erasures extends Context.Service<
  Erasures,
  {
    readonly isKnown: (subject: ErasureSubject) => Effect.Effect<boolean>
    /** What an erasure would find, and what holds would keep. */
    readonly preview: (subject: ErasureSubject) => Effect.Effect<Certificate>
    /** Erases, unless another node is at it; gives how far it has come. */
    readonly erase: (subject: ErasureSubject, by: string) => Effect.Effect<Certificate>
  }
>()("@biz1/server/business/erasure/Erasures") {
  static readonly layer = Layer.effect(
    this,
    Effect.gen(function* () {
      const sql = yield* PgClient.PgClient
      const removal = yield* Removal
      const holds = yield* Holds
      const audit = yield* Audit
      const { serverName, limits } = yield* ServerConfig
      const needed = yield* Effect.context<Needed>()

      const certificateOf = Effect.fnUntraced(function* (
        subject: ErasureSubject,
        state: Certificate["state"],
        traces: Traces,
        counts: Counts,
        rest: Pick<Certificate, "held" | "left">,
      ) {
        const at = new Date(yield* Clock.currentTimeMillis).toISOString()
        const asked = yield* askedIn(sql, traces.rooms, serverName)
        return { ...subject, state, at, rooms: traces.rooms.length, ...counts, ...rest, asked } satisfies Certificate
      })

      const heldAsAWhole = ({ customers, users }: Traces) => {
        const records = customers.map((id) => ({ type: "customer", id }))
        return holds.about({ customers, users, records, rooms: [] })
      }
      const ours = ({ users }: Traces) => users.filter((userId) => serverOf(userId) === serverName)
      const livingOf = (traces: Traces) =>
        sql`SELECT user_id FROM users WHERE user_id = ANY(${texts(ours(traces))}::text[]) AND NOT erased`.pipe(
          Effect.map((rows) => rows.map((row) => row["user_id"] as UserId)),
        )
      const identitiesOf = ({ customers }: Traces) =>
        sql`SELECT count(*)::int AS count FROM customer_identities WHERE customer = ANY(${texts(customers)}::text[])`.pipe(
          Effect.map((rows) => Number(rows[0]!["count"])),
        )
      const filesOf = (traces: Traces, after: string) =>
        sql`SELECT media_id FROM media WHERE user_id = ANY(${texts(ours(traces))}::text[]) AND media_id > ${after}
          ORDER BY media_id LIMIT ${filesPerPiece}`.pipe(
          Effect.map((rows) => rows.map((row) => String(row["media_id"]))),
        )

      /** Events that are left, and those among them that holds keep, by hold. */
      const survey = Effect.fnUntraced(function* (traces: Traces) {
        const held: Record<string, number> = {}
        let free = 0
        for (const roomId of traces.rooms) {
          for (let after: number | undefined = 0; after !== undefined;) {
            const page: Effect.Success<ReturnType<typeof eventsOf>> = yield* eventsOf(sql, traces, roomId, {
              after,
              limit: eventsPerPiece,
            })
            const { found, next } = page
            const on = yield* holds.on(found.map(({ pos }) => pos))
            for (const id of [...on.values()].flat()) held[id] = (held[id] ?? 0) + 1
            free += found.length - on.size
            after = next
          }
        }
        for (const id of yield* heldAsAWhole(traces)) held[id] ??= 0
        return { free, held }
      })

      const preview = Effect.fnUntraced(function* (subject: ErasureSubject) {
        const traces = yield* tracesOf(sql, subject)
        const { free, held } = yield* survey(traces)
        const [files] = yield* sql`SELECT count(*)::int AS count FROM media
          WHERE user_id = ANY(${texts(ours(traces))}::text[])`
        const counts = {
          events: free,
          files: Number(files!["count"]),
          accounts: (yield* livingOf(traces)).length,
          identities: yield* identitiesOf(traces),
        }
        return yield* certificateOf(subject, "preview", traces, counts, { held, left: 0 })
      }, Effect.orDie)

      /** Adds to what has gone, in the transaction in which it goes. */
      const counting = (key: string, gone: Effect.Effect<Partial<Counts>>) =>
        Effect.flatMap(gone, (more) => {
          const all = { ...nothing, ...more }
          return sql`UPDATE erasures SET certificate = (SELECT jsonb_object_agg(c.key, (c.value::text)::bigint
              + coalesce((${JSON.stringify(all)}::jsonb->>c.key)::bigint, 0))::text FROM jsonb_each(certificate::jsonb) AS c)
            WHERE subject = ${key}`
        }).pipe(sql.withTransaction, Effect.orDie)

      /** The next events of a room; gives where to go on. */
      const eraseEvents = Effect.fnUntraced(function* (key: string, traces: Traces, roomId: RoomId, after: number) {
        const { found, next } = yield* eventsOf(sql, traces, roomId, { after, limit: eventsPerPiece })
        const held = yield* holds.on(found.map(({ pos }) => pos))
        const free = found.filter(({ pos }) => !held.has(pos))
        const unredacted = free.filter(({ redactedBy }) => redactedBy === undefined)
        yield* removal.redact(roomId, unredacted, "Erased on request")
        const positions = free.map(({ pos }) => pos)
        yield* counting(key, removal.empty(positions, { files: true }))
        return next
      })

      const eraseFiles = Effect.fnUntraced(function* (key: string, traces: Traces, after: string) {
        const ids = yield* filesOf(traces, after)
        const files = ids.map((id) => `mxc://${serverName}/${id}`)
        yield* counting(
          key,
          Effect.map(removal.purge(files, []), (gone) => ({ files: gone })),
        )
        return ids.length < filesPerPiece ? undefined : ids.at(-1)!
      })

      const eraseAccounts = Effect.fnUntraced(function* (key: string, traces: Traces) {
        const [userId] = yield* livingOf(traces)
        if (userId === undefined) return undefined
        yield* deactivate(userId, true)
        yield* counting(key, Effect.succeed({ accounts: 1 }))
        return true
      })

      /** All there is to do, one small piece after the other; addresses last, for they lead to the rest. */
      const pieces = function* (
        key: string,
        traces: Traces,
        whole: boolean,
      ): Generator<Effect.Effect<unknown, SendError | SqlError.SqlError, Needed>> {
        if (whole) {
          yield forgetDrafts(traces)
          yield forgetDescriptions(traces)
        }
        for (const roomId of traces.rooms) {
          let next: number | undefined = 0
          while (next !== undefined) {
            yield Effect.map(eraseEvents(key, traces, roomId, next), (after) => void (next = after))
          }
        }
        if (!whole) return
        let more: true | undefined = true
        while (more) yield Effect.map(eraseAccounts(key, traces), (another) => void (more = another))
        let next: string | undefined = ""
        while (next !== undefined) {
          yield Effect.map(eraseFiles(key, traces, next), (after) => void (next = after))
        }
        yield Effect.flatMap(forgetAddresses(traces), (identities) => counting(key, Effect.succeed({ identities })))
      }

      const certify = Effect.fnUntraced(function* (subject: ErasureSubject, traces: Traces, finished: boolean) {
        const key = subjectText(subject)
        const { free, held } = yield* survey(traces)
        const [row] = yield* sql`SELECT certificate, asked_by FROM erasures WHERE subject = ${key}`
        const counts = JSON.parse(String(row!["certificate"])) as Counts
        const state = !finished ? "running" : Object.keys(held).length > 0 ? "held" : "done"
        const certificate = yield* certificateOf(subject, state, traces, counts, { held, left: finished ? free : 0 })
        if (!finished) return certificate
        yield* audit.record({
          actor: String(row!["asked_by"]),
          action: "erasure.certified",
          target: key,
          details: certificate as unknown as JsonObject,
        })
        yield* sql`UPDATE erasures SET state = ${state} WHERE subject = ${key}`
        return certificate
      })

      const goOn = Effect.fnUntraced(
        function* (subject: ErasureSubject) {
          const key = subjectText(subject)
          const traces = yield* tracesOf(sql, subject)
          const todo = pieces(key, traces, (yield* heldAsAWhole(traces)).length === 0)
          const step = Effect.suspend(() => {
            const { value, done } = todo.next()
            return done === true ? Effect.succeed(false) : Effect.as(value, true)
          })
          const finished = yield* onOneNode(`erasure of ${key}`, step)
          return yield* certify(subject, traces, finished)
        },
        Effect.provide(needed),
        Effect.orDie,
      )

      /** On this node each is worked on once. */
      const scope = yield* Effect.scope
      const running = new Map<string, Fiber.Fiber<Certificate>>()
      const work = Effect.fnUntraced(function* (subject: ErasureSubject) {
        const key = subjectText(subject)
        const before = running.get(key)
        if (before !== undefined) return before
        const fiber = yield* goOn(subject).pipe(
          Effect.ensuring(Effect.sync(() => running.delete(key))),
          Effect.forkIn(scope),
        )
        running.set(key, fiber)
        return fiber
      })

      /** What a crash, or a failure, has broken off. */
      const unfinished = sql`SELECT subject FROM erasures WHERE state = 'running' ORDER BY asked_ts`.pipe(
        Effect.flatMap((rows) =>
          Effect.forEach(rows, (row) => Effect.flatMap(work(subjectIn(String(row["subject"]))), Fiber.await)),
        ),
        // One that fails keeps no other from going on.
        Effect.flatMap((exits) => exits.find(Exit.isFailure) ?? Effect.void),
      )
      yield* unfinished.pipe(
        patiently("go on with erasures"),
        Effect.repeat(Schedule.spaced(`${limits["retention.seconds"]} seconds`)),
        Effect.forkScoped,
      )

      return Erasures.of({
        isKnown: (subject) =>
          ("user" in subject
            ? sql`SELECT FROM users WHERE user_id = ${subject.user}
                UNION ALL SELECT FROM memberships WHERE user_id = ${subject.user} LIMIT 1`
            : sql`SELECT FROM records WHERE type = 'customer' AND id = ${subject.customer}`
          ).pipe(
            Effect.map((rows) => rows.length > 0),
            Effect.orDie,
          ),
        preview,
        erase: Effect.fnUntraced(function* (subject, by) {
          const now = BigInt(yield* Clock.currentTimeMillis)
          yield* sql`INSERT INTO erasures (subject, state, asked_by, certificate, asked_ts)
            VALUES (${subjectText(subject)}, 'running', ${by}, ${JSON.stringify(nothing)}, ${now})
            ON CONFLICT (subject) DO UPDATE SET state = 'running', asked_by = excluded.asked_by`
          const done = yield* Effect.timeoutOption(Fiber.join(yield* work(subject)), patience)
          if (Option.isSome(done)) return done.value
          return yield* certify(subject, yield* tracesOf(sql, subject), false)
        }, Effect.orDie),
      })
    }),
  )
}
