/** Keys that sign JSON as Matrix does, for scenarios that speak to the server without a client library. */
import { createPublicKey, generateKeyPairSync } from "node:crypto"
import { signJson } from "@biz1/core/signatures"
import type { JsonObject } from "@biz1/protocol/json"

const unpadded = (key: Buffer) => key.toString("base64").replace(/=+$/, "")

export interface Signer {
  readonly publicKey: string
  readonly sign: (object: JsonObject, userId: string, keyName: string) => JsonObject
}

export const newSigner = (): Signer => {
  const { privateKey } = generateKeyPairSync("ed25519")
  const { x = "" } = createPublicKey(privateKey).export({ format: "jwk" })
  const publicKey = unpadded(Buffer.from(x, "base64url"))
  return {
    publicKey,
    sign: (object, userId, keyName) => signJson(object, userId, { keyId: `ed25519:${keyName}`, privateKey, publicKey }),
  }
}

export const deviceKeys = (userId: string, deviceId: string, signer: Signer): JsonObject =>
  signer.sign(
    {
      user_id: userId,
      device_id: deviceId,
      algorithms: ["m.megolm.v1.aes-sha2"],
      keys: { [`ed25519:${deviceId}`]: signer.publicKey, [`curve25519:${deviceId}`]: newSigner().publicKey },
    },
    userId,
    deviceId,
  )

export const crossSigningKey = (userId: string, usage: string, signer: Signer): JsonObject => ({
  user_id: userId,
  usage: [usage],
  keys: { [`ed25519:${signer.publicKey}`]: signer.publicKey },
})
