import { Effect } from "effect"
import { getVersions as contract } from "@biz1/protocol/client/getVersions"
import { handler } from "../http/Handler.ts"

const versions = Array.from({ length: 11 }, (_, minor) => `v1.${minor + 1}`)

export const getVersions = handler(contract, () =>
  Effect.succeed({ versions: ["r0.6.1", ...versions], unstable_features: { "org.matrix.msc4115": true } }),
)
