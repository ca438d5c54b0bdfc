import { Effect } from "effect"
import * as contract from "@biz1/protocol/client/urlPreview"
import { Forbidden, NotFound } from "@biz1/protocol/errors"
import type { UserId } from "@biz1/protocol/ids"
import { ServerConfig } from "../config.ts"
import { handler } from "../http/Handler.ts"
import { Previews } from "../media/Previews.ts"

const preview = Effect.fnUntraced(function* (url: string, userId: UserId) {
  const { urlPreviews } = yield* ServerConfig
  if (!urlPreviews) return yield* new Forbidden({ error: "Previews of links are turned off on this server" })
  const found = yield* (yield* Previews).of(url, userId)
  return found ?? (yield* new NotFound({ error: "There is nothing to be learnt from that address" }))
})

export const getUrlPreviewAuthed = handler(contract.getUrlPreviewAuthed, ({ query, requester }) =>
  preview(query.url, requester.userId),
)

export const getUrlPreview = handler(contract.getUrlPreview, ({ query, requester }) =>
  preview(query.url, requester.userId),
)
