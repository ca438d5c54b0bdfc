import { Effect } from "effect"
import * as contract from "@biz1/protocol/client/unauthenticatedMedia"
import { NotFound } from "@biz1/protocol/errors"
import { ServerConfig } from "../config.ts"
import { handler } from "../http/Handler.ts"

export const getConfig = handler(
  contract.getConfig,
  Effect.fnUntraced(function* () {
    const { maxUploadBytes } = yield* ServerConfig
    return { "m.upload.size": maxUploadBytes }
  }),
)

const frozen = () => Effect.fail(new NotFound({ error: "Files need a token: read them at /_matrix/client/v1/media" }))

export const getContent = handler(contract.getContent, frozen)
export const getContentOverrideName = handler(contract.getContentOverrideName, frozen)
export const getContentThumbnail = handler(contract.getContentThumbnail, frozen)
