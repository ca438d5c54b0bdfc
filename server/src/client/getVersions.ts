import { Effect } from "effect"
import { getVersions as contract } from "@biz1/protocol/client/getVersions"
import { handler } from "../http/Handler.ts"

const versions = Array.from({ length: 11 }, (_, minor) => `v1.${minor + 1}`)

/** What clients look for by names from before it was, or without it being, in the specification. */
const features = [
  "org.matrix.msc3202",
  "org.matrix.msc3814",
  "org.matrix.msc4108",
  "io.element.msc4388",
  "org.matrix.msc4115",
  "org.matrix.msc4140",
  "org.matrix.msc4222",
  "org.matrix.simplified_msc3575",
]

export const getVersions = handler(contract, () =>
  Effect.succeed({
    versions: ["r0.6.1", ...versions],
    unstable_features: Object.fromEntries(features.map((feature) => [feature, true])),
  }),
)
