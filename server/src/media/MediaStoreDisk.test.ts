import { createHash } from "node:crypto"
import { mkdtempSync, readdirSync, rmSync, statSync, unlinkSync, utimesSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { buffer } from "node:stream/consumers"
import { assert, it } from "@effect/vitest"
import { Clock, Deferred, Effect, Fiber, Layer } from "effect"
import fc from "fast-check"
import { ServerConfig } from "../config.ts"
import { MediaStore } from "./MediaStore.ts"
import { layerDisk } from "./MediaStoreDisk.ts"

const storeIn = (folder: string) =>
  Effect.provide(MediaStore, layerDisk.pipe(Layer.provide(ServerConfig.layer({ DATA_DIR: folder }))))

const newFolder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "biz1-media-"))),
  (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true })),
)

const filesIn = (folder: string) =>
  readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((path) => statSync(join(folder, path)).isFile())

async function* inParts(...parts: ReadonlyArray<Uint8Array | Error>) {
  for (const part of parts) {
    if (part instanceof Error) throw part
    yield part
  }
}

it.live("gives back what was put, whole and in part, and keeps the same bytes once", () =>
  Effect.gen(function* () {
    const folder = yield* newFolder
    const store = yield* storeIn(folder)
    const run = Effect.runPromiseWith(yield* Effect.context())
    const parts = fc.array(fc.uint8Array({ maxLength: 3000 }), { maxLength: 5 })
    yield* Effect.promise(() =>
      fc.assert(
        fc.asyncProperty(parts, fc.nat(), fc.nat(), async (parts, from, to) => {
          const whole = Buffer.concat(parts)
          const { sha256, sizeBytes } = await run(store.put(inParts(...parts), 20_000))
          assert.deepStrictEqual([sha256, sizeBytes], [createHash("sha256").update(whole).digest("hex"), whole.length])
          const again = await run(store.put(inParts(whole), 20_000))
          assert.strictEqual(again.sha256, sha256)
          assert.isTrue(whole.equals(await buffer((await run(store.open(sha256)))!)))
          if (whole.length === 0) return
          const [first, last] = [from % whole.length, to % whole.length].sort((a, b) => a - b) as [number, number]
          const part = await buffer((await run(store.open(sha256, { first, last })))!)
          assert.isTrue(whole.subarray(first, last + 1).equals(part))
        }),
        { numRuns: 30 },
      ),
    )
    const names = filesIn(folder)
    assert.strictEqual(new Set(names).size, names.length)
    assert.isFalse(names.some((name) => name.includes("incoming")))
  }),
)

it.live("takes as many bytes as it may and not one more", () =>
  Effect.gen(function* () {
    const folder = yield* newFolder
    const store = yield* storeIn(folder)
    const error = yield* Effect.flip(store.put(inParts(Buffer.alloc(60), Buffer.alloc(41)), 100))
    assert.strictEqual(error._tag, "TooLarge")
    assert.deepStrictEqual(filesIn(folder), [])
    assert.strictEqual((yield* store.put(inParts(Buffer.alloc(60), Buffer.alloc(40)), 100)).sizeBytes, 100)
    assert.strictEqual((yield* store.put(inParts(), 100)).sizeBytes, 0)
  }),
)

it.live("leaves nothing of bytes that break off", () =>
  Effect.gen(function* () {
    const folder = yield* newFolder
    const store = yield* storeIn(folder)
    const error = yield* Effect.flip(store.put(inParts(Buffer.alloc(10), new Error("gone")), 100))
    assert.strictEqual(error._tag, "BrokenOff")
    assert.deepStrictEqual(filesIn(folder), [])
  }),
)

it.live("leaves nothing of an upload that is given up while it waits for bytes", () =>
  Effect.gen(function* () {
    const folder = yield* newFolder
    const store = yield* storeIn(folder)
    const waits = yield* Deferred.make<void>()
    async function* stalling() {
      yield Buffer.alloc(10)
      Deferred.doneUnsafe(waits, Effect.void)
      await new Promise(() => {})
    }
    const put = yield* Effect.forkChild(store.put(stalling(), 100))
    yield* Deferred.await(waits)
    assert.strictEqual(filesIn(folder).length, 1)
    yield* Fiber.interrupt(put)
    assert.deepStrictEqual(filesIn(folder), [])
  }),
)

it.live("knows that a file is gone", () =>
  Effect.gen(function* () {
    const folder = yield* newFolder
    const store = yield* storeIn(folder)
    const { sha256 } = yield* store.put(inParts(Buffer.from("here")), 100)
    for (const path of filesIn(folder)) unlinkSync(join(folder, path))
    assert.isUndefined(yield* store.open(sha256))
    assert.isUndefined(yield* store.thumbnail(sha256, "32x32-crop"))
  }),
)

it.live("keeps thumbnails beside the files", () =>
  Effect.gen(function* () {
    const folder = yield* newFolder
    const store = yield* storeIn(folder)
    const sha256 = "ab".repeat(32)
    yield* store.putThumbnail(sha256, "32x32-crop", Buffer.from("small"))
    assert.strictEqual((yield* store.thumbnail(sha256, "32x32-crop"))?.toString(), "small")
    assert.isUndefined(yield* store.thumbnail(sha256, "96x96-crop"))
    assert.strictEqual(filesIn(folder).length, 1)
  }),
)

it.live("clears away what a killed server left, and not what another one is writing", () =>
  Effect.gen(function* () {
    const folder = yield* newFolder
    yield* storeIn(folder)
    const incoming = join(folder, "media/incoming")
    writeFileSync(join(incoming, "old"), "")
    writeFileSync(join(incoming, "new"), "")
    const twoDaysAgo = (yield* Clock.currentTimeMillis) / 1000 - 48 * 60 * 60
    utimesSync(join(incoming, "old"), twoDaysAgo, twoDaysAgo)
    yield* storeIn(folder)
    assert.deepStrictEqual(readdirSync(incoming), ["new"])
  }),
)
