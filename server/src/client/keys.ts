import { Effect } from "effect"
import * as contract from "@biz1/protocol/client/keys"
import { InvalidParam, MissingParam } from "@biz1/protocol/errors"
import type { DeviceId, UserId } from "@biz1/protocol/ids"
import { serverOf } from "@biz1/protocol/ids"
import type { Json, JsonObject } from "@biz1/protocol/json"
import { canonicalJson } from "@biz1/core/canonicalJson"
import { noDevice } from "../appservice/Masquerade.ts"
import { ServerConfig } from "../config.ts"
import { handler } from "../http/Handler.ts"
import { EventLog } from "../log/EventLog.ts"
import { type ClaimableKey, KeyStore, type SignatureRow } from "../store/KeyStore.ts"
import { DeviceLists } from "../sync/DeviceLists.ts"
import { parseToken } from "../sync/token.ts"

const maxOneTimeKeys = 1000

/** Keys under `algorithm:key id`, in the order they were given. */
const claimable = Effect.fnUntraced(function* (keys: contract.ClaimableKeys) {
  const given: Array<ClaimableKey> = []
  for (const [name, key] of Object.entries(keys)) {
    const colon = name.indexOf(":")
    if (colon < 1) {
      return yield* new InvalidParam({ error: "A key is named by its algorithm, a colon and an id" })
    }
    given.push({
      algorithm: name.slice(0, colon),
      keyId: name.slice(colon + 1),
      json: canonicalJson(key as unknown as JsonObject),
    })
  }
  return given
})

export interface UploadedKeys {
  readonly device_keys?: contract.DeviceKeys
  readonly one_time_keys?: contract.ClaimableKeys
  readonly fallback_keys?: contract.ClaimableKeys
}

/** Stores a device's keys; those who share encrypted rooms with its user hear of it if its identity changed. */
export const storeKeys = Effect.fnUntraced(function* (userId: UserId, deviceId: DeviceId, uploaded: UploadedKeys) {
  const keys = yield* KeyStore
  const log = yield* EventLog
  const { device_keys: identity, one_time_keys: oneTime = {}, fallback_keys: fallback = {} } = uploaded
  if (identity !== undefined && (identity.user_id !== userId || identity.device_id !== deviceId)) {
    return yield* new InvalidParam({ error: "The keys must be those of the device that uploads them" })
  }
  const added = yield* claimable(oneTime)
  const fallbacks = yield* claimable(fallback)
  const before = yield* keys.counts(userId, deviceId)
  const kept = Object.values(before.oneTime).reduce((sum, count) => sum + count, 0)
  if (kept + added.length > maxOneTimeKeys) {
    return yield* new InvalidParam({ error: `A device keeps no more than ${maxOneTimeKeys} one-time keys` })
  }
  if (added.length > 0) {
    const [taken] = yield* keys.addOneTime(userId, deviceId, added)
    if (taken !== undefined) {
      return yield* new InvalidParam({ error: `There is another one-time key with the id ${taken} already` })
    }
  }
  if (fallbacks.length > 0) yield* keys.setFallback(userId, deviceId, fallbacks)
  if (identity !== undefined) {
    const json = canonicalJson(withoutUnsigned(identity as unknown as JsonObject))
    const known = (yield* keys.devices([userId])).find((device) => device.deviceId === deviceId)
    if (known === undefined || canonicalJson(known.keys) !== json) {
      yield* log.append([{ kind: "deviceList", userId, seenBy: "", deviceKeys: { deviceId, json } }]).pipe(Effect.orDie)
    }
  }
  if (added.length + fallbacks.length > 0) {
    yield* log.append([{ kind: "keyCount", userId, deviceId }]).pipe(Effect.orDie)
  }
  return (yield* keys.counts(userId, deviceId)).oneTime
})

const withoutUnsigned = ({ unsigned, ...object }: JsonObject): JsonObject => object

export const uploadKeys = handler(
  contract.uploadKeys,
  Effect.fnUntraced(function* ({ body, requester }) {
    if (requester.deviceId === noDevice) {
      return yield* new MissingParam({ error: "Keys belong to a device: name it with ?device_id=" })
    }
    const counts = yield* storeKeys(requester.userId, requester.deviceId, body)
    return { one_time_key_counts: { signed_curve25519: 0, ...counts } }
  }),
)

/** Signed JSON with more signatures in it. */
const withSignatures = (object: JsonObject, signatures: ReadonlyArray<SignatureRow>): JsonObject => {
  if (signatures.length === 0) return object
  const all: Record<string, JsonObject> = { ...(object["signatures"] as Record<string, JsonObject> | undefined) }
  for (const { signer, signingKey, signature } of signatures) {
    all[signer] = { ...all[signer], [signingKey]: signature }
  }
  return { ...object, signatures: all }
}

const publicKeyOf = (key: JsonObject) => Object.values((key["keys"] ?? {}) as JsonObject)[0] as string

/** Users of other servers, whom only their servers could tell about. */
const unreachable = (users: ReadonlyArray<string>, serverName: string) =>
  Object.fromEntries(
    users
      .map((user) => serverOf(user as UserId))
      .filter((server) => server !== serverName)
      .map((server) => [server, { errcode: "M_UNREACHABLE", error: "That server cannot be reached from here" }]),
  )

export const queryKeys = handler(
  contract.queryKeys,
  Effect.fnUntraced(function* ({ body: { device_keys: asked }, requester }) {
    const { serverName } = yield* ServerConfig
    const keys = yield* KeyStore
    const users = (Object.keys(asked) as Array<UserId>).filter((user) => serverOf(user) === serverName)
    const signatures = Map.groupBy(yield* keys.signatures(users, requester.userId), ({ userId, targetKey }) =>
      [userId, targetKey].join("\0"),
    )
    const signed = (userId: UserId, name: string, object: JsonObject) =>
      withSignatures(object, signatures.get(`${userId}\0${name}`) ?? [])

    const devices: Record<string, Record<string, JsonObject>> = Object.fromEntries(users.map((user) => [user, {}]))
    for (const { userId, deviceId, keys: object, displayName } of yield* keys.devices(users)) {
      const wanted = asked[userId] ?? []
      if (wanted.length > 0 && !wanted.includes(deviceId)) continue
      const unsigned = displayName === undefined ? {} : { unsigned: { device_display_name: displayName } }
      devices[userId]![deviceId] = { ...signed(userId, deviceId, object), ...unsigned }
    }
    const ofUsage = (usage: string) => {
      const found = crossSigning.filter((row) => row.usage === usage)
      return Object.fromEntries(found.map(({ userId, key }) => [userId, signed(userId, publicKeyOf(key), key)]))
    }
    const crossSigning = (yield* keys.crossSigning(users)).filter(
      ({ usage, userId }) => usage !== "user_signing" || userId === requester.userId,
    )
    return {
      failures: unreachable(Object.keys(asked), serverName),
      device_keys: devices,
      master_keys: ofUsage("master"),
      self_signing_keys: ofUsage("self_signing"),
      user_signing_keys: ofUsage("user_signing"),
    }
  }),
)

export const claimKeys = handler(
  contract.claimKeys,
  Effect.fnUntraced(function* ({ body: { one_time_keys: asked } }) {
    const { serverName } = yield* ServerConfig
    const claims = Object.entries(asked)
      .filter(([user]) => serverOf(user as UserId) === serverName)
      .flatMap(([userId, devices]) =>
        Object.entries(devices).map(([deviceId, algorithm]) => ({
          userId: userId as UserId,
          deviceId: deviceId as DeviceId,
          algorithm,
        })),
      )
    const claimed = claims.length === 0 ? [] : yield* (yield* KeyStore).claim(claims)
    if (claimed.length > 0) {
      yield* (yield* EventLog)
        .append(claimed.map(({ userId, deviceId }) => ({ kind: "keyCount", userId, deviceId })))
        .pipe(Effect.orDie)
    }
    const byUser: Record<string, Record<string, Record<string, Json>>> = {}
    for (const { userId, deviceId, algorithm, keyId, key } of claimed) {
      byUser[userId] ??= {}
      byUser[userId][deviceId] = { [`${algorithm}:${keyId}`]: key }
    }
    return { failures: unreachable(Object.keys(asked), serverName), one_time_keys: byUser }
  }),
)

export const getKeysChanges = handler(
  contract.getKeysChanges,
  Effect.fnUntraced(function* ({ query, requester }) {
    const from = parseToken(query.from)
    if (from === undefined || parseToken(query.to) === undefined) {
      return yield* new InvalidParam({ error: "from and to must be tokens of a sync" })
    }
    return yield* (yield* DeviceLists).since(requester.userId, from.pos)
  }),
)
