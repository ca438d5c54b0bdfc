import { assert, layer } from "@effect/vitest"
import { Context, Effect, Exit, Layer } from "effect"
import { TestClock } from "effect/testing"
import type { DeviceId, UserId } from "@biz1/protocol/ids"
import { freshDatabaseUrl } from "../../../test/support/postgres.ts"
import { Bus } from "../bus/Bus.ts"
import { Roles } from "../business/roles/Roles.ts"
import { ServerConfig } from "../config.ts"
import { EventLog } from "../log/EventLog.ts"
import { LogReader } from "../log/LogReader.ts"
import { LogStream } from "../log/LogStream.ts"
import { Metrics } from "../operations/Metrics.ts"
import * as Database from "../store/Database.ts"
import { Accounts } from "./Accounts.ts"
import { Sessions } from "./Sessions.ts"

const shared = Layer.mergeAll(Accounts.layer, EventLog.layer).pipe(
  Layer.provide(Roles.layer),
  Layer.provideMerge(LogStream.layer),
  Layer.provideMerge(LogReader.layer),
  Layer.provideMerge(Layer.mergeAll(Database.layer, Bus.layerInProcess, Metrics.layer)),
  Layer.provideMerge(
    Layer.unwrap(
      Effect.sync(() => ServerConfig.layer({ DATABASE_URL: freshDatabaseUrl(), SERVER_NAME: "here.example" })),
    ),
  ),
)

const alice = "@alice:here.example" as UserId
const ip = "192.0.2.1"
const hour = 60 * 60_000

/** One more node, with a memory of its own. */
const node = Effect.map(Layer.build(Layer.fresh(Sessions.layer)), (built) => Context.get(built, Sessions))

layer(shared)("logins", (it) => {
  it.effect("that can be refreshed expire softly, others do not", () =>
    Effect.gen(function* () {
      const sessions = yield* node
      yield* (yield* Accounts).create(alice, { password: undefined, guest: false })
      const [lasting, passing] = [
        yield* sessions.login({ userId: alice }),
        yield* sessions.login({ userId: alice, refreshable: true }),
      ]
      assert.strictEqual(passing.expires_in_ms, hour)
      yield* TestClock.adjust(hour - 1)
      assert.strictEqual((yield* sessions.authenticate(passing.access_token, ip)).userId, alice)
      yield* TestClock.adjust(1)
      const refused = yield* Effect.flip(sessions.authenticate(passing.access_token, ip))
      assert.isTrue(refused.soft_logout)
      yield* sessions.authenticate(lasting.access_token, ip)

      const refreshed = yield* sessions.refresh(passing.refresh_token!)
      assert.strictEqual((yield* sessions.authenticate(refreshed.access_token, ip)).deviceId, passing.device_id)
    }),
  )

  it.effect("end on every node, whatever it remembers", () =>
    Effect.gen(function* () {
      const [here, there] = [yield* node, yield* node]
      const ending = yield* here.login({ userId: alice, deviceId: "PHONE" as DeviceId })
      const staying = yield* here.login({ userId: alice })
      for (const { access_token: token } of [ending, staying]) yield* there.authenticate(token, ip)

      yield* here.end(alice, { devices: [ending.device_id] })
      assert.strictEqual((yield* Effect.flip(here.authenticate(ending.access_token, ip)))._tag, "UnknownToken")
      yield* Effect.exit(there.authenticate(ending.access_token, ip)).pipe(Effect.repeat({ until: Exit.isFailure }))
      assert.strictEqual((yield* there.authenticate(staying.access_token, ip)).deviceId, staying.device_id)
    }),
  )

  it.effect("end but for the one that is kept", () =>
    Effect.gen(function* () {
      const sessions = yield* node
      const [kept, ended] = [yield* sessions.login({ userId: alice }), yield* sessions.login({ userId: alice })]
      yield* sessions.end(alice, { except: kept.device_id })
      assert.strictEqual((yield* sessions.authenticate(kept.access_token, ip)).deviceId, kept.device_id)
      assert.isUndefined((yield* Effect.flip(sessions.authenticate(ended.access_token, ip))).soft_logout)
    }),
  )
})
