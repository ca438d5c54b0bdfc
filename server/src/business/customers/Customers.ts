/**
 * Who the customers are: the addresses that they write from, and which of them have turned out to be one. A customer that
 * was merged keeps what it has and is another name of the winner: whoever asks by it is answered of that one, and undoing
 * the merge is forgetting the name. Changes of one customer are made one after the other, on all nodes.
 */
import { Clock, Context, Effect, Layer, Semaphore } from "effect"
import { PgClient } from "@effect/sql-pg"
import { type Asked, type Hit, hitsOf, type Identity, normalAsked, sameAddress } from "@biz1/core/business/identity"
import type { RecordKey } from "@biz1/core/business/links"
import { InvalidParam, NotFound, UnknownConflict } from "@biz1/protocol/errors"
import { type Conflict, EventLog } from "../../log/EventLog.ts"
import type { BusinessWrite, CustomerWrite } from "../../log/LogEntry.ts"
import { texts } from "../../store/columns.ts"
import {
  type Candidate,
  decodeCandidate,
  decodeIdentity,
  decodeMerge,
  type KeptIdentity,
  type Merge,
} from "./customerRows.ts"

interface Page {
  readonly after: number | undefined
  readonly limit: number
}

export class Customers extends Context.Service<
  Customers,
  {
    /** What a record is by now: for customers that were merged the winner, for all else itself. */
    readonly current: (key: RecordKey) => Effect.Effect<RecordKey>
    /** All names of a customer, its own first. */
    readonly namesOf: (customer: string) => Effect.Effect<ReadonlyArray<string>>
    /** Whose addresses these are, the surest first. More than one are proposed for a merge. */
    readonly find: (asked: Asked) => Effect.Effect<ReadonlyArray<Hit>>
    readonly identities: (customer: string, page: Page) => Effect.Effect<ReadonlyArray<KeptIdentity>>
    readonly identity: (customer: string, identity: Identity) => Effect.Effect<KeptIdentity | undefined>
    readonly addIdentity: (
      customer: string,
      identity: Identity,
      cause: string,
    ) => Effect.Effect<
      { readonly added: boolean; readonly customer: string; readonly others: ReadonlyArray<string> },
      NotFound | UnknownConflict
    >
    /** False where the customer has no such address. */
    readonly removeIdentity: (customer: string, identity: Identity, cause: string) => Effect.Effect<boolean>
    readonly merge: (
      merge: { readonly winner: string; readonly loser: string },
      cause: string,
    ) => Effect.Effect<Merge, InvalidParam | NotFound | UnknownConflict>
    /** False where it is undone already. */
    readonly undo: (id: number, cause: string) => Effect.Effect<boolean, NotFound | UnknownConflict>
    readonly merges: (
      question: Page & { readonly customer?: string | undefined },
    ) => Effect.Effect<ReadonlyArray<Merge>>
    readonly candidates: (page: Page) => Effect.Effect<ReadonlyArray<Candidate>>
  }
>()("@biz1/server/business/customers/Customers") {
  static readonly layer = Layer.effect(
    this,
    Effect.gen(function* () {
      const sql = yield* PgClient.PgClient
      const log = yield* EventLog
      // On this node one at a time: of two that meet, the second would be decided anew in any case.
      const turn = yield* Semaphore.make(1)
      const identityColumns = sql.literal(`i.channel, i.account, i.address, customer_root(i.customer) AS customer,
        i.pos::float8 AS pos, i.at::float8 AS at`)
      const mergeColumns = sql.literal(`m.id::float8 AS id, m.winner, m.loser, m.at::float8 AS at,
        m.undone_pos IS NOT NULL AS undone`)

      const namesOf = (customer: string) =>
        sql`SELECT name FROM customer_names(${customer}) AS name`.pipe(
          Effect.map((rows) => rows.map((row) => String(row["name"]))),
          Effect.orDie,
        )

      const checkHere = Effect.fnUntraced(function* (customer: string) {
        const rows = yield* Effect.orDie(
          sql`SELECT FROM records WHERE type = 'customer' AND id = ${customer} AND deleted_ts IS NULL`,
        )
        if (rows.length === 0) return yield* new NotFound({ error: `There is no customer ${customer}` })
      })

      /** The turns that a change of these customers takes, as they stand. */
      const turnsOf = (customers: ReadonlyArray<string>) =>
        sql`SELECT c.customer, coalesce(max(t.seq), 0)::float8 AS seq FROM unnest(${texts(customers)}::text[]) AS c (customer)
          LEFT JOIN customer_turns t USING (customer) GROUP BY c.customer`.pipe(
          Effect.map((rows) => rows.map((row) => ({ customer: String(row["customer"]), seq: Number(row["seq"]) + 1 }))),
          Effect.orDie,
        )

      /** Who a customer is by now and the turn that a change of them takes, both read at once. */
      const nowOf = (given: string) =>
        sql`SELECT c.customer, coalesce(max(t.seq), 0)::float8 AS seq FROM (SELECT customer_root(${given}) AS customer) c
          LEFT JOIN customer_turns t USING (customer) GROUP BY c.customer`.pipe(
          Effect.map(([row]) => {
            const customer = String(row!["customer"])
            return { customer, turns: [{ customer, seq: Number(row!["seq"]) + 1 }] }
          }),
          Effect.orDie,
        )

      /** Whoever else has changed one of them meanwhile was first: then all is decided anew. */
      const inTurn = <A, E extends { readonly _tag: string }>(deciding: Effect.Effect<A, E | Conflict>) =>
        deciding.pipe(
          Effect.retry({ times: 20, while: (error) => error._tag === "Conflict" }),
          Effect.catchIf((error): error is Conflict => error._tag === "Conflict", Effect.die),
          turn.withPermits(1),
        )

      const write = Effect.fnUntraced(function* (
        news: Pick<BusinessWrite, "type" | "data" | "cause"> & { readonly customer: string },
        customers: CustomerWrite,
      ) {
        const { type, data, cause, customer } = news
        const at = yield* Clock.currentTimeMillis
        const subject = `customer/${customer}`
        const [entry] = yield* log.append([{ kind: "business", type, subject, data, cause, at, customers }])
        return { pos: entry!.pos, at }
      })

      /** Whatever may fit; how well it does, the rule says. */
      const fitting = (asked: Asked) =>
        sql`SELECT ${identityColumns} FROM customer_identities i WHERE channel = ${asked.channel}
            AND same = ANY(${texts(asked.addresses.map(sameAddress))}::text[])
          ORDER BY account = ${asked.account} DESC, pos LIMIT 100`.pipe(
          Effect.map((rows) => hitsOf(asked, rows.map(decodeIdentity))),
          Effect.orDie,
        )

      const propose = Effect.fnUntraced(function* (customer: string, others: ReadonlyArray<Hit>, asked: Asked) {
        if (others.length === 0) return
        const at = BigInt(yield* Clock.currentTimeMillis)
        const { channel, account, addresses } = asked
        yield* Effect.orDie(sql`INSERT INTO merge_candidates (one, other, match, channel, account, address, at)
          SELECT least(${customer}, o.id), greatest(${customer}, o.id), o.match, ${channel}, ${account}, ${addresses[0]!}, ${at}
          FROM unnest(
            ${texts(others.map((other) => other.customer))}::text[], ${texts(others.map(({ by }) => by))}::text[]
          ) AS o (id, match) ON CONFLICT DO NOTHING`)
      })

      const identity = (customer: string, { channel, account, address }: Identity) =>
        sql`SELECT ${identityColumns} FROM customer_identities i WHERE channel = ${channel} AND account = ${account}
            AND address = ${address} AND customer = ANY(ARRAY(SELECT customer_names(${customer})))`.pipe(
          Effect.map((rows) => rows.map(decodeIdentity)[0]),
          Effect.orDie,
        )

      const addIdentity = Effect.fnUntraced(function* (given: string, identity: Identity, cause: string) {
        const { channel, account, address } = identity
        const { customer, turns } = yield* nowOf(given)
        yield* checkHere(customer)
        const asked = { channel, account, addresses: [address] }
        const hits = yield* fitting(asked)
        const others = hits.filter((hit) => hit.customer !== customer)
        yield* propose(customer, others, asked)
        const owner = hits.find(({ by }) => by === "exact")
        if (owner !== undefined && owner.customer !== customer) {
          return yield* new UnknownConflict({ error: `This address belongs to the customer ${owner.customer}` })
        }
        if (owner === undefined) {
          const data = { customer, channel, account, address }
          yield* write(
            { type: "customer.identity_added", customer, data, cause },
            { turns, change: { kind: "identity", customer, ...identity } },
          )
        }
        return { added: owner === undefined, customer, others: others.map((hit) => hit.customer) }
      })

      const removeIdentity = Effect.fnUntraced(function* (given: string, one: Identity, cause: string) {
        const { customer, turns } = yield* nowOf(given)
        if ((yield* identity(customer, one)) === undefined) return false
        const { channel, account, address } = one
        yield* write(
          { type: "customer.identity_removed", customer, data: { customer, channel, account, address }, cause },
          { turns, change: { kind: "noIdentity", channel, account, address } },
        )
        return true
      })

      const standing = (loser: string) =>
        sql`SELECT ${mergeColumns} FROM customer_merges m WHERE loser = ${loser} AND undone_pos IS NULL`.pipe(
          Effect.map((rows) => rows.map(decodeMerge)[0]),
          Effect.orDie,
        )

      const merge = Effect.fnUntraced(function* (
        { winner, loser }: { readonly winner: string; readonly loser: string },
        cause: string,
      ) {
        if (winner === loser) {
          return yield* new InvalidParam({ error: "A customer cannot be merged into itself", field: "loser" })
        }
        const turns = yield* turnsOf([winner, loser])
        for (const customer of [winner, loser]) yield* checkHere(customer)
        const [before, above] = [yield* standing(loser), yield* standing(winner)]
        if (before?.winner === winner) return before
        for (const one of [before, above]) {
          if (one === undefined) continue
          const error = `The customer ${one.loser} has been merged into ${one.winner}: name that one, or undo the merge`
          return yield* new UnknownConflict({ error })
        }
        const { pos, at } = yield* write(
          { type: "customer.merged", customer: winner, data: { winner, loser }, cause },
          { turns, change: { kind: "merge", winner, loser } },
        )
        return { id: pos, winner, loser, at, undone: false }
      })

      const undo = Effect.fnUntraced(function* (id: number, cause: string) {
        const find = Effect.orDie(sql`SELECT ${mergeColumns} FROM customer_merges m WHERE id = ${BigInt(id)}`)
        const named = (yield* find).map(decodeMerge)[0]
        if (named === undefined) return yield* new NotFound({ error: "There is no such merge" })
        const { winner, loser } = named
        const turns = yield* turnsOf([winner, loser])
        if ((yield* find).map(decodeMerge)[0]!.undone) return false
        const above = yield* standing(winner)
        if (above !== undefined) {
          const error = `The customer ${winner} has been merged into ${above.winner} since: undo that before (${above.id})`
          return yield* new UnknownConflict({ error })
        }
        yield* write(
          { type: "customer.unmerged", customer: winner, data: { winner, loser, merge: id }, cause },
          { turns, change: { kind: "undo", merge: id } },
        )
        return true
      })

      return Customers.of({
        current: (key) =>
          key.type === "customer"
            ? sql`SELECT customer_root(${key.id}) AS id`.pipe(
                Effect.map(([row]) => ({ type: key.type, id: String(row!["id"]) })),
                Effect.orDie,
              )
            : Effect.succeed({ type: key.type, id: key.id }),
        namesOf,
        find: Effect.fnUntraced(function* (given) {
          const asked = normalAsked(given)
          const hits = yield* fitting(asked)
          const [first, ...others] = hits
          if (first !== undefined) yield* propose(first.customer, others, asked)
          return hits
        }),
        identities: (customer, { after, limit }) =>
          sql`SELECT ${identityColumns} FROM customer_identities i
            WHERE customer = ANY(ARRAY(SELECT customer_names(${customer}))) AND pos > ${BigInt(after ?? 0)}
            ORDER BY pos LIMIT ${limit}`.pipe(
            Effect.map((rows) => rows.map(decodeIdentity)),
            Effect.orDie,
          ),
        identity,
        addIdentity: (customer, one, cause) => inTurn(addIdentity(customer, one, cause)),
        removeIdentity: (customer, one, cause) => inTurn(removeIdentity(customer, one, cause)),
        merge: (one, cause) => inTurn(merge(one, cause)),
        undo: (id, cause) => inTurn(undo(id, cause)),
        merges: ({ customer, after, limit }) =>
          sql`SELECT ${mergeColumns} FROM customer_merges m WHERE id < ${BigInt(after ?? Number.MAX_SAFE_INTEGER)}
              AND ${customer === undefined ? sql`true` : sql`(winner = ${customer} OR loser = ${customer})`}
            ORDER BY id DESC LIMIT ${limit}`.pipe(
            Effect.map((rows) => rows.map(decodeMerge)),
            Effect.orDie,
          ),
        candidates: ({ after, limit }) =>
          sql`SELECT * FROM (
              SELECT id::float8 AS id, customer_root(one) AS one, customer_root(other) AS other, match, channel, account,
                address, at::float8 AS at FROM merge_candidates WHERE id > ${BigInt(after ?? 0)}
            ) c WHERE one <> other ORDER BY id LIMIT ${limit}`.pipe(
            Effect.map((rows) => rows.map(decodeCandidate)),
            Effect.orDie,
          ),
      })
    }),
  )
}
