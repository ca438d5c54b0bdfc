import { assert, layer } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { TestClock } from "effect/testing"
import type { UserId } from "@biz1/protocol/ids"
import { freshDatabaseUrl } from "../../../test/support/postgres.ts"
import { Bus } from "../bus/Bus.ts"
import { Roles } from "../business/roles/Roles.ts"
import { ServerConfig } from "../config.ts"
import * as Database from "../store/Database.ts"
import { Accounts } from "./Accounts.ts"
import { LoginTokens } from "./LoginTokens.ts"

const shared = Layer.mergeAll(Accounts.layer, LoginTokens.layer).pipe(
  Layer.provide(Roles.layer),
  Layer.provideMerge(Layer.mergeAll(Database.layer, Bus.layerInProcess)),
  Layer.provideMerge(
    Layer.unwrap(
      Effect.sync(() => ServerConfig.layer({ DATABASE_URL: freshDatabaseUrl(), SERVER_NAME: "here.example" })),
    ),
  ),
)

const person = (name: string) =>
  Effect.gen(function* () {
    const userId = `@${name}:here.example` as UserId
    yield* (yield* Accounts).create(userId, { password: undefined, guest: false })
    return userId
  })

layer(shared)("a login token", (it) => {
  it.effect("is good once", () =>
    Effect.gen(function* () {
      const tokens = yield* LoginTokens
      const alice = yield* person("alice")
      const { login_token: token } = yield* tokens.issue(alice)
      assert.strictEqual(yield* tokens.use(token), alice)
      yield* Effect.flip(tokens.use(token))
      yield* Effect.flip(tokens.use("unknown"))
    }),
  )

  it.effect("is good for two minutes", () =>
    Effect.gen(function* () {
      const tokens = yield* LoginTokens
      const bob = yield* person("bob")
      const { login_token: early } = yield* tokens.issue(bob)
      const { login_token: late, expires_in_ms: lifetimeMs } = yield* tokens.issue(bob)
      yield* TestClock.adjust(lifetimeMs - 1)
      assert.strictEqual(yield* tokens.use(early), bob)
      yield* TestClock.adjust(1)
      yield* Effect.flip(tokens.use(late))
    }),
  )

  it.effect("is worth nothing once its account has ended", () =>
    Effect.gen(function* () {
      const tokens = yield* LoginTokens
      const carol = yield* person("carol")
      const { login_token: token } = yield* tokens.issue(carol)
      yield* (yield* Accounts).deactivate(carol, { erase: false })
      yield* Effect.flip(tokens.use(token))
    }),
  )
})
