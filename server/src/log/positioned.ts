/** Writes with their places in a commit's statement, as columns for `unnest`. */
import { texts } from "../store/columns.ts"

export interface Positioned<A> {
  readonly write: A
  /** 1-based place in the statement: the position is the base plus this. */
  readonly ord: number
}

export const columnsOf =
  <A>(rows: ReadonlyArray<Positioned<A>>) =>
  (column: (write: A) => string | null) =>
    texts(rows.map(({ write }) => column(write)))

/** Of writes to the same row only the last may reach an upsert. */
export const lastOf = <A>(rows: ReadonlyArray<Positioned<A>>, key: (write: A) => string) => [
  ...new Map(rows.map((row) => [key(row.write), row])).values(),
]
