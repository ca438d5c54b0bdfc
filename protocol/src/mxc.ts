/** Content URIs, `mxc://server/media-id`. Spec: "Matrix Content (mxc://) URIs" and its security considerations. */
import { Schema } from "effect"
import type { ServerName } from "./ids.ts"

/** Opaque; nothing in it can mean anything to a file system or a URL. */
export const MediaId = Schema.String.check(Schema.isPattern(/^[0-9A-Za-z_-]{1,255}$/)).pipe(Schema.brand("MediaId"))
export type MediaId = typeof MediaId.Type

export const mxcUri = (serverName: ServerName, mediaId: MediaId): string => `mxc://${serverName}/${mediaId}`
