/** The part of a commit that is about the business itself: what happened, and the records that changed with it. */
import type { PgClient } from "@effect/sql-pg"
import { integers } from "../store/columns.ts"
import { indexedWords } from "../store/words.ts"
import type { BusinessWrite, RecordWrite } from "./LogEntry.ts"
import { columnsOf, lastOf, type Positioned } from "./positioned.ts"

export const writeBusiness = (sql: PgClient.PgClient, rows: ReadonlyArray<Positioned<BusinessWrite>>) => {
  const ords = (of: ReadonlyArray<Positioned<unknown>>) => integers(of.map(({ ord }) => ord))
  const versions = rows.flatMap(({ write, ord }): ReadonlyArray<Positioned<RecordWrite>> =>
    write.record === undefined ? [] : [{ write: write.record, ord }],
  )
  const records = lastOf(versions, ({ type, id }) => `${type}/${id}`)
  const happened = columnsOf(rows)
  const version = columnsOf(versions)
  const record = columnsOf(records)
  const numbers = (of: ReadonlyArray<Positioned<RecordWrite>>, number: (write: RecordWrite) => number | null) =>
    integers(of.map(({ write }) => number(write)))
  return sql`business_made AS (
    INSERT INTO business_log (pos, type, subject, data, cause, at)
    SELECT n.base + b.ord, b.type, b.subject, b.data, b.cause, b.at FROM n, unnest(
      ${ords(rows)}::bigint[],
      ${happened(({ type }) => type)}::text[],
      ${happened(({ subject }) => subject)}::text[],
      ${happened(({ data }) => JSON.stringify(data))}::text[],
      ${happened(({ cause }) => cause ?? null)}::text[],
      ${integers(rows.map(({ write }) => write.at))}::bigint[]
    ) AS b (ord, type, subject, data, cause, at)
  ), versions_made AS (
    INSERT INTO record_versions (type, id, seq, version, pos)
    SELECT v.type, v.id, v.seq, v.version, n.base + v.ord FROM n, unnest(
      ${version(({ type }) => type)}::text[],
      ${version(({ id }) => id)}::text[],
      ${numbers(versions, ({ seq }) => seq)}::bigint[],
      ${numbers(versions, ({ body }) => body.version)}::bigint[],
      ${ords(versions)}::bigint[]
    ) AS v (type, id, seq, version, ord)
  ), records_set AS (
    INSERT INTO records (type, id, seq, version, number, title, status_kind, customer, parent_type, parent_id, people,
      visibility, words, json, updated_ts, deleted_ts, pos)
    SELECT r.type, r.id, r.seq, r.version, r.number, r.title, r.status_kind, r.customer, r.parent_type, r.parent_id,
      r.people::text[], r.visibility, array_to_tsvector(string_to_array(r.words, ' ')), r.json, r.updated_ts,
      r.deleted_ts, n.base + r.ord
    FROM n, unnest(
      ${record(({ type }) => type)}::text[],
      ${record(({ id }) => id)}::text[],
      ${numbers(records, ({ seq }) => seq)}::bigint[],
      ${numbers(records, ({ body }) => body.version)}::bigint[],
      ${record(({ body }) => body.number ?? null)}::text[],
      ${record(({ body }) => body.title)}::text[],
      ${record(({ body }) => body.statusKind)}::text[],
      ${record(({ body }) => body.customer?.id ?? null)}::text[],
      ${record(({ body }) => body.parent?.type ?? null)}::text[],
      ${record(({ body }) => body.parent?.id ?? null)}::text[],
      ${record(({ body }) => usersText(body))}::text[],
      ${record(({ body }) => body.visibility ?? null)}::text[],
      ${record(({ body }) => indexedWords(`${body.number ?? ""} ${body.title}`))}::text[],
      ${record(({ body }) => JSON.stringify(body))}::text[],
      ${numbers(records, ({ updatedTs }) => updatedTs)}::bigint[],
      ${numbers(records, ({ deletedTs }) => deletedTs ?? null)}::bigint[],
      ${ords(records)}::bigint[]
    ) AS r (type, id, seq, version, number, title, status_kind, customer, parent_type, parent_id, people, visibility,
      words, json, updated_ts, deleted_ts, ord)
    ON CONFLICT (type, id) DO UPDATE SET seq = excluded.seq, version = excluded.version, number = excluded.number,
      title = excluded.title, status_kind = excluded.status_kind, customer = excluded.customer,
      parent_type = excluded.parent_type, parent_id = excluded.parent_id, people = excluded.people,
      visibility = excluded.visibility, words = excluded.words, json = excluded.json,
      updated_ts = excluded.updated_ts, deleted_ts = excluded.deleted_ts, pos = excluded.pos
  )`
}

/** The users among a record's people, as the text of an array. */
const usersText = ({ people = [] }: RecordWrite["body"]) =>
  `{${[...new Set(people.flatMap(({ user }) => (user === undefined ? [] : [JSON.stringify(user)])))].join(",")}}`
