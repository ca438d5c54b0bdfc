import { Effect } from "effect"
import * as contract from "@biz1/protocol/client/keys"
import { InvalidParam, InvalidSignature, NotFound, wireBody } from "@biz1/protocol/errors"
import type { UserId } from "@biz1/protocol/ids"
import type { JsonObject } from "@biz1/protocol/json"
import { canonicalJson } from "@biz1/core/canonicalJson"
import { verifyJson } from "@biz1/core/signatures"
import { handler } from "../http/Handler.ts"
import { EventLog } from "../log/EventLog.ts"
import { passReset } from "../oauth/crossSigningReset.ts"
import { KeyStore } from "../store/KeyStore.ts"

const usages = ["master", "self_signing", "user_signing"] as const
type Usage = (typeof usages)[number]

/** The one key of a cross-signing key object, by its name and itself. */
const onlyKey = (object: JsonObject | undefined): readonly [keyId: string, publicKey: string] | undefined => {
  const keys = Object.entries((object?.["keys"] ?? {}) as Record<string, string>)
  return keys.length === 1 ? keys[0] : undefined
}

/** What a signature covers, to tell whether two objects are the same but for who signed them. */
const unsigned = ({ signatures, unsigned: _, ...object }: JsonObject) => canonicalJson(object)

const checkKey = Effect.fnUntraced(function* (userId: UserId, usage: Usage, key: contract.CrossSigningKey) {
  const named = onlyKey(key as unknown as JsonObject)
  if (named === undefined || named[0] !== `ed25519:${named[1]}`) {
    return yield* new InvalidParam({ error: `The ${usage} key must be one Ed25519 key, named by itself` })
  }
  if (key.user_id !== userId) return yield* new InvalidParam({ error: "You can upload only your own keys" })
  if (!key.usage.includes(usage)) return yield* new InvalidParam({ error: `The key's usage must be ${usage}` })
})

const own = Effect.fnUntraced(function* (userId: UserId) {
  const rows = yield* (yield* KeyStore).crossSigning([userId])
  return (usage: Usage) => rows.find((row) => row.usage === usage)?.key
})

/** Spec: the first keys, and the same ones again, need no authentication; others take over an identity. */
export const uploadCrossSigningKeys = handler(
  contract.uploadCrossSigningKeys,
  Effect.fnUntraced(function* (call) {
    const { body } = call
    const { userId } = call.requester
    const before = yield* own(userId)
    const given = usages.flatMap((usage) => {
      const key = body[`${usage}_key`]
      return key === undefined ? [] : [{ usage, key, object: key as unknown as JsonObject }]
    })
    for (const { usage, key } of given) yield* checkKey(userId, usage, key)

    const master = (body.master_key as unknown as JsonObject | undefined) ?? before("master")
    const masterKey = onlyKey(master)
    for (const { usage, object } of given) {
      if (usage === "master") continue
      if (masterKey === undefined) return yield* new InvalidParam({ error: "There must be a master key first" })
      if (!verifyJson(object, userId, masterKey[0], masterKey[1])) {
        return yield* new InvalidSignature({ error: `The ${usage} key must be signed by the master key` })
      }
    }
    const changed = given.filter(({ usage, object }) => {
      const known = before(usage)
      return known === undefined || unsigned(known) !== unsigned(object)
    })
    if (before("master") !== undefined && changed.length > 0) {
      yield* passReset(call)
    }
    if (given.length === 0) return {}
    const crossSigning = given.map(({ usage, object }) => ({ usage, json: canonicalJson(object) }))
    yield* (yield* EventLog).append([{ kind: "deviceList", userId, seenBy: "", crossSigning }]).pipe(Effect.orDie)
    return {}
  }),
)

interface Signature {
  readonly targetKey: string
  readonly signer: UserId
  readonly signingKey: string
  readonly signature: string
}

/** The signature that `signer` made with one of the keys, if it is there and good. */
const goodSignature = (
  targetKey: string,
  object: JsonObject,
  signer: UserId,
  keys: ReadonlyArray<readonly [keyId: string, publicKey: string]>,
): Signature | undefined => {
  for (const [keyId, publicKey] of keys) {
    if (!verifyJson(object, signer, keyId, publicKey)) continue
    const made = (object["signatures"] as { readonly [user: string]: { readonly [key: string]: string } })[signer]!
    return { targetKey, signer, signingKey: keyId, signature: made[keyId]! }
  }
  return undefined
}

export const uploadCrossSigningSignatures = handler(
  contract.uploadCrossSigningSignatures,
  Effect.fnUntraced(function* ({ body, requester: { userId } }) {
    const keys = yield* KeyStore
    const targets = [...new Set([userId, ...(Object.keys(body) as Array<UserId>)])]
    const crossSigning = yield* keys.crossSigning(targets)
    const devices = (yield* keys.devices([userId])).filter((device) => device.userId === userId)
    const keyOf = (user: UserId, usage: Usage) =>
      crossSigning.find((row) => row.userId === user && row.usage === usage)?.key

    /** Own devices are signed by the self-signing key, the own master key by devices, others' by the user-signing key. */
    const check = (target: UserId, name: string, object: JsonObject): Signature | NotFound | InvalidSignature => {
      const stored = target === userId ? devices.find(({ deviceId }) => deviceId === name)?.keys : undefined
      const masterKey = keyOf(target, "master")
      const known = stored ?? (onlyKey(masterKey)?.[1] === name ? masterKey : undefined)
      if (known === undefined) return new NotFound({ error: "There is no such key" })
      if (unsigned(known) !== unsigned(object)) {
        return new InvalidSignature({ error: "What was signed is not the key that is known here" })
      }
      const usage: Usage = target === userId ? "self_signing" : "user_signing"
      const signing =
        target === userId && stored === undefined
          ? devices.flatMap(({ deviceId, keys: object }) => {
              const key = (object["keys"] as JsonObject)[`ed25519:${deviceId}`]
              return typeof key === "string" ? [[`ed25519:${deviceId}`, key] as const] : []
            })
          : [onlyKey(keyOf(userId, usage))].filter((key) => key !== undefined)
      const good = goodSignature(name, object, userId, signing)
      return good ?? new InvalidSignature({ error: "The signature is missing or not good" })
    }

    const failures: Record<string, Record<string, JsonObject>> = {}
    const writes = []
    for (const [target, objects] of Object.entries(body) as Array<[UserId, { readonly [key: string]: JsonObject }]>) {
      const signatures: Array<Signature> = []
      for (const [name, object] of Object.entries(objects)) {
        const checked = check(target, name, object)
        if ("errcode" in checked) (failures[target] ??= {})[name] = wireBody(checked)
        else signatures.push(checked)
      }
      // What one person says of another's keys is seen by nobody else.
      const seenBy: UserId | "" = target === userId ? "" : userId
      if (signatures.length > 0) writes.push({ kind: "deviceList" as const, userId: target, seenBy, signatures })
    }
    if (writes.length > 0) yield* (yield* EventLog).append(writes).pipe(Effect.orDie)
    return { failures }
  }),
)
