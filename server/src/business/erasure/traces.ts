/** Where somebody has left something: their rooms, their accounts, their other names, and what of theirs is still there. */
import { Effect } from "effect"
import type { PgClient } from "@effect/sql-pg"
import { CONVERSATION, LANE, RECORDS } from "@biz1/protocol/business/names"
import type { RoomId, ServerName, UserId } from "@biz1/protocol/ids"
import type { JsonObject } from "@biz1/protocol/json"
import { texts } from "../../store/columns.ts"
import { decodeEventRow, eventColumns } from "../../store/eventRow.ts"

export type ErasureSubject = { readonly customer: string } | { readonly user: UserId }

export const subjectText = (subject: ErasureSubject) =>
  "customer" in subject ? `customer/${subject.customer}` : `user/${subject.user}`

export const subjectIn = (text: string): ErasureSubject =>
  text.startsWith("user/") ? { user: text.slice(5) as UserId } : { customer: text.slice(9) }

export interface Traces {
  /** Of a customer, all names that it has had. */
  readonly customers: ReadonlyArray<string>
  readonly users: ReadonlyArray<UserId>
  /** Conversations with the customer, and their lanes: all that was said there is about them. */
  readonly own: ReadonlyArray<RoomId>
  /** These, and others where they have written or are named. */
  readonly rooms: ReadonlyArray<RoomId>
}

/** State that says who or what a room is about. */
export const described: ReadonlyArray<string> = ["m.room.name", "m.room.topic", "m.room.avatar", CONVERSATION, LANE]

export const tracesOf = Effect.fnUntraced(function* (sql: PgClient.PgClient, subject: ErasureSubject) {
  const column = <Name extends string>(name: string) =>
    Effect.map((rows: ReadonlyArray<Readonly<Record<string, unknown>>>) => rows.map((row) => row[name] as Name))
  const customers =
    "user" in subject
      ? []
      : yield* sql`SELECT name FROM customer_names(${subject.customer}) AS name`.pipe(column<string>("name"))
  // Addresses in Matrix itself are accounts, here or elsewhere.
  const users =
    "user" in subject
      ? [subject.user]
      : yield* sql`SELECT DISTINCT address FROM customer_identities WHERE channel = 'matrix'
          AND customer = ANY(${texts(customers)}::text[])`.pipe(column<UserId>("address"))
  const own = yield* sql`WITH main AS (
      SELECT room_id FROM conversations WHERE primary_type = 'customer' AND primary_id = ANY(${texts(customers)}::text[])
      UNION SELECT room_id FROM conversation_keys WHERE split_part(unique_key, chr(31), 1) = 'support'
        AND split_part(unique_key, chr(31), 2) = ANY(${texts(customers)}::text[])
    ) SELECT room_id FROM main UNION SELECT c.room_id FROM conversations c JOIN main ON c.main_room = main.room_id
    ORDER BY room_id`.pipe(column<RoomId>("room_id"))
  const others = yield* sql`SELECT room_id FROM memberships WHERE user_id = ANY(${texts(users)}::text[])
    UNION SELECT room_id FROM record_links WHERE type = 'customer' AND id = ANY(${texts(customers)}::text[])
    ORDER BY room_id`.pipe(column<RoomId>("room_id"))
  return { customers, users, own, rooms: [...new Set([...own, ...others])] } satisfies Traces
})

/** The next events of a room that hold something of theirs: current descriptions excepted, which are written anew. */
export const eventsOf = (
  sql: PgClient.PgClient,
  { customers, users, own }: Traces,
  roomId: RoomId,
  { after, limit }: { readonly after: number; readonly limit: number },
) => {
  const isOwn = own.includes(roomId)
  const superseded = sql`NOT EXISTS (SELECT FROM current_state s WHERE s.event_id = e.event_id)`
  const links = texts(customers.map((customer) => JSON.stringify(`customer/${customer}`)))
  return sql`SELECT ${eventColumns(sql)} FROM events e
    WHERE e.room_id = ${roomId} AND e.room_seq > ${BigInt(after)} AND NOT e.emptied AND e.type <> 'm.room.redaction'
      AND ((e.state_key IS NULL AND (${isOwn} OR e.sender = ANY(${texts(users)}::text[])))
        OR (e.type = 'm.room.member' AND e.state_key = ANY(${texts(users)}::text[]))
        OR (${isOwn} AND e.type = ANY(${texts(described)}::text[]) AND ${superseded})
        OR (e.type = ${RECORDS} AND ${superseded}
          AND EXISTS (SELECT FROM unnest(${links}::text[]) AS l (name) WHERE strpos(e.json, l.name) > 0)))
    ORDER BY e.room_seq LIMIT ${limit}`.pipe(
    Effect.map((rows) => {
      const entries = rows.map(decodeEventRow)
      return {
        found: entries.filter(({ event }) => event.type !== "m.room.member" || !isBare(event.content)),
        next: rows.length < limit ? undefined : entries.at(-1)!.roomSeq,
      }
    }),
  )
}

/** Being or not being in a room says nothing else of somebody. */
const isBare = ({ membership: _, join_authorised_via_users_server: __, ...rest }: JsonObject) =>
  Object.keys(rest).length === 0

/** Who is told of redactions in these rooms: other servers, and the services whose users are in them. */
export const askedIn = Effect.fnUntraced(function* (
  sql: PgClient.PgClient,
  rooms: ReadonlyArray<RoomId>,
  ours: ServerName,
) {
  const servers =
    yield* sql`SELECT DISTINCT substring(user_id from position(':' in user_id) + 1) AS name FROM memberships
    WHERE room_id = ANY(${texts(rooms)}::text[]) ORDER BY name`
  const bridges = yield* sql`SELECT DISTINCT u.appservice_id AS name FROM memberships m JOIN users u USING (user_id)
    WHERE m.room_id = ANY(${texts(rooms)}::text[]) AND u.appservice_id IS NOT NULL ORDER BY name`
  return {
    servers: servers.map((row) => String(row["name"])).filter((name) => name !== ours),
    bridges: bridges.map((row) => String(row["name"])),
  }
})
