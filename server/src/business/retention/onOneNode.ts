/** Work that one node does at a time: whoever holds it goes on, and another takes it over when that node is gone. */
import { randomBytes } from "node:crypto"
import { Effect } from "effect"
import { PgClient } from "@effect/sql-pg"
import { ServerConfig } from "../../config.ts"

const me = randomBytes(9).toString("base64url")

/**
 * Steps, until one says that there is no more; nothing while another node is at it. True where this node has done all.
 */
export const onOneNode = Effect.fnUntraced(function* <E, R>(name: string, step: Effect.Effect<boolean, E, R>) {
  const sql = yield* PgClient.PgClient
  const { natsUrl } = yield* ServerConfig
  yield* sql`INSERT INTO duties (name) VALUES (${name}) ON CONFLICT DO NOTHING`
  // A node without a bus has no others: who holds it was here before.
  const claim = sql`UPDATE duties SET holder = ${me}, held_until = now() + interval '30 seconds' WHERE name = ${name}
    AND (${natsUrl === undefined} OR holder IS NULL OR holder = ${me} OR held_until < now()) RETURNING name`
  const release = sql`UPDATE duties SET holder = NULL WHERE name = ${name} AND holder = ${me}`
  const keeping = Effect.forever(Effect.andThen(Effect.sleep("10 seconds"), claim))
  return yield* Effect.gen(function* () {
    for (;;) {
      if ((yield* claim).length === 0) return false
      if (!(yield* Effect.raceFirst(step, keeping))) return true
    }
  }).pipe(Effect.ensuring(Effect.ignore(release)))
})
