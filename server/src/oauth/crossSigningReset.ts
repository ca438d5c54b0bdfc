/**
 * Who signed in through a browser has no password for an app to ask for: they allow a new encryption identity on the
 * account page. Spec: client-server API, "OAuth authentication" among the authentication types.
 */
import { Effect } from "effect"
import { Forbidden } from "@biz1/protocol/errors"
import type { UserId } from "@biz1/protocol/ids"
import { Interactive, type Asked } from "../auth/Interactive.ts"
import { passOwn } from "../auth/ownIdentity.ts"
import { ServerConfig } from "../config.ts"
import type { Requester } from "../http/Handler.ts"
import { accountActions, issuerOf, paths } from "./metadata.ts"
import { OAuthRecords } from "./OAuthRecords.ts"

const kind = "CrossSigningReset"
const allowedMs = 10 * 60_000

export const approveReset = Effect.fnUntraced(function* (userId: UserId) {
  yield* (yield* OAuthRecords).put(kind, userId, { content: {}, lifetimeMs: allowedMs, userId })
})

/** Both names: the second is from before it was stable. */
export const resetStages = ["m.oauth", "org.matrix.cross_signing_reset"] as const

export const passReset = Effect.fnUntraced(function* (asked: Asked & { readonly requester: Requester }) {
  const { requester } = asked
  const interactive = yield* Interactive
  const records = yield* OAuthRecords
  if (!(yield* records.holdsGrant(requester.userId, requester.deviceId))) {
    return yield* passOwn(asked)
  }
  if ((yield* records.take(kind, requester.userId)) !== undefined) {
    const { session, type } = asked.body.auth ?? {}
    if (session === undefined) return
    // Some clients name the stage once more, under the name that they know it by.
    yield* interactive.fulfil(session, resetStages.find((stage) => stage === type) ?? resetStages[0])
  }
  const url = `${new URL(paths.account, issuerOf(yield* ServerConfig)).href}?action=${accountActions.resetCrossSigning}`
  const notYet = () => Effect.fail(new Forbidden({ error: "Allow the reset on the page of your account first" }))
  yield* interactive.pass(asked, {
    flows: resetStages.map((stage) => [stage]),
    stages: Object.fromEntries(resetStages.map((stage) => [stage, notYet])),
    params: Object.fromEntries(resetStages.map((stage) => [stage, { url }])),
  })
})
