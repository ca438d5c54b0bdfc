/**
 * Where the OAuth 2.0 provider keeps its models. Tokens become the device's as they are issued, so that every other
 * operation knows them without asking here; a grant that is destroyed takes its device along.
 */
import { Clock, Effect } from "effect"
import type { Adapter, AdapterPayload } from "oidc-provider"
import type { UserId } from "@biz1/protocol/ids"
import type { JsonObject } from "@biz1/protocol/json"
import { Sessions } from "../auth/Sessions.ts"
import { type Found, OAuthRecords } from "./OAuthRecords.ts"
import { deviceOf } from "./scope.ts"

const day = 24 * 60 * 60_000
/** A login that is not used for so long ends, and a client that nobody logs in with is forgotten. */
const idleMs = 400 * day
/** How long a grant waits for its code to be redeemed. */
const unusedGrantMs = day
/** Of these the secret itself is not kept. */
const secretKinds: ReadonlySet<string> = new Set(["AccessToken", "RefreshToken", "AuthorizationCode", "Session"])

export const makeAdapter = Effect.gen(function* () {
  const records = yield* OAuthRecords
  const sessions = yield* Sessions
  const run = Effect.runPromiseWith(yield* Effect.context())

  const deviceNameOf = Effect.fnUntraced(function* (clientId: string) {
    const name = (yield* records.get("Client", clientId))?.content["client_name"]
    return typeof name === "string" ? name : undefined
  })

  const adopt = Effect.fnUntraced(function* (accessToken: string, payload: AdapterPayload, lifetimeMs: number) {
    const { accountId, clientId = "", grantId = "", gty = "" } = payload
    const deviceId = deviceOf(payload.scope)
    if (accountId === undefined || deviceId === undefined) return yield* Effect.die("a token needs a user and a device")
    yield* sessions.adopt({
      accessToken,
      userId: accountId as UserId,
      deviceId,
      displayName: yield* deviceNameOf(clientId),
      expiresMs: (yield* Clock.currentTimeMillis) + lifetimeMs,
      grantId,
      renewal: gty.endsWith("refresh_token"),
    })
    yield* records.prolong("Grant", grantId, idleMs)
    yield* records.prolong("Client", clientId, idleMs)
  })

  /**
   * A refresh token may be used again until its successor is used: the answer may have been lost. It was stolen, or the
   * successor was, if somebody goes on with another one of the same generation.
   */
  const payloadOf = Effect.fnUntraced(function* (kind: string, found: Found | undefined, id?: string) {
    if (found === undefined) return undefined
    const payload = { ...found.content, ...(id === undefined ? {} : { jti: id }) } as AdapterPayload
    const consumed =
      kind === "RefreshToken"
        ? yield* records.siblingUsed(id ?? "", payload.grantId ?? "", payload.rotations ?? 0)
        : found.consumedMs !== undefined
    return consumed ? { ...payload, consumed: true } : payload
  })

  return (kind: string): Adapter => {
    const upsert = Effect.fnUntraced(function* (id: string, payload: AdapterPayload, expiresIn: number | undefined) {
      const lifetimeMs = kind === "Grant" ? unusedGrantMs : (expiresIn ?? 0) * 1000
      const { jti: _, ...rest } = payload
      yield* records.put(kind, id, {
        content: (secretKinds.has(kind) ? rest : payload) as unknown as JsonObject,
        lifetimeMs,
        grantId: kind === "Grant" ? id : payload.grantId,
        uid: payload.uid,
        userCode: payload.userCode,
        userId: payload.accountId as UserId | undefined,
        deviceId: deviceOf(
          kind === "Grant" ? Object.values(payload.resources ?? {}).join(" ") : tokenScope(kind, payload),
        ),
      })
      if (kind === "AccessToken") yield* adopt(id, payload, lifetimeMs)
      if (kind === "RefreshToken") yield* records.removeOlder(payload.grantId ?? "", (payload.rotations ?? 0) - 1)
    })

    const destroy = Effect.fnUntraced(function* (id: string) {
      const ended = yield* records.take(kind, id)
      if (kind !== "Grant" || ended?.userId === undefined || ended.deviceId === undefined) return
      yield* sessions.end(ended.userId, { devices: [ended.deviceId] })
    })

    return {
      upsert: (id, payload, expiresIn) => run(upsert(id, payload, expiresIn)),
      find: (id) => run(Effect.flatMap(records.get(kind, id), (found) => payloadOf(kind, found, id))),
      findByUid: (uid) => run(Effect.flatMap(records.getByUid(kind, uid), (found) => payloadOf(kind, found))),
      findByUserCode: (code) => run(Effect.flatMap(records.getByUserCode(code), (found) => payloadOf(kind, found))),
      consume: (id) => run(records.consume(kind, id)),
      destroy: (id) => run(destroy(id)),
      revokeByGrantId: (grantId) => run(records.removeByGrant(kind, grantId)),
    }
  }
})

/** Only what is a login's own goes with its device. */
const tokenScope = (kind: string, payload: AdapterPayload) =>
  kind === "AccessToken" || kind === "RefreshToken" ? payload.scope : undefined
