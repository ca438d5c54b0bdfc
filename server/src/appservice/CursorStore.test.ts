import { assert, layer } from "@effect/vitest"
import { Context, Effect, Layer } from "effect"
import { PgClient } from "@effect/sql-pg"
import { freshDatabaseUrl } from "../../../test/support/postgres.ts"
import { ServerConfig } from "../config.ts"
import * as Database from "../store/Database.ts"
import { CursorStore } from "./CursorStore.ts"

const shared = Database.layer.pipe(
  Layer.provideMerge(
    Layer.unwrap(
      Effect.sync(() => ServerConfig.layer({ DATABASE_URL: freshDatabaseUrl(), NATS_URL: "nats://127.0.0.1:1" })),
    ),
  ),
)

/** One more node. */
const node = Effect.map(Layer.build(Layer.fresh(CursorStore.layer)), (built) => Context.get(built, CursorStore))

let services = 0
const newService = () => `service${++services}`

layer(shared)("the cursor of an application service", (it) => {
  it.effect("is one node's until that node lets go", () =>
    Effect.gen(function* () {
      const [here, there] = [yield* node, yield* node]
      const id = newService()
      assert.deepStrictEqual([...(yield* here.hold([id], 7))], [id])
      assert.deepStrictEqual([...(yield* there.hold([id], 9))], [])
      assert.deepStrictEqual([...(yield* here.hold([id], 9))], [id])
      assert.deepStrictEqual(yield* here.cursor(id), { pos: 7, inFlight: undefined })
      yield* Effect.flip(there.cursor(id))
      yield* here.release
      assert.deepStrictEqual([...(yield* there.hold([id], 9))], [id])
      assert.strictEqual((yield* there.cursor(id)).pos, 7)
    }),
  )

  it.effect("is taken from a node that is silent, which can write no more", () =>
    Effect.gen(function* () {
      const sql = yield* PgClient.PgClient
      const [here, there] = [yield* node, yield* node]
      const id = newService()
      yield* here.hold([id], 0)
      const sent = yield* here.prepare(id, "{}", 5)
      yield* sql`UPDATE appservice_cursors SET held_until = now() - interval '1 second' WHERE id = ${id}`
      assert.deepStrictEqual([...(yield* there.hold([id], 0))], [id])
      yield* Effect.flip(here.advance(id, 5))
      assert.deepStrictEqual(yield* there.cursor(id), { pos: 0, inFlight: sent })
    }),
  )

  it.effect("keeps a transaction as it was until it is delivered, and never gives an id twice", () =>
    Effect.gen(function* () {
      const store = yield* node
      const id = newService()
      yield* store.hold([id], 0)
      const first = yield* store.prepare(id, '{"events":[1]}', 5)
      yield* Effect.flip(store.prepare(id, '{"events":[2]}', 6))
      assert.deepStrictEqual(yield* store.cursor(id), { pos: 0, inFlight: first })
      yield* store.advance(id, 5)
      assert.deepStrictEqual(yield* store.cursor(id), { pos: 5, inFlight: undefined })
      const second = yield* store.prepare(id, '{"events":[2]}', 6)
      assert.notStrictEqual(second.txnId, first.txnId)
    }),
  )
})
