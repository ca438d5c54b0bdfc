/**
 * One statement that writes any number of log entries: a data-modifying CTE per table, each fed by arrays. Being one
 * statement it is one round trip and one transaction. The first CTE takes the positions and with them the lock that
 * keeps other nodes' commits in order.
 */
import { Effect } from "effect"
import type { PgClient } from "@effect/sql-pg"
import { relationOf } from "@biz1/core/relation"
import type { SqlError } from "effect/sql"
import { integers, texts } from "../store/columns.ts"
import { columnsOf, lastOf, type Positioned } from "./positioned.ts"
import { writeBusiness } from "./writeBusiness.ts"
import { writeCustomers } from "./writeCustomers.ts"
import { writeConversations } from "./writeConversations.ts"
import { type DeviceWrite, writeForDevices } from "./writeForDevices.ts"
import type { AccountDataWrite, BusinessWrite, EventWrite, ReceiptWrite, Write } from "./LogEntry.ts"

/** A list as the text of an array, for `::text[]`: event ids hold neither quotes nor backslashes worth keeping bare. */
const arrayText = (ids: ReadonlyArray<string>) => `{${ids.map((id) => JSON.stringify(id)).join(",")}}`

const isMessage = (write: Write) =>
  write.kind === "event" && write.newGroup === undefined && write.applies === undefined && write.records.length === 0

/** Commits the writes in their order and gives the position of the first. */
export const commit = (
  sql: PgClient.PgClient,
  writes: ReadonlyArray<Write>,
): Effect.Effect<number, SqlError.SqlError> => {
  const events: Array<Positioned<EventWrite>> = []
  const receipts: Array<Positioned<ReceiptWrite>> = []
  const accountData: Array<Positioned<AccountDataWrite>> = []
  const forDevices: Array<Positioned<DeviceWrite>> = []
  const business: Array<Positioned<BusinessWrite>> = []
  for (const [index, write] of writes.entries()) {
    const ord = index + 1
    if (write.kind === "event") events.push({ write, ord })
    else if (write.kind === "receipt") receipts.push({ write, ord })
    else if (write.kind === "accountData") accountData.push({ write, ord })
    else if (write.kind === "business") business.push({ write, ord })
    else forDevices.push({ write, ord })
  }
  const customers = business.filter(({ write }) => write.customers !== undefined)
  const positions = sql`n AS (
    UPDATE stream_position SET pos = pos + ${writes.length} WHERE id = 1 RETURNING pos - ${writes.length} AS base
  )`
  const inserted = insertEvents(sql, events)
  // Most commits carry messages alone: they skip the tables that only state, redactions and receipts touch.
  const statement = writes.every(isMessage)
    ? sql`WITH ${positions}, ${inserted} SELECT base::float8 AS base FROM n`
    : sql`WITH ${positions}, ${inserted}, ${insertState(sql, events)}, ${writeConversations(sql, events)},
        ${upsertReceipts(sql, receipts)},
        ${upsertAccountData(sql, accountData)}${forDevices.length === 0 ? sql`` : sql`, ${writeForDevices(sql, forDevices)}`}
        ${business.length === 0 ? sql`` : sql`, ${writeBusiness(sql, business)}`}
        ${customers.length === 0 ? sql`` : sql`, ${writeCustomers(sql, customers)}`}
        SELECT base::float8 AS base FROM n`
  return Effect.map(statement, (rows) => Number(rows[0]!["base"]) + 1)
}

const insertEvents = (sql: PgClient.PgClient, rows: ReadonlyArray<Positioned<EventWrite>>) => {
  const column = columnsOf(rows)
  const relations = rows.map(({ write }) => relationOf(write.event))
  const numbers = (of: (write: EventWrite) => number) => integers(rows.map(({ write }) => of(write)))
  return sql`written AS (
    INSERT INTO events (pos, event_id, room_id, room_seq, type, state_key, sender, depth, origin_server_ts, state_group,
      prev_events, auth_events, extremities, txn, redacts, redacted_by, relates_to, rel_type, json)
    SELECT n.base + e.ord, e.event_id, e.room_id, e.room_seq, e.type, e.state_key, e.sender, e.depth, e.ts, e.state_group,
      e.prev_events::text[], e.auth_events::text[], e.extremities::text[], e.txn, e.redacts, e.redacted_by,
      e.relates_to, e.rel_type, e.json
    FROM n, unnest(
      ${integers(rows.map(({ ord }) => ord))}::bigint[],
      ${column(({ event }) => event.eventId)}::text[],
      ${column(({ event }) => event.roomId)}::text[],
      ${numbers(({ roomSeq }) => roomSeq)}::bigint[],
      ${column(({ event }) => event.type)}::text[],
      ${column(({ event }) => event.stateKey ?? null)}::text[],
      ${column(({ event }) => event.sender)}::text[],
      ${numbers(({ event }) => event.depth)}::bigint[],
      ${numbers(({ event }) => event.originServerTs)}::bigint[],
      ${numbers(({ stateGroup }) => stateGroup)}::bigint[],
      ${column(({ event }) => arrayText(event.prevEvents))}::text[],
      ${column(({ event }) => arrayText(event.authEvents))}::text[],
      ${column(({ extremities }) => (extremities === undefined ? null : arrayText(extremities)))}::text[],
      ${column(({ txn }) => txn ?? null)}::text[],
      ${column(({ event }) => event.redacts ?? null)}::text[],
      ${column(({ redactedBy }) => redactedBy ?? null)}::text[],
      ${texts(relations.map((relation) => relation?.eventId ?? null))}::text[],
      ${texts(relations.map((relation) => relation?.relType ?? null))}::text[],
      ${column(({ json }) => json)}::text[]
    ) AS e (ord, event_id, room_id, room_seq, type, state_key, sender, depth, ts, state_group, prev_events, auth_events,
      extremities, txn, redacts, redacted_by, relates_to, rel_type, json)
  )`
}

const insertState = (sql: PgClient.PgClient, rows: ReadonlyArray<Positioned<EventWrite>>) => {
  const created = rows.filter(({ write }) => write.createsRoom !== undefined)
  const groups = rows.filter(({ write }) => write.newGroup !== undefined)
  const entries = groups.flatMap(({ write, ord }) =>
    write.newGroup!.entries.map((entry) => ({ write: { write, entry }, ord })),
  )
  const stateRow = ({ event }: EventWrite) => `${event.roomId}\0${event.type}\0${event.stateKey}`
  const current = lastOf(
    rows.filter(({ write }) => write.current),
    stateRow,
  )
  const members = current.filter(({ write }) => write.event.type === "m.room.member")
  // Who comes and goes in one batch has been in.
  const joined = new Set(
    rows.filter(({ write }) => write.event.content["membership"] === "join").map(({ write }) => stateRow(write)),
  )
  const redactions = rows.filter(({ write }) => write.applies !== undefined)

  const createdColumn = columnsOf(created)
  const groupColumn = columnsOf(groups)
  const entryColumn = columnsOf(entries)
  const currentColumn = columnsOf(current)
  const memberColumn = columnsOf(members)
  const redactionColumn = columnsOf(redactions)
  return sql`rooms_made AS (
    INSERT INTO rooms (room_id, version, created_ts)
    SELECT r.* FROM n, unnest(
      ${createdColumn(({ event }) => event.roomId)}::text[],
      ${createdColumn(({ createsRoom }) => createsRoom!)}::text[],
      ${integers(created.map(({ write }) => write.event.originServerTs))}::bigint[]
    ) AS r
  ), groups_made AS (
    INSERT INTO state_groups (room_id, state_group, base_group)
    SELECT g.* FROM n, unnest(
      ${groupColumn(({ event }) => event.roomId)}::text[],
      ${integers(groups.map(({ write }) => write.stateGroup))}::bigint[],
      ${integers(groups.map(({ write }) => write.newGroup!.base ?? null))}::bigint[]
    ) AS g
  ), entries_made AS (
    INSERT INTO state_group_entries (room_id, state_group, type, state_key, event_id)
    SELECT s.* FROM n, unnest(
      ${entryColumn(({ write }) => write.event.roomId)}::text[],
      ${integers(entries.map(({ write: { write } }) => write.stateGroup))}::bigint[],
      ${entryColumn(({ entry }) => entry[0])}::text[],
      ${entryColumn(({ entry }) => entry[1])}::text[],
      ${entryColumn(({ entry }) => entry[2])}::text[]
    ) AS s
  ), current_set AS (
    INSERT INTO current_state (room_id, type, state_key, event_id, pos)
    SELECT c.room_id, c.type, c.state_key, c.event_id, n.base + c.ord FROM n, unnest(
      ${currentColumn(({ event }) => event.roomId)}::text[],
      ${currentColumn(({ event }) => event.type)}::text[],
      ${currentColumn(({ event }) => event.stateKey!)}::text[],
      ${currentColumn(({ event }) => event.eventId)}::text[],
      ${integers(current.map(({ ord }) => ord))}::bigint[]
    ) AS c (room_id, type, state_key, event_id, ord)
    ON CONFLICT (room_id, type, state_key) DO UPDATE SET event_id = excluded.event_id, pos = excluded.pos
  ), members_set AS (
    INSERT INTO memberships (user_id, room_id, membership, event_id, sender, pos, since_pos, was_in)
    SELECT m.user_id, m.room_id, m.membership, m.event_id, m.sender, n.base + m.ord, n.base + m.ord, m.was_in
    FROM n, unnest(
      ${memberColumn(({ event }) => event.stateKey!)}::text[],
      ${memberColumn(({ event }) => event.roomId)}::text[],
      ${memberColumn(({ event }) => String(event.content["membership"]))}::text[],
      ${memberColumn(({ event }) => event.eventId)}::text[],
      ${memberColumn(({ event }) => event.sender)}::text[],
      ${integers(members.map(({ ord }) => ord))}::bigint[],
      ${integers(members.map(({ write }) => Number(joined.has(stateRow(write)))))}::int[]::boolean[]
    ) AS m (user_id, room_id, membership, event_id, sender, ord, was_in)
    ON CONFLICT (user_id, room_id) DO UPDATE SET membership = excluded.membership, event_id = excluded.event_id,
      sender = excluded.sender, pos = excluded.pos, forgotten = false,
      was_in = memberships.was_in OR excluded.was_in, since_pos =
        CASE WHEN memberships.membership = excluded.membership THEN memberships.since_pos ELSE excluded.since_pos END
  ), redacted AS (
    UPDATE events SET redacted_by = r.by FROM n, unnest(
      ${redactionColumn(({ applies }) => applies!)}::text[],
      ${redactionColumn(({ event }) => event.eventId)}::text[]
    ) AS r (target, by) WHERE events.event_id = r.target AND events.redacted_by IS NULL
  )`
}

const upsertReceipts = (sql: PgClient.PgClient, all: ReadonlyArray<Positioned<ReceiptWrite>>) => {
  // A receipt only moves forward, also where two come at once.
  const inOrder = all.toSorted((a, b) => a.write.eventPos - b.write.eventPos)
  const rows = lastOf(inOrder, (receipt) =>
    [receipt.roomId, receipt.userId, receipt.receiptType, receipt.threadId].join("\0"),
  )
  const column = columnsOf(rows)
  return sql`receipts_set AS (
    INSERT INTO receipts (room_id, user_id, receipt_type, thread_id, event_id, event_pos, ts, pos)
    SELECT r.room_id, r.user_id, r.receipt_type, r.thread_id, r.event_id, r.event_pos, r.ts, n.base + r.ord FROM n, unnest(
      ${column(({ roomId }) => roomId)}::text[],
      ${column(({ userId }) => userId)}::text[],
      ${column(({ receiptType }) => receiptType)}::text[],
      ${column(({ threadId }) => threadId)}::text[],
      ${column(({ eventId }) => eventId)}::text[],
      ${integers(rows.map(({ write }) => write.eventPos))}::bigint[],
      ${integers(rows.map(({ write }) => write.ts))}::bigint[],
      ${integers(rows.map(({ ord }) => ord))}::bigint[]
    ) AS r (room_id, user_id, receipt_type, thread_id, event_id, event_pos, ts, ord)
    ON CONFLICT (room_id, user_id, receipt_type, thread_id) DO UPDATE SET event_id = excluded.event_id,
      event_pos = excluded.event_pos, ts = excluded.ts, pos = excluded.pos
      WHERE receipts.event_pos <= excluded.event_pos
  )`
}

const upsertAccountData = (sql: PgClient.PgClient, all: ReadonlyArray<Positioned<AccountDataWrite>>) => {
  const rows = lastOf(all, (data) => [data.userId, data.roomId, data.type].join("\0"))
  const column = columnsOf(rows)
  return sql`account_data_set AS (
    INSERT INTO account_data (user_id, room_id, type, content, pos)
    SELECT a.user_id, a.room_id, a.type, a.content, n.base + a.ord FROM n, unnest(
      ${column(({ userId }) => userId)}::text[],
      ${column(({ roomId }) => roomId)}::text[],
      ${column(({ type }) => type)}::text[],
      ${column(({ content }) => JSON.stringify(content))}::text[],
      ${integers(rows.map(({ ord }) => ord))}::bigint[]
    ) AS a (user_id, room_id, type, content, ord)
    ON CONFLICT (user_id, room_id, type) DO UPDATE SET content = excluded.content, pos = excluded.pos
  )`
}
