/** Files of other servers: the one place that gets them. */
import { Context, Effect, Layer } from "effect"
import { NotFound, type NotYetUploaded } from "@biz1/protocol/errors"
import type { ServerName } from "@biz1/protocol/ids"
import type { MediaId } from "@biz1/protocol/mxc"
import type { MediaFile } from "./MediaFile.ts"

export class RemoteMedia extends Context.Service<
  RemoteMedia,
  {
    /** A file of another server, kept in our `MediaStore` by the time it is answered. */
    readonly find: (
      serverName: ServerName,
      mediaId: MediaId,
      timeoutMs: number,
    ) => Effect.Effect<MediaFile, NotFound | NotYetUploaded>
  }
>()("@biz1/server/media/RemoteMedia") {
  /** Without federation other servers' files cannot be had. */
  static readonly layerNone = Layer.succeed(
    this,
    RemoteMedia.of({ find: () => Effect.fail(new NotFound({ error: "Files of other servers cannot be had here" })) }),
  )
}
