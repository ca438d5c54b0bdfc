/**
 * A column of many rows as one array parameter, for `unnest`. The driver infers an array's type from its values and
 * refuses one that holds only nulls, so the type is said here.
 */
import { PgTypes } from "@effect/sql-pg"
import { Result } from "effect"

export const texts = (values: ReadonlyArray<string | null>) =>
  Result.getOrThrow(PgTypes.array(values, PgTypes.OID.text))

export const integers = (values: ReadonlyArray<number | null>) =>
  Result.getOrThrow(
    PgTypes.array(
      values.map((value) => (value === null ? null : BigInt(value))),
      PgTypes.OID.int8,
    ),
  )
