import { randomBytes } from "node:crypto"
import { mkdtempSync, readdirSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { crc32 } from "node:zlib"
import { assert, describe, layer } from "@effect/vitest"
import { Context, Effect, Layer } from "effect"
import sharp from "sharp"
import { ServerConfig } from "../config.ts"
import { MediaStore } from "./MediaStore.ts"
import { layerDisk } from "./MediaStoreDisk.ts"
import { Thumbnails } from "./Thumbnails.ts"
import type { Wanted } from "./thumbnailSize.ts"

class Folder extends Context.Service<Folder, string>()("test/Folder") {
  static readonly layer = Layer.effect(
    this,
    Effect.acquireRelease(
      Effect.sync(() => mkdtempSync(join(tmpdir(), "biz1-media-"))),
      (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true })),
    ),
  )
}
const config = Layer.unwrap(Effect.map(Folder, (folder) => ServerConfig.layer({ DATA_DIR: folder })))
const services = Thumbnails.layer.pipe(
  Layer.provideMerge(layerDisk),
  Layer.provide(config),
  Layer.provideMerge(Folder.layer),
)

type Format = "jpeg" | "png" | "gif" | "webp" | "avif"
const picture = (width: number, height: number, format: Format, channels: 3 | 4 = 3) =>
  Effect.promise(() =>
    sharp({ create: { width, height, channels, background: { r: 200, g: 20, b: 20, alpha: 0.5 } } })
      .toFormat(format)
      .toBuffer(),
  )

const moving = Effect.promise(async () => {
  const frame = (background: string) =>
    sharp({ create: { width: 400, height: 300, channels: 3, background } })
      .png()
      .toBuffer()
  const frames = await Promise.all(["red", "green", "blue"].map(frame))
  return sharp(frames, { join: { animated: true } })
    .gif()
    .toBuffer()
})

/** A small PNG whose header claims 20,000 pixels in each direction. */
const bomb = Effect.map(picture(10, 10, "png"), (small) => {
  const bytes = Buffer.from(small)
  bytes.writeUInt32BE(20_000, 16)
  bytes.writeUInt32BE(20_000, 20)
  bytes.writeUInt32BE(crc32(bytes.subarray(12, 29)), 29)
  return bytes
})

const stored = Effect.fnUntraced(function* (bytes: Uint8Array) {
  async function* whole() {
    yield bytes
  }
  const file = yield* (yield* MediaStore).put(whole(), 1e9)
  return { ...file, contentType: "application/octet-stream", name: undefined }
})

const thumbnail = Effect.fnUntraced(function* (bytes: Uint8Array, wanted: Partial<Wanted>) {
  const file = yield* stored(bytes)
  const options: Wanted = { width: 320, height: 240, method: "scale", animated: false, ...wanted }
  return yield* (yield* Thumbnails).of(file, options)
})

const about = ({ bytes }: { readonly bytes: Buffer }) => Effect.promise(() => sharp(bytes).metadata())

layer(services)("thumbnails", (it) => {
  it.effect("scale a picture into the box, in its own shape", () =>
    Effect.gen(function* () {
      const made = yield* thumbnail(yield* picture(1000, 500, "jpeg"), {})
      const { width, height } = yield* about(made)
      assert.deepStrictEqual([width, height, made.contentType], [320, 160, "image/jpeg"])
    }),
  )

  it.effect("crop a picture into the shape asked for", () =>
    Effect.gen(function* () {
      const original = yield* picture(1000, 500, "jpeg")
      const square = yield* about(yield* thumbnail(original, { width: 32, height: 32, method: "crop" }))
      assert.deepStrictEqual([square.width, square.height], [32, 32])
      const odd = yield* about(yield* thumbnail(original, { width: 200, height: 50, method: "crop" }))
      assert.deepStrictEqual([odd.width, odd.height], [200, 50])
    }),
  )

  it.effect("keep what shows through", () =>
    Effect.gen(function* () {
      const made = yield* thumbnail(yield* picture(1000, 500, "webp", 4), {})
      assert.strictEqual(made.contentType, "image/png")
      assert.isTrue((yield* about(made)).hasAlpha)
    }),
  )

  it.effect("turn a photograph upright", () =>
    Effect.gen(function* () {
      const lying = yield* Effect.promise(() =>
        sharp({ create: { width: 800, height: 400, channels: 3, background: "red" } })
          .withExif({})
          .withMetadata({ orientation: 6 })
          .jpeg()
          .toBuffer(),
      )
      const { width, height, exif } = yield* about(yield* thumbnail(lying, {}))
      assert.deepStrictEqual([width, height, exif], [120, 240, undefined])
    }),
  )

  describe("of a picture that is not larger", () => {
    for (const format of ["jpeg", "png", "gif", "webp"] as const) {
      it.effect(`are the ${format} itself`, () =>
        Effect.gen(function* () {
          const original = yield* picture(40, 30, format)
          const made = yield* thumbnail(original, {})
          assert.isTrue(original.equals(made.bytes))
          assert.strictEqual(made.contentType, `image/${format}`)
        }),
      )
    }
    it.effect("have a format that thumbnails may have", () =>
      Effect.gen(function* () {
        const made = yield* thumbnail(yield* picture(40, 30, "avif"), {})
        assert.strictEqual(made.contentType, "image/jpeg")
        assert.strictEqual((yield* about(made)).width, 40)
      }),
    )
  })

  it.effect("move when asked to, and only then", () =>
    Effect.gen(function* () {
      const original = yield* moving
      const animated = yield* thumbnail(original, { animated: true, width: 96, height: 96, method: "crop" })
      assert.strictEqual(animated.contentType, "image/webp")
      assert.strictEqual((yield* about(animated)).pages, 3)
      const still = yield* thumbnail(original, { width: 96, height: 96, method: "crop" })
      assert.isUndefined((yield* about(still)).pages)
      const small = yield* thumbnail(original, { width: 800, height: 600 })
      assert.isUndefined((yield* about(small)).pages)
      const itself = yield* thumbnail(original, { width: 800, height: 600, animated: true })
      assert.isTrue(original.equals(itself.bytes))
    }),
  )

  it.effect("are kept for the sizes that are asked for again, and those alone", () =>
    Effect.gen(function* () {
      const names = (folder: string) =>
        readdirSync(join(folder, "media/thumbnails"), { recursive: true, encoding: "utf8" })
      const original = yield* picture(1000, 999, "png")
      const { sha256 } = yield* stored(original)
      const first = yield* thumbnail(original, { width: 50, height: 50, method: "crop" })
      const second = yield* thumbnail(original, { width: 60, height: 60, method: "crop" })
      yield* thumbnail(original, { width: 77, height: 55, method: "crop" })
      assert.isTrue(first.bytes.equals(second.bytes))
      const kept = names(yield* Folder).filter((name) => name.includes(sha256.slice(2)))
      assert.deepStrictEqual(kept, [`${sha256.slice(0, 2)}/${sha256.slice(2)}-96x96-crop`])
    }),
  )

  it.effect("are made again where a crash left half of one", () =>
    Effect.gen(function* () {
      const original = yield* picture(1000, 998, "png")
      const { sha256 } = yield* stored(original)
      yield* (yield* MediaStore).putThumbnail(sha256, "96x96-crop", Buffer.alloc(0))
      const made = yield* thumbnail(original, { width: 96, height: 96, method: "crop" })
      assert.strictEqual((yield* about(made)).width, 96)
    }),
  )

  describe("are refused for", () => {
    const refused = (name: string, bytes: Effect.Effect<Uint8Array>, tag: string) =>
      it.effect(name, () =>
        Effect.gen(function* () {
          const error = yield* Effect.flip(thumbnail(yield* bytes, {}))
          assert.strictEqual(error._tag, tag)
        }),
      )
    const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="900" height="900"><script>alert(1)</script></svg>'
    refused(
      "SVG",
      Effect.sync(() => Buffer.from(svg)),
      "Unknown",
    )
    refused(
      "SVG with a declaration",
      Effect.sync(() => Buffer.from(`<?xml version="1.0"?>${svg}`)),
      "Unknown",
    )
    refused(
      "PDF",
      Effect.sync(() => Buffer.from("%PDF-1.7\n%âãÏÓ\n1 0 obj")),
      "Unknown",
    )
    refused(
      "TIFF",
      Effect.sync(() => Buffer.from("49492a0008000000", "hex")),
      "Unknown",
    )
    refused(
      "what is encrypted",
      Effect.sync(() => randomBytes(5000)),
      "Unknown",
    )
    refused(
      "nothing",
      Effect.sync(() => Buffer.alloc(0)),
      "Unknown",
    )
    refused(
      "half a picture",
      Effect.map(picture(1000, 1000, "png"), (whole) => whole.subarray(0, 300)),
      "Unknown",
    )
    refused("a bomb of a few bytes that says it is enormous", bomb, "TooLarge")
  })

  it.effect("are refused for a file that is gone", () =>
    Effect.gen(function* () {
      const gone = { sha256: "cd".repeat(32), sizeBytes: 10, contentType: "image/png", name: undefined }
      const wanted: Wanted = { width: 32, height: 32, method: "crop", animated: false }
      assert.strictEqual((yield* Effect.flip((yield* Thumbnails).of(gone, wanted)))._tag, "NotFound")
    }),
  )
})
