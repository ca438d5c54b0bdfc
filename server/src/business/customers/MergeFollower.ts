/**
 * Lets conversations follow merges of customers: what was linked with the loser is linked with the winner, and back when
 * the merge is undone. It reads the merges behind a cursor of its own, on one node at a time, so that none is followed
 * after its undoing; doing a step twice changes nothing.
 */
import { Effect, Layer } from "effect"
import { PgClient } from "@effect/sql-pg"
import { keyText, type Link, type RecordKey } from "@biz1/core/business/links"
import { type MergedCustomers, mergedLinks, unmergedLinks } from "@biz1/core/business/mergedLinks"
import type { RoomId } from "@biz1/protocol/ids"
import { following } from "../../log/following.ts"
import { LogStream } from "../../log/LogStream.ts"
import { ConversationStore } from "../conversations/ConversationStore.ts"
import { Links } from "../conversations/Links.ts"
import { linkTo, renewedLink, subjectOf } from "../conversations/opening.ts"
import { Records } from "../records/Records.ts"
import { RecordTypes } from "../types/RecordTypes.ts"

const consumer = "mergeFollower"
/** Names the lock under which one node follows. */
const followingLock = 4_217_031
const stepsAtOnce = 100

const customer = (id: string): RecordKey => ({ type: "customer", id })

const start = Effect.gen(function* () {
  const sql = yield* PgClient.PgClient
  const stream = yield* LogStream
  const records = yield* Records
  const types = yield* RecordTypes
  const links = yield* Links
  const store = yield* ConversationStore

  const changing = (roomId: RoomId, change: (before: ReadonlyArray<Link>) => ReadonlyArray<Link>) =>
    links
      .change(roomId, change)
      .pipe(Effect.catch((error) => Effect.logWarning("a conversation cannot follow a merge", error, { roomId })))

  const follow = Effect.fnUntraced(function* (merge: MergedCustomers, undone: boolean) {
    const { winner, loser } = merge
    const record = yield* records.find(customer(undone ? loser : winner))
    const type = (yield* types.find(["customer"])).get("customer")
    /** What came back is told of the record as it is by now. */
    const renewed = (link: Link) =>
      record === undefined || keyText(link) !== keyText(record) || link.disclosed["version"] === record.body.version
        ? link
        : renewedLink(record, link, type)
    for (const roomId of yield* store.linkedWith(customer(undone ? winner : loser))) {
      yield* changing(roomId, (before) => {
        if (undone) {
          const after = unmergedLinks(before, merge)
          return after === before ? before : after.map(renewed)
        }
        return mergedLinks(before, merge, (moved) => {
          const since = Number(moved.disclosed["since"])
          return record === undefined ? { ...moved, id: winner } : linkTo(subjectOf(record), moved.role, since)
        })
      })
    }
  })

  const followAll = Effect.gen(function* () {
    // What another node has moved just now has to be seen here before it is moved back.
    yield* stream.reach(Number.MAX_SAFE_INTEGER)
    yield* sql`INSERT INTO cursors (consumer, pos) VALUES (${consumer}, 0) ON CONFLICT DO NOTHING`
    const [cursor] = yield* sql`SELECT pos::float8 AS pos FROM cursors WHERE consumer = ${consumer}`
    const [from, upTo] = [BigInt(Number(cursor!["pos"])), stream.position()]
    const rows = yield* sql`SELECT s.pos::float8 AS pos, s.winner, s.loser, s.undoing, s.undone FROM (
        SELECT id AS pos, winner, loser, false AS undoing, undone_pos IS NOT NULL AS undone FROM customer_merges
        UNION ALL SELECT undone_pos, winner, loser, true, true FROM customer_merges WHERE undone_pos IS NOT NULL
      ) s WHERE pos > ${from} AND pos <= ${BigInt(upTo)} ORDER BY pos LIMIT ${stepsAtOnce}`
    for (const row of rows) {
      const undoing = row["undoing"] === true
      // A merge that is undone by now is not followed first.
      if (!undoing && row["undone"] === true) continue
      yield* follow({ winner: String(row["winner"]), loser: String(row["loser"]) }, undoing)
    }
    const reached = rows.length < stepsAtOnce ? upTo : Number(rows.at(-1)!["pos"])
    yield* sql`UPDATE cursors SET pos = ${BigInt(reached)} WHERE consumer = ${consumer} AND pos < ${BigInt(reached)}`
    return rows.length === stepsAtOnce
  })

  /** Nothing where another node is at it. The lock has a connection of its own: what is done meanwhile has others. */
  const step = Effect.scoped(
    Effect.gen(function* () {
      const connection = yield* sql.reserve
      const ask = (text: string) => connection.execute(text, [followingLock], undefined)
      const [row] = yield* ask("SELECT pg_try_advisory_lock($1) AS mine")
      if ((row as { readonly mine: boolean }).mine !== true) return false
      return yield* Effect.ensuring(followAll, Effect.orDie(ask("SELECT pg_advisory_unlock($1)")))
    }),
  ).pipe(Effect.orDie)

  yield* following({
    what: "let conversations follow merges",
    isNews: (entry) => entry.kind === "business" && entry.type.startsWith("customer."),
    step,
  })
})

export const mergeFollower = Layer.effectDiscard(start)
