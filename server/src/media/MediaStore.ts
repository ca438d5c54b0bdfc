/**
 * Where the bytes of media are kept: each file once, under the hash of what is in it, and thumbnails beside it, which can
 * be made again. Who may have a file, and under which names, is for `Media` to say.
 */
import type { Readable } from "node:stream"
import { Context, type Effect, Schema } from "effect"
import type { TooLarge, Unavailable } from "@biz1/protocol/errors"
import type { ByteRange } from "./byteRange.ts"

/** The bytes stopped coming before their end. */
export class BrokenOff extends Schema.TaggedError<BrokenOff>()("BrokenOff", { cause: Schema.Defect() }) {}

export interface StoredFile {
  /** In hex. */
  readonly sha256: string
  readonly sizeBytes: number
}

export class MediaStore extends Context.Service<
  MediaStore,
  {
    /** Takes bytes as they come, and is done when they are durable. A file that fails or is given up leaves nothing. */
    readonly put: (
      bytes: AsyncIterable<Uint8Array>,
      maxBytes: number,
    ) => Effect.Effect<StoredFile, TooLarge | BrokenOff | Unavailable>
    /** A file's bytes, opened when they are first read; undefined if the file is gone. */
    readonly open: (sha256: string, range?: ByteRange) => Effect.Effect<Readable | undefined>
    /** For good, with its thumbnails. */
    readonly remove: (sha256: string) => Effect.Effect<void>
    readonly thumbnail: (sha256: string, name: string) => Effect.Effect<Buffer | undefined>
    readonly putThumbnail: (sha256: string, name: string, bytes: Uint8Array) => Effect.Effect<void>
  }
>()("@biz1/server/media/MediaStore") {}
