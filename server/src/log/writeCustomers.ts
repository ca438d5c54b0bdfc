/** The part of a commit that changes who the customers are. */
import type { PgClient } from "@effect/sql-pg"
import { sameAddress } from "@biz1/core/business/identity"
import { integers } from "../store/columns.ts"
import type { BusinessWrite, CustomerWrite } from "./LogEntry.ts"
import { columnsOf, type Positioned } from "./positioned.ts"

type Change = CustomerWrite["change"]

export const writeCustomers = (sql: PgClient.PgClient, rows: ReadonlyArray<Positioned<BusinessWrite>>) => {
  const turns = rows.flatMap(({ write, ord }) => write.customers!.turns.map((turn) => ({ write: turn, ord })))
  const ofKind = <Kind extends Change["kind"]>(kind: Kind) =>
    rows.flatMap(({ write: { customers, at }, ord }) => {
      const change = customers!.change
      return change.kind === kind ? [{ write: { ...(change as Extract<Change, { kind: Kind }>), at }, ord }] : []
    })
  const [made, gone, merges, undone] = [ofKind("identity"), ofKind("noIdentity"), ofKind("merge"), ofKind("undo")]
  const ords = (of: ReadonlyArray<Positioned<unknown>>) => integers(of.map(({ ord }) => ord))
  const identity = columnsOf(made)
  const removed = columnsOf(gone)
  const merge = columnsOf(merges)
  return sql`customer_turns_taken AS (
    INSERT INTO customer_turns (customer, seq) SELECT t.* FROM n, unnest(
      ${columnsOf(turns)(({ customer }) => customer)}::text[],
      ${integers(turns.map(({ write }) => write.seq))}::bigint[]
    ) AS t
  ), identities_made AS (
    INSERT INTO customer_identities (channel, account, address, same, customer, pos, at)
    SELECT i.channel, i.account, i.address, i.same, i.customer, n.base + i.ord, i.at FROM n, unnest(
      ${identity(({ channel }) => channel)}::text[],
      ${identity(({ account }) => account)}::text[],
      ${identity(({ address }) => address)}::text[],
      ${identity(({ address }) => sameAddress(address))}::text[],
      ${identity(({ customer }) => customer)}::text[],
      ${integers(made.map(({ write }) => write.at))}::bigint[],
      ${ords(made)}::bigint[]
    ) AS i (channel, account, address, same, customer, at, ord)
  ), identities_gone AS (
    DELETE FROM customer_identities i USING n, unnest(
      ${removed(({ channel }) => channel)}::text[],
      ${removed(({ account }) => account)}::text[],
      ${removed(({ address }) => address)}::text[]
    ) AS g (channel, account, address)
    WHERE i.channel = g.channel AND i.account = g.account AND i.address = g.address
  ), merges_made AS (
    INSERT INTO customer_merges (id, winner, loser, at)
    SELECT n.base + m.ord, m.winner, m.loser, m.at FROM n, unnest(
      ${merge(({ winner }) => winner)}::text[],
      ${merge(({ loser }) => loser)}::text[],
      ${integers(merges.map(({ write }) => write.at))}::bigint[],
      ${ords(merges)}::bigint[]
    ) AS m (winner, loser, at, ord)
  ), merges_undone AS (
    UPDATE customer_merges SET undone_pos = n.base + u.ord FROM n, unnest(
      ${integers(undone.map(({ write }) => write.merge))}::bigint[],
      ${ords(undone)}::bigint[]
    ) AS u (id, ord) WHERE customer_merges.id = u.id
  )`
}
