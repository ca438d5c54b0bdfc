/** What stored events have to do with, for the rules to say whether a hold keeps them. */
import { Effect } from "effect"
import type { PgClient } from "@effect/sql-pg"
import type { Matter } from "@biz1/core/business/retention"
import { integers } from "../../store/columns.ts"

type About = readonly [type: string, id: string, customer: string | null]

/** By position. */
export const mattersOf = (sql: PgClient.PgClient, positions: ReadonlyArray<number>) =>
  positions.length === 0
    ? Effect.succeed(new Map<number, Matter>())
    : sql`SELECT e.pos::float8 AS pos, e.room_id, c.main_room, e.sender, e.state_key,
        (SELECT json_agg(DISTINCT customer_root(w.customer))::text FROM (
            SELECT i.customer FROM customer_identities i
              WHERE i.channel = 'matrix' AND i.address IN (e.sender, e.state_key)
            UNION SELECT split_part(k.unique_key, chr(31), 2) FROM conversation_keys k
              WHERE k.room_id IN (e.room_id, c.main_room) AND split_part(k.unique_key, chr(31), 1) = 'support'
          ) w) AS askers,
        (SELECT json_agg(jsonb_build_array(
              a.type, CASE WHEN a.type = 'customer' THEN customer_root(a.id) ELSE a.id END, customer_root(r.customer)
            ))::text FROM (
            SELECT type, id FROM message_records m WHERE m.pos = e.pos
            UNION SELECT type, id FROM record_links l WHERE l.room_id IN (e.room_id, c.main_room)
            UNION SELECT primary_type, primary_id FROM conversations p
              WHERE p.room_id IN (e.room_id, c.main_room) AND primary_type IS NOT NULL
          ) a LEFT JOIN records r USING (type, id)) AS about
      FROM events e LEFT JOIN conversations c USING (room_id)
      WHERE e.pos = ANY(${integers(positions)}::bigint[])`.pipe(
        Effect.map((rows) => new Map(rows.map((row) => [Number(row["pos"]), matterOf(row)]))),
      )

const matterOf = (row: Readonly<Record<string, unknown>>): Matter => {
  const list = <A>(column: string) => JSON.parse(String(row[column] ?? "[]")) as ReadonlyArray<A>
  const about = list<About>("about")
  return {
    rooms: [row["room_id"], row["main_room"]].filter((room) => room !== null).map(String),
    users: [row["sender"], row["state_key"]].filter((user) => user !== null).map(String),
    records: about.map(([type, id]) => ({ type, id })),
    customers: [
      ...list<string>("askers"),
      ...about.flatMap(([type, id, customer]) => [
        ...(type === "customer" ? [id] : []),
        ...(customer ? [customer] : []),
      ]),
    ],
  }
}
