import { assert, layer } from "@effect/vitest"
import { Context, Effect, Layer } from "effect"
import { PgClient } from "@effect/sql-pg"
import { freshDatabaseUrl } from "../../../test/support/postgres.ts"
import { Roles } from "../business/roles/Roles.ts"
import { Accounts } from "../auth/Accounts.ts"
import { Bus } from "../bus/Bus.ts"
import { ServerConfig } from "../config.ts"
import * as Database from "../store/Database.ts"
import { Appservices } from "./Appservices.ts"

const shared = Accounts.layer.pipe(
  Layer.provide(Roles.layer),
  Layer.provideMerge(Layer.mergeAll(Database.layer, Bus.layerInProcess)),
  Layer.provideMerge(
    Layer.unwrap(
      Effect.sync(() => ServerConfig.layer({ DATABASE_URL: freshDatabaseUrl(), SERVER_NAME: "here.example" })),
    ),
  ),
)

/** One more node, with a memory of its own. */
const node = Effect.map(Layer.build(Layer.fresh(Appservices.layer)), (built) => Context.get(built, Appservices))

const registration = (id: string) => ({
  id,
  url: "http://127.0.0.1:1/",
  as_token: `as-${id}`,
  hs_token: `hs-${id}`,
  sender_localpart: `${id}bot`,
  namespaces: { users: [{ exclusive: true, regex: `@_${id}_.*` }] },
  "org.example.unheard_of": true,
})

layer(shared)("application services added at run time", (it) => {
  it.effect("are known on every node, now and after a restart, until they are removed", () =>
    Effect.gen(function* () {
      const [here, there] = [yield* node, yield* node]
      yield* here.add(registration("irc"))
      yield* Effect.suspend(() => Effect.succeed(there.byToken("as-irc"))).pipe(
        Effect.repeat({ until: (found) => found !== undefined }),
      )
      assert.strictEqual(there.byId("irc")?.url, "http://127.0.0.1:1")
      assert.strictEqual((yield* node).byToken("as-irc")?.sender, "@ircbot:here.example")
      assert.deepStrictEqual(
        here.list().map(({ fromFile }) => fromFile),
        [false],
      )
      assert.isTrue(yield* there.remove("irc"))
      assert.isFalse(yield* there.remove("irc"))
      assert.isUndefined(there.byToken("as-irc"))
      yield* Effect.suspend(() => Effect.succeed(here.byToken("as-irc"))).pipe(
        Effect.repeat({ until: (found) => found === undefined }),
      )
    }),
  )

  it.effect("have a user of their own, who owns nothing", () =>
    Effect.gen(function* () {
      const sql = yield* PgClient.PgClient
      yield* (yield* node).add(registration("sms"))
      const rows = yield* sql`SELECT is_admin, appservice_id FROM users WHERE user_id = '@smsbot:here.example'`
      assert.deepStrictEqual(rows, [{ is_admin: false, appservice_id: "sms" }])
      assert.isTrue(yield* (yield* Accounts).isEmpty)
    }),
  )

  it.effect("are refused with a sentence where they clash or are wrong", () =>
    Effect.gen(function* () {
      const services = yield* node
      yield* services.add(registration("one"))
      const refusal = (change: object) =>
        Effect.map(Effect.flip(services.add({ ...registration("two"), ...change })), ({ message }) => message)
      assert.include(yield* refusal({ id: "one" }), "another one has the same id")
      assert.include(yield* refusal({ as_token: "as-one" }), "its as_token is the same as that of one")
      assert.include(yield* refusal({ sender_localpart: "onebot" }), "its sender_localpart is the same")
      assert.include(yield* refusal({ namespaces: { rooms: [{ regex: "(a*)*" }] } }), "cannot be used")
      assert.include(yield* refusal({ url: "ftp://example.org" }), "url")
      assert.isUndefined(services.byId("two"))
    }),
  )
})
