/** The webhooks, how far each has been told, and their deliveries. Only the node that holds a webhook writes to it. */
import { randomBytes } from "node:crypto"
import { Context, Effect, Layer } from "effect"
import { PgClient } from "@effect/sql-pg"
import { ServerConfig } from "../../config.ts"
import { booleans, integers, texts } from "../../store/columns.ts"

export interface Webhook {
  readonly id: string
  readonly url: string
  readonly types: ReadonlyArray<string>
  readonly secrets: ReadonlyArray<string>
  readonly active: boolean
  readonly problem: string | undefined
  readonly pos: number
  readonly waiting: number
  readonly parked: number
}

export type DeliveryState = "waiting" | "delivered" | "parked"

export interface Delivery {
  readonly n: number
  readonly eventId: string
  readonly type: string
  readonly subject: string
  readonly body: string
  readonly state: DeliveryState
  readonly attempts: number
  readonly dueTs: number
  readonly outcome: string | undefined
}

export type NewDelivery = Pick<Delivery, "eventId" | "type" | "subject" | "body">

/** What came of an attempt. */
export interface Attempted {
  readonly n: number
  readonly state: DeliveryState
  readonly dueTs: number
  readonly outcome: string
}

export class WebhookStore extends Context.Service<
  WebhookStore,
  {
    readonly put: (
      hook: Pick<Webhook, "id" | "url" | "types" | "secrets" | "active">,
      pos: number,
    ) => Effect.Effect<void>
    readonly find: (id: string) => Effect.Effect<Webhook | undefined>
    readonly list: Effect.Effect<ReadonlyArray<Webhook>>
    readonly remove: (id: string) => Effect.Effect<boolean>
    readonly stop: (id: string, problem: string) => Effect.Effect<void>
    /** The active webhooks that this node holds from now on, for half a minute. */
    readonly hold: Effect.Effect<ReadonlyArray<Webhook>>
    readonly release: Effect.Effect<void>
    /** Queues deliveries, and with them remembers how far the feed was read. False where another node holds it. */
    readonly queue: (
      id: string,
      from: number,
      upTo: number,
      deliveries: ReadonlyArray<NewDelivery>,
      now: number,
    ) => Effect.Effect<boolean>
    /** Those whose turn it is: of each subject the first that waits. */
    readonly due: (id: string, now: number, limit: number) => Effect.Effect<ReadonlyArray<Delivery>>
    readonly attempted: (id: string, made: ReadonlyArray<Attempted>, now: number) => Effect.Effect<void>
    readonly deliveries: (
      id: string,
      options: {
        readonly before: number | undefined
        readonly state: DeliveryState | undefined
        readonly limit: number
      },
    ) => Effect.Effect<ReadonlyArray<Delivery>>
    readonly again: (id: string, n: number, now: number) => Effect.Effect<boolean>
    /** Forgets what was delivered before a time. */
    readonly forget: (before: number) => Effect.Effect<void>
  }
>()("@biz1/server/business/webhooks/WebhookStore") {
  static readonly layer = Layer.effect(
    this,
    Effect.gen(function* () {
      const sql = yield* PgClient.PgClient
      const { natsUrl } = yield* ServerConfig
      const me = randomBytes(9).toString("base64url")
      /** A node without a bus has no others: what still holds is what was here before it. */
      let alone = natsUrl === undefined

      const columns = sql.literal(`w.id, w.url, w.types, w.secrets, w.active, w.problem, w.pos::float8 AS pos,
        (SELECT count(*)::int FROM webhook_deliveries d WHERE d.webhook_id = w.id AND d.state = 'waiting') AS waiting,
        (SELECT count(*)::int FROM webhook_deliveries d WHERE d.webhook_id = w.id AND d.state = 'parked') AS parked`)
      const delivery = sql.literal(`n::float8 AS n, event_id, type, subject, body, state, attempts,
        due_ts::float8 AS due_ts, outcome`)

      return WebhookStore.of({
        put: ({ id, url, types, secrets, active }, pos) =>
          sql`INSERT INTO webhooks (id, url, types, secrets, active, pos)
            VALUES (${id}, ${url}, ${texts(types)}::text[], ${texts(secrets)}::text[], ${active}, ${BigInt(pos)})
            ON CONFLICT (id) DO UPDATE SET url = excluded.url, types = excluded.types, secrets = excluded.secrets,
              active = excluded.active, problem = NULL`.pipe(Effect.orDie, Effect.asVoid),
        find: (id) =>
          sql`SELECT ${columns} FROM webhooks w WHERE id = ${id}`.pipe(
            Effect.map((rows) => rows.map(decode)[0]),
            Effect.orDie,
          ),
        list: sql`SELECT ${columns} FROM webhooks w ORDER BY id`.pipe(
          Effect.map((rows) => rows.map(decode)),
          Effect.orDie,
        ),
        remove: (id) =>
          sql`DELETE FROM webhooks WHERE id = ${id} RETURNING id`.pipe(
            Effect.map((rows) => rows.length > 0),
            Effect.orDie,
          ),
        stop: (id, problem) =>
          sql`UPDATE webhooks SET active = false, problem = ${problem} WHERE id = ${id}`.pipe(
            Effect.orDie,
            Effect.asVoid,
          ),
        hold: Effect.gen(function* () {
          const rows = yield* sql`UPDATE webhooks SET holder = ${me}, held_until = now() + interval '30 seconds'
            WHERE active AND (${alone} OR holder IS NULL OR holder = ${me} OR held_until < now()) RETURNING id`
          alone = false
          const held = new Set(rows.map((row) => row["id"]))
          const all = yield* sql`SELECT ${columns} FROM webhooks w WHERE holder = ${me} AND active`
          return all.filter((row) => held.has(row["id"])).map(decode)
        }).pipe(Effect.orDie),
        release: sql`UPDATE webhooks SET holder = NULL WHERE holder = ${me}`.pipe(Effect.orDie, Effect.asVoid),
        queue: (id, from, upTo, deliveries, now) =>
          sql`WITH moved AS (
              UPDATE webhooks SET pos = ${BigInt(upTo)} WHERE id = ${id} AND holder = ${me} AND pos = ${BigInt(from)}
              RETURNING id
            ), queued AS (
              INSERT INTO webhook_deliveries (webhook_id, n, event_id, type, subject, body, due_ts)
              SELECT moved.id, coalesce((SELECT max(n) FROM webhook_deliveries WHERE webhook_id = ${id}), 0) + d.ord,
                d.event_id, d.type, d.subject, d.body, ${BigInt(now)}
              FROM moved, unnest(
                ${texts(deliveries.map(({ eventId }) => eventId))}::text[],
                ${texts(deliveries.map(({ type }) => type))}::text[],
                ${texts(deliveries.map(({ subject }) => subject))}::text[],
                ${texts(deliveries.map(({ body }) => body))}::text[]
              ) WITH ORDINALITY AS d (event_id, type, subject, body, ord)
            ) SELECT id FROM moved`.pipe(
            Effect.map((rows) => rows.length > 0),
            Effect.orDie,
          ),
        due: (id, now, limit) =>
          sql`SELECT * FROM (
              SELECT DISTINCT ON (subject) ${delivery} FROM webhook_deliveries
              WHERE webhook_id = ${id} AND state = 'waiting' ORDER BY subject, webhook_deliveries.n
            ) first WHERE due_ts <= ${now} ORDER BY n LIMIT ${limit}`.pipe(
            Effect.map((rows) => rows.map(decodeDelivery)),
            Effect.orDie,
          ),
        attempted: (id, made, now) =>
          sql`UPDATE webhook_deliveries d SET attempts = attempts + 1, state = m.state, due_ts = m.due_ts,
              outcome = m.outcome, done_ts = CASE WHEN m.delivered THEN ${BigInt(now)}::bigint END
            FROM unnest(
              ${integers(made.map(({ n }) => n))}::bigint[],
              ${texts(made.map(({ state }) => state))}::text[],
              ${integers(made.map(({ dueTs }) => dueTs))}::bigint[],
              ${texts(made.map(({ outcome }) => outcome))}::text[],
              ${booleans(made.map(({ state }) => state === "delivered"))}::boolean[]
            ) AS m (n, state, due_ts, outcome, delivered)
            WHERE d.webhook_id = ${id} AND d.n = m.n`.pipe(Effect.orDie, Effect.asVoid),
        deliveries: (id, { before, state, limit }) =>
          sql`SELECT ${delivery} FROM webhook_deliveries WHERE webhook_id = ${id}
              AND ${before === undefined ? sql`true` : sql`webhook_deliveries.n < ${BigInt(before)}`}
              AND ${state === undefined ? sql`true` : sql`state = ${state}`}
            ORDER BY webhook_deliveries.n DESC LIMIT ${limit}`.pipe(
            Effect.map((rows) => rows.map(decodeDelivery)),
            Effect.orDie,
          ),
        again: (id, n, now) =>
          sql`UPDATE webhook_deliveries SET state = 'waiting', attempts = 0, due_ts = ${BigInt(now)}, done_ts = NULL
            WHERE webhook_id = ${id} AND n = ${BigInt(n)} RETURNING n`.pipe(
            Effect.map((rows) => rows.length > 0),
            Effect.orDie,
          ),
        forget: (before) =>
          sql`DELETE FROM webhook_deliveries d WHERE done_ts < ${BigInt(before)} AND n < (
            SELECT max(n) FROM webhook_deliveries l WHERE l.webhook_id = d.webhook_id)`.pipe(
            Effect.orDie,
            Effect.asVoid,
          ),
      })
    }),
  )
}

type Row = Readonly<Record<string, unknown>>

const decode = (row: Row): Webhook => ({
  id: String(row["id"]),
  url: String(row["url"]),
  types: row["types"] as ReadonlyArray<string>,
  secrets: row["secrets"] as ReadonlyArray<string>,
  active: row["active"] === true,
  problem: (row["problem"] ?? undefined) as string | undefined,
  pos: Number(row["pos"]),
  waiting: Number(row["waiting"]),
  parked: Number(row["parked"]),
})

const decodeDelivery = (row: Row): Delivery => ({
  n: Number(row["n"]),
  eventId: String(row["event_id"]),
  type: String(row["type"]),
  subject: String(row["subject"]),
  body: String(row["body"]),
  state: row["state"] as DeliveryState,
  attempts: Number(row["attempts"]),
  dueTs: Number(row["due_ts"]),
  outcome: (row["outcome"] ?? undefined) as string | undefined,
})
