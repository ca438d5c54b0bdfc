/** Media in a folder: `files/ab/cdef…` by hash, `thumbnails` alike, `incoming` for what is not whole yet. */
import { createHash, randomBytes } from "node:crypto"
import { type FileHandle, mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises"
import { dirname, join, resolve } from "node:path"
import { Readable } from "node:stream"
import { Clock, Data, Effect, Layer } from "effect"
import { TooLarge, Unavailable } from "@biz1/protocol/errors"
import { ServerConfig } from "../config.ts"
import type { ByteRange } from "./byteRange.ts"
import { BrokenOff, MediaStore } from "./MediaStore.ts"

/** What a killed server left of an upload is cleared away when it is older than any upload still going on elsewhere. */
const leftoverMs = 24 * 60 * 60_000

export const layerDisk = Layer.effect(
  MediaStore,
  Effect.gen(function* () {
    const { dataDir } = yield* ServerConfig
    const root = resolve(dataDir, "media")
    const incoming = join(root, "incoming")
    const newPath = () => join(incoming, randomBytes(16).toString("hex"))
    const pathOf = (kind: "files" | "thumbnails", sha256: string, ending = "") =>
      join(root, kind, sha256.slice(0, 2), sha256.slice(2) + ending)

    yield* Effect.promise(() => mkdir(incoming, { recursive: true }))
    yield* clearLeftovers(incoming)

    const put = Effect.fnUntraced(
      function* (bytes: AsyncIterable<Uint8Array>, maxBytes: number) {
        const path = newPath()
        return yield* Effect.acquireUseRelease(
          disk(() => open(path, "wx", 0o600)),
          (file) =>
            // Only while bytes are awaited may it be given up: after that it is kept, and its caller names it.
            Effect.interruptible(receive(bytes, maxBytes, file)).pipe(
              Effect.tap(({ sha256 }) => disk(() => moveDurably(path, pathOf("files", sha256)))),
            ),
          (file) =>
            Effect.promise(async () => {
              await file.close()
              await rm(path, { force: true })
            }),
        )
      },
      Effect.catchTag("DiskFailed", explain),
      Effect.uninterruptible,
    )

    /** Not synced: a thumbnail that a crash loses is made again. Nor is one missed that finds no room. */
    const putThumbnail = (sha256: string, name: string, bytes: Uint8Array) =>
      disk(async () => {
        const path = newPath()
        const to = pathOf("thumbnails", sha256, `-${name}`)
        try {
          await mkdir(dirname(to), { recursive: true })
          await writeFile(path, bytes, { flag: "wx", mode: 0o600 })
          await rename(path, to)
        } finally {
          await rm(path, { force: true })
        }
      }).pipe(Effect.ignore({ log: true }))

    return MediaStore.of({
      put,
      open: (sha256, range) =>
        Effect.promise(async () => {
          const path = pathOf("files", sha256)
          const found = await stat(path).catch(ifMissing)
          return found && Readable.from(read(path, range), { objectMode: false })
        }),
      remove: (sha256) =>
        Effect.promise(async () => {
          await rm(pathOf("files", sha256), { force: true })
          const folder = dirname(pathOf("thumbnails", sha256))
          const ofIt = ((await readdir(folder).catch(ifMissing)) ?? []).filter((name) =>
            name.startsWith(`${sha256.slice(2)}-`),
          )
          for (const name of ofIt) await rm(join(folder, name), { force: true })
        }),
      thumbnail: (sha256, name) =>
        Effect.promise(() => readFile(pathOf("thumbnails", sha256, `-${name}`)).catch(ifMissing)),
      putThumbnail,
    })
  }),
)

/** Writes what comes, and gives its hash when all of it is on the disk. */
const receive = (bytes: AsyncIterable<Uint8Array>, maxBytes: number, file: FileHandle) =>
  disk(async () => {
    const hash = createHash("sha256")
    let sizeBytes = 0
    for await (const chunk of namingBreaks(bytes)) {
      sizeBytes += chunk.length
      if (sizeBytes > maxBytes) throw new TooLarge({ error: `Files may have ${maxBytes} bytes at most` })
      hash.update(chunk)
      await file.appendFile(chunk)
    }
    await file.sync()
    return { sha256: hash.digest("hex"), sizeBytes }
  })

/** The disk did not do what it was told. */
class DiskFailed extends Data.TaggedError("DiskFailed")<{ readonly cause: unknown }> {}

const disk = <A>(work: () => Promise<A>) =>
  Effect.tryPromise({
    try: work,
    catch: (cause) => (cause instanceof TooLarge || cause instanceof BrokenOff ? cause : new DiskFailed({ cause })),
  })

/** Tells the source's failures from the disk's. */
async function* namingBreaks(bytes: AsyncIterable<Uint8Array>) {
  try {
    yield* bytes
  } catch (cause) {
    throw new BrokenOff({ cause })
  }
}

/** The file and every folder that names it are on the disk afterwards. The same file twice is the same file. */
const moveDurably = async (from: string, to: string) => {
  const folder = dirname(to)
  await mkdir(folder, { recursive: true })
  await rename(from, to)
  for (const path of [folder, dirname(folder), dirname(dirname(folder))]) {
    const handle = await open(path, "r")
    try {
      await handle.sync()
    } finally {
      await handle.close()
    }
  }
}

/** Nothing is open until somebody reads, so that an answer nobody takes costs no file descriptor. */
async function* read(path: string, range: ByteRange | undefined) {
  const file = await open(path, "r")
  yield* file.createReadStream(range && { start: range.first, end: range.last })
}

const clearLeftovers = Effect.fnUntraced(function* (incoming: string) {
  const now = yield* Clock.currentTimeMillis
  yield* Effect.promise(async () => {
    for (const name of await readdir(incoming)) {
      const path = join(incoming, name)
      const found = await stat(path).catch(ifMissing)
      if (found !== undefined && found.mtimeMs < now - leftoverMs) await rm(path, { force: true })
    }
  })
})

const codeOf = (error: unknown) => (error as NodeJS.ErrnoException).code

const ifMissing = (error: unknown) => {
  if (codeOf(error) === "ENOENT") return undefined
  throw error
}

/** A full disk is the operator's to mend, and no secret to the person who waits for the upload. */
const explain = ({ cause }: DiskFailed) =>
  ["ENOSPC", "EDQUOT"].includes(codeOf(cause) ?? "")
    ? Effect.logError("there is no room left for media").pipe(
        Effect.andThen(Effect.fail(new Unavailable({ error: "The server has no room left for files" }))),
      )
    : Effect.die(cause)
