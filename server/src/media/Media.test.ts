import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, layer } from "@effect/vitest"
import { Clock, Effect, Layer } from "effect"
import { TestClock } from "effect/testing"
import type { ServerName, UserId } from "@biz1/protocol/ids"
import { freshDatabaseUrl } from "../../../test/support/postgres.ts"
import { Bus } from "../bus/Bus.ts"
import { ServerConfig } from "../config.ts"
import * as Database from "../store/Database.ts"
import { Media } from "./Media.ts"
import { layerDisk } from "./MediaStoreDisk.ts"
import { RemoteMedia } from "./RemoteMedia.ts"

const config = Layer.unwrap(
  Effect.gen(function* () {
    const folder = yield* Effect.acquireRelease(
      Effect.sync(() => mkdtempSync(join(tmpdir(), "biz1-media-"))),
      (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true })),
    )
    return ServerConfig.layer({ DATA_DIR: folder, DATABASE_URL: freshDatabaseUrl(), SERVER_NAME: "here.example" })
  }),
)
const services = Media.layer.pipe(
  Layer.provide(Layer.mergeAll(layerDisk, Bus.layerInProcess, RemoteMedia.layerNone, Database.layer)),
  Layer.provide(config),
)

const here = "here.example" as ServerName
const alice = "@alice:here.example" as UserId
const file = () => ({
  bytes: (async function* () {
    yield Buffer.from("hello")
  })(),
  sizeBytes: undefined,
  contentType: "text/plain",
  name: undefined,
})

layer(services)("a created id", (it) => {
  it.effect("expires when it is not filled within a day", () =>
    Effect.gen(function* () {
      const media = yield* Media
      const { mediaId, expiresMs } = yield* media.create(alice)
      yield* TestClock.setTime(expiresMs)
      assert.strictEqual((yield* Effect.flip(media.uploadTo(alice, here, mediaId, file())))._tag, "NotFound")
      assert.strictEqual((yield* Effect.flip(media.find(here, mediaId)))._tag, "NotFound")
    }),
  )

  it.effect("lasts for ever once it is filled", () =>
    Effect.gen(function* () {
      const media = yield* Media
      const { mediaId, expiresMs } = yield* media.create(alice)
      yield* media.uploadTo(alice, here, mediaId, file())
      yield* TestClock.setTime(expiresMs + 1)
      yield* media.create(alice) // which clears expired ones away
      assert.strictEqual((yield* media.find(here, mediaId)).sizeBytes, 5)
    }),
  )

  it.effect("makes place for another when it expires", () =>
    Effect.gen(function* () {
      const media = yield* Media
      const busy = "@busy:here.example" as UserId
      for (let count = 0; count < 100; count++) yield* media.create(busy)
      const refused = yield* Effect.flip(media.create(busy))
      assert.isAtLeast(refused.retry_after_ms!, 1)
      yield* TestClock.setTime((yield* Clock.currentTimeMillis) + refused.retry_after_ms!)
      yield* media.create(busy)
    }),
  )
})
