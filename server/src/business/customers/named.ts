/** Rows that are about a record, under whichever name: customers that were merged have several. */
import type { PgClient } from "@effect/sql-pg"
import type { RecordKey } from "@biz1/core/business/links"

/** `table` says whose columns `type` and `id` are meant. */
export const isAbout = (sql: PgClient.PgClient, { type, id }: RecordKey, table: string) => {
  const column = (name: string) => sql.literal(`${table}.${name}`)
  return type === "customer"
    ? sql`(${column("type")} = 'customer' AND ${column("id")} = ANY(ARRAY(SELECT customer_names(${id}))))`
    : sql`(${column("type")} = ${type} AND ${column("id")} = ${id})`
}
