import type { IncomingMessage } from "node:http"
import { Effect } from "effect"
import * as contract from "@biz1/protocol/client/media"
import { NotFound, Unknown } from "@biz1/protocol/errors"
import { mxcUri } from "@biz1/protocol/mxc"
import { ServerConfig } from "../config.ts"
import { handler } from "../http/Handler.ts"
import { answer } from "../media/answer.ts"
import { contentDisposition } from "../media/contentDisposition.ts"
import { isInline } from "../media/contentType.ts"
import { Media, type Upload } from "../media/Media.ts"
import type { MediaFile } from "../media/MediaFile.ts"
import { MediaStore } from "../media/MediaStore.ts"
import { Thumbnails } from "../media/Thumbnails.ts"

export const createContent = handler(
  contract.createContent,
  Effect.fnUntraced(function* ({ requester }) {
    const { serverName } = yield* ServerConfig
    const { mediaId, expiresMs } = yield* (yield* Media).create(requester.userId)
    return { content_uri: mxcUri(serverName, mediaId), unused_expires_at: expiresMs }
  }),
)

export const uploadContent = handler(
  contract.uploadContent,
  Effect.fnUntraced(
    function* ({ query, requester, request }) {
      const { serverName } = yield* ServerConfig
      const mediaId = yield* (yield* Media).upload(requester.userId, uploadOf(request, query.filename))
      return { content_uri: mxcUri(serverName, mediaId) }
    },
    Effect.catchTag("BrokenOff", brokenOff),
  ),
)

export const uploadContentToMXC = handler(
  contract.uploadContentToMXC,
  Effect.fnUntraced(
    function* ({ params: { serverName, mediaId }, query, requester, request }) {
      const upload = uploadOf(request, query.filename)
      yield* (yield* Media).uploadTo(requester.userId, serverName, mediaId, upload)
      return {}
    },
    Effect.catchTag("BrokenOff", brokenOff),
  ),
)

/** Nobody is there to read it; still the request did not succeed. */
function brokenOff() {
  return Effect.fail(new Unknown({ error: "The upload ended before the file did" }))
}

const uploadOf = (request: IncomingMessage, name: string | undefined): Upload => {
  const { "content-length": length, "content-type": contentType } = request.headers
  return {
    // A refused upload must leave the connection open for the answer.
    bytes: request.iterator({ destroyOnReturn: false }),
    sizeBytes: length === undefined ? undefined : Number(length),
    contentType,
    name,
  }
}

export const getConfigAuthed = handler(
  contract.getConfigAuthed,
  Effect.fnUntraced(function* () {
    const { maxUploadBytes } = yield* ServerConfig
    return { "m.upload.size": maxUploadBytes }
  }),
)

const download = Effect.fnUntraced(function* (request: IncomingMessage, file: MediaFile, name: string | undefined) {
  const store = yield* MediaStore
  const served = {
    tag: file.sha256,
    sizeBytes: file.sizeBytes,
    contentType: file.contentType,
    disposition: contentDisposition(isInline(file.contentType) ? "inline" : "attachment", name),
  }
  return yield* answer(
    served,
    request.headers,
    Effect.fnUntraced(function* (range) {
      return (yield* store.open(file.sha256, range)) ?? (yield* new NotFound({ error: "There is no such file" }))
    }),
  )
})

export const getContentAuthed = handler(
  contract.getContentAuthed,
  Effect.fnUntraced(function* ({ params: { serverName, mediaId }, query, request }) {
    const file = yield* (yield* Media).find(serverName, mediaId, query.timeout_ms)
    return yield* download(request, file, file.name)
  }),
)

export const getContentOverrideNameAuthed = handler(
  contract.getContentOverrideNameAuthed,
  Effect.fnUntraced(function* ({ params: { serverName, mediaId, fileName }, query, request }) {
    const file = yield* (yield* Media).find(serverName, mediaId, query.timeout_ms)
    return yield* download(request, file, fileName)
  }),
)

export const getContentThumbnailAuthed = handler(
  contract.getContentThumbnailAuthed,
  Effect.fnUntraced(function* ({ params: { serverName, mediaId }, query, request }) {
    const { width, height, method = "scale", animated = false } = query
    const file = yield* (yield* Media).find(serverName, mediaId, query.timeout_ms)
    const { bytes, contentType } = yield* (yield* Thumbnails).of(file, { width, height, method, animated })
    const served = {
      tag: `${file.sha256}-${width}x${height}-${method}${animated ? "-animated" : ""}`,
      sizeBytes: bytes.length,
      contentType,
      disposition: contentDisposition("inline", `thumbnail.${contentType.slice("image/".length)}`),
    }
    return yield* answer(served, request.headers, (range) =>
      Effect.succeed(range === undefined ? bytes : bytes.subarray(range.first, range.last + 1)),
    )
  }),
)
