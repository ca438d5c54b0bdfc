/**
 * How far each application service has been told, and which node tells it. A node holds a service for a while and says
 * again and again that it still does; whatever it writes then is refused if somebody else holds the service by now.
 */
import { randomBytes } from "node:crypto"
import { Context, Effect, Layer, Schema } from "effect"
import { PgClient } from "@effect/sql-pg"
import { ServerConfig } from "../config.ts"
import { texts } from "../store/columns.ts"

/** Another node tells this service now. */
export class Lost extends Schema.TaggedError<Lost>()("Lost", {}) {}

/** A transaction on its way: what was given to the service, or perhaps was, must not change. */
export interface InFlight {
  readonly txnId: string
  readonly body: string
  /** Once it is delivered, everything up to here is. */
  readonly upTo: number
}

export interface Cursor {
  readonly pos: number
  readonly inFlight: InFlight | undefined
}

export class CursorStore extends Context.Service<
  CursorStore,
  {
    /** Begins at `position` with services that are new, and gives those that this node holds from now on. */
    readonly hold: (ids: ReadonlyArray<string>, position: number) => Effect.Effect<ReadonlySet<string>>
    readonly cursor: (id: string) => Effect.Effect<Cursor, Lost>
    /** Gives a transaction its id and keeps it until it is delivered. */
    readonly prepare: (id: string, body: string, upTo: number) => Effect.Effect<InFlight, Lost>
    /** Everything up to a position is delivered, or is none of the service's business. */
    readonly advance: (id: string, upTo: number) => Effect.Effect<void, Lost>
    /** Lets other nodes go on at once. */
    readonly release: Effect.Effect<void>
  }
>()("@biz1/server/appservice/CursorStore") {
  static readonly layer = Layer.effect(
    this,
    Effect.gen(function* () {
      const sql = yield* PgClient.PgClient
      const { natsUrl } = yield* ServerConfig
      const me = randomBytes(9).toString("base64url")
      /** A node without a bus has no others: what still holds is what was here before it. */
      let alone = natsUrl === undefined

      const hold = Effect.fnUntraced(function* (ids: ReadonlyArray<string>, position: number) {
        const epochs = ids.map(() => randomBytes(6).toString("base64url"))
        yield* sql`INSERT INTO appservice_cursors (id, epoch, pos)
          SELECT n.id, n.epoch, ${BigInt(position)} FROM unnest(${texts(ids)}::text[], ${texts(epochs)}::text[])
            AS n (id, epoch) WHERE NOT EXISTS (SELECT FROM appservice_cursors c WHERE c.id = n.id)
          ON CONFLICT DO NOTHING`
        const rows = yield* sql`UPDATE appservice_cursors SET holder = ${me}, held_until = now() + interval '30 seconds'
          WHERE id = ANY(${texts(ids)}::text[])
            AND (${alone} OR holder IS NULL OR holder = ${me} OR held_until < now()) RETURNING id`
        alone = false
        return new Set(rows.map((row) => String(row["id"])))
      }, Effect.orDie)

      const one = <A>(rows: ReadonlyArray<A>) =>
        rows[0] === undefined ? Effect.fail(new Lost()) : Effect.succeed(rows[0])

      return CursorStore.of({
        hold,
        cursor: Effect.fnUntraced(function* (id) {
          const row = yield* sql`SELECT pos::float8 AS pos, epoch, txn::text AS txn, body, body_pos::float8 AS body_pos
            FROM appservice_cursors WHERE id = ${id} AND holder = ${me}`.pipe(Effect.orDie, Effect.flatMap(one))
          const body = row["body"] as string | null
          return {
            pos: row["pos"] as number,
            inFlight:
              body === null
                ? undefined
                : { txnId: `${row["epoch"]}.${row["txn"]}`, body, upTo: row["body_pos"] as number },
          }
        }),
        prepare: Effect.fnUntraced(function* (id, body, upTo) {
          const row = yield* sql`UPDATE appservice_cursors SET txn = txn + 1, body = ${body}, body_pos = ${BigInt(upTo)}
            WHERE id = ${id} AND holder = ${me} AND body IS NULL RETURNING epoch, txn::text AS txn`.pipe(
            Effect.orDie,
            Effect.flatMap(one),
          )
          return { txnId: `${row["epoch"]}.${row["txn"]}`, body, upTo }
        }),
        advance: (id, upTo) =>
          sql`UPDATE appservice_cursors SET pos = ${BigInt(upTo)}, body = NULL, body_pos = NULL
            WHERE id = ${id} AND holder = ${me} RETURNING id`.pipe(Effect.orDie, Effect.flatMap(one), Effect.asVoid),
        release: sql`UPDATE appservice_cursors SET holder = NULL WHERE holder = ${me}`.pipe(
          Effect.orDie,
          Effect.asVoid,
        ),
      })
    }),
  )
}
