/**
 * Small versions of pictures, made when first asked for. Pictures come from strangers: only formats that carry nothing
 * but pixels are decoded, of limited size, a few at a time. Spec: "Content repository", "Thumbnails".
 */
import { buffer } from "node:stream/consumers"
import { Context, Effect, Layer, Semaphore } from "effect"
import type { Metadata } from "sharp"
import { LimitExceeded, NotFound, TooLarge, Unknown } from "@biz1/protocol/errors"
import { headBytes, sniff } from "./contentType.ts"
import type { MediaFile } from "./MediaFile.ts"
import { MediaStore } from "./MediaStore.ts"
import { type ThumbnailSize, thumbnailSize, type Wanted } from "./thumbnailSize.ts"

export interface Thumbnail {
  readonly bytes: Buffer
  /** JPEG where nothing shows through and PNG where it does, WebP where it moves; or a small picture's own. */
  readonly contentType: string
}

const maxAtOnce = 2
const maxWaiting = 200
/** A phone's best picture has 50 megapixels. Decoding needs memory by the pixel, whatever the file's size. */
const maxPixels = 100_000_000
const maxSourceBytes = 50 * 1024 * 1024
const maxSeconds = 20

/** The decoder takes 20 MB of memory, so it is loaded for the first picture. */
const loadSharp = async () => {
  const { default: sharp } = await import("sharp")
  // For the whole process: no SVG, PDF or rare format is read, whatever a file pretends to be.
  sharp.block({ operation: ["VipsForeignLoad"] })
  sharp.unblock({
    operation: [
      "VipsForeignLoadJpeg",
      "VipsForeignLoadPng",
      "VipsForeignLoadNsgif",
      "VipsForeignLoadWebp",
      "VipsForeignLoadHeif",
    ],
  })
  // Every source is read once, and cores are left for everything else.
  sharp.cache(false)
  sharp.concurrency(1)
  return sharp
}
type Sharp = Awaited<ReturnType<typeof loadSharp>>

export class Thumbnails extends Context.Service<
  Thumbnails,
  {
    /** A thumbnail at least as large as wanted; the picture itself where that is not larger. */
    readonly of: (
      file: MediaFile,
      wanted: Wanted,
    ) => Effect.Effect<Thumbnail, Unknown | TooLarge | NotFound | LimitExceeded>
  }
>()("@biz1/server/media/Thumbnails") {
  static readonly layer = Layer.effect(
    this,
    Effect.gen(function* () {
      const store = yield* MediaStore
      const places = yield* Semaphore.make(maxAtOnce)
      const decoder = yield* Effect.cached(Effect.promise(loadSharp))
      let waiting = 0

      const kept = Effect.fnUntraced(function* (file: MediaFile, { keptAs }: ThumbnailSize) {
        const bytes = keptAs === undefined ? undefined : yield* store.thumbnail(file.sha256, keptAs)
        const contentType = typeOfKept(bytes)
        return bytes !== undefined && contentType !== undefined ? { bytes, contentType } : undefined
      })

      const make = Effect.fnUntraced(function* (file: MediaFile, size: ThumbnailSize) {
        const before = yield* kept(file, size) // whoever waited in front of us may have wanted the same
        if (before !== undefined) return before
        const stream = yield* store.open(file.sha256)
        if (stream === undefined) return yield* new NotFound({ error: "There is no such file" })
        const original = yield* Effect.promise(() => buffer(stream))
        const { made, isOriginal } = yield* render(yield* decoder, original, size)
        if (size.keptAs !== undefined && !isOriginal) yield* store.putThumbnail(file.sha256, size.keptAs, made.bytes)
        return made
      })

      const of = Effect.fnUntraced(function* (file: MediaFile, wanted: Wanted) {
        const size = thumbnailSize(wanted)
        const existing = yield* kept(file, size)
        if (existing !== undefined) return existing
        if (file.sizeBytes > maxSourceBytes) return yield* tooLarge
        if (waiting >= maxWaiting) {
          return yield* new LimitExceeded({ error: "Too many thumbnails are being made", retry_after_ms: 1000 })
        }
        waiting++
        return yield* places.withPermit(make(file, size)).pipe(Effect.ensuring(Effect.sync(() => waiting--)))
      })

      return Thumbnails.of({ of })
    }),
  )
}

const tooLarge = new TooLarge({ error: "This picture is too large to make a thumbnail of" })
const noPicture = new Unknown({ error: "There are no thumbnails of this kind of file, or its picture is damaged" })

/** The first byte tells apart the three types that we write; nothing else is one of ours, or not whole. */
const typeOfKept = (bytes: Buffer | undefined) =>
  new Map([
    [0xff, "image/jpeg"],
    [0x89, "image/png"],
    [0x52, "image/webp"],
  ]).get(bytes?.[0] ?? 0)

const decodable = new Set(["image/jpeg", "image/png", "image/apng", "image/gif", "image/webp", "image/avif"])

const render = Effect.fnUntraced(function* (sharp: Sharp, original: Buffer, size: ThumbnailSize) {
  const type = yield* Effect.promise(() => sniff(original.subarray(0, headBytes)))
  if (type === undefined || !decodable.has(type)) return yield* noPicture
  // The header alone, which decodes nothing: what it says decides.
  const about = yield* orDamaged(() => sharp(original, { limitInputPixels: false }).metadata())
  const { width, height } = about.autoOrient
  if (width * height > maxPixels) return yield* tooLarge

  const moves = type === "image/apng" || (about.pages ?? 1) > 1
  const fits = width <= size.width && height <= size.height
  // Formats that thumbnails may have. One that moves is the answer only to those who want it to.
  if (fits && (!moves || size.animated) && type !== "image/avif") {
    return { made: { bytes: original, contentType: type }, isOriginal: true }
  }
  const animated = size.animated && mayAnimate(about)
  const resized = sharp(original, { animated, autoOrient: true, failOn: "error", limitInputPixels: maxPixels })
    .timeout({ seconds: maxSeconds })
    .resize({
      width: size.width,
      height: size.height,
      fit: size.method === "crop" ? "cover" : "inside",
      withoutEnlargement: true,
    })
  const format = animated ? "webp" : about.hasAlpha ? "png" : "jpeg"
  const bytes = yield* orDamaged(() => resized.toFormat(format, animated ? { effort: 2 } : {}).toBuffer())
  return { made: { bytes, contentType: `image/${format}` }, isOriginal: false }
})

/** All frames are decoded as one tall picture. A picture with too many of them stands still. */
const mayAnimate = ({ width, height, pages = 1 }: Metadata) => pages > 1 && width * height * pages <= maxPixels

const orDamaged = <A>(decode: () => Promise<A>) => Effect.tryPromise({ try: decode, catch: () => noPicture })
