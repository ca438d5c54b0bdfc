/**
 * A column of many rows as one array parameter, for `unnest`. The driver infers an array's type from its values and
 * refuses one that holds only nulls, so the type is said here.
 */
import { PgTypes, type PgClient } from "@effect/sql-pg"
import { Result } from "effect"

export const texts = (values: ReadonlyArray<string | null>) =>
  Result.getOrThrow(PgTypes.array(values, PgTypes.OID.text))

export const booleans = (values: ReadonlyArray<boolean>) => Result.getOrThrow(PgTypes.array(values, PgTypes.OID.bool))

/** Whether a number column lies in one of some stretches, both ends with them. */
export const within = (
  sql: PgClient.PgClient,
  column: string,
  stretches: ReadonlyArray<readonly [from: number, to: number]>,
) => {
  const ends = (at: 0 | 1) => integers(stretches.map((stretch) => Math.min(stretch[at], Number.MAX_SAFE_INTEGER)))
  return sql`EXISTS (SELECT FROM unnest(${ends(0)}::bigint[], ${ends(1)}::bigint[]) AS s (first, last)
    WHERE ${sql.literal(column)} BETWEEN s.first AND s.last)`
}

export const integers = (values: ReadonlyArray<number | null>) =>
  Result.getOrThrow(
    PgTypes.array(
      values.map((value) => (value === null ? null : BigInt(value))),
      PgTypes.OID.int8,
    ),
  )
