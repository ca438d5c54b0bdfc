import { createPrivateKey, createPublicKey, hash, sign, type KeyObject } from "node:crypto"
import type { EventId } from "@biz1/protocol/ids"
import type { JsonObject } from "@biz1/protocol/json"
import type { Pdu } from "@biz1/protocol/pdu"
import { canonicalJson } from "./canonicalJson.ts"
import { redact } from "./redact.ts"
import type { RoomVersion } from "./roomVersion.ts"
export interface SigningKey { readonly keyId: string; readonly privateKey: KeyObject; readonly publicKey: string }
export const signingKeyFromSeed = (keyId: string, seed: Uint8Array): SigningKey => {
  const privateKey = createPrivateKey({ key: Buffer.concat([Buffer.from("302e020100300506032b657004220420", "hex"), seed]), format: "der", type: "pkcs8" })
  return { keyId, privateKey, publicKey: (createPublicKey(privateKey).export({ format: "der", type: "spki" }) as Buffer).subarray(-32).toString("base64").replaceAll("=", "") }
}
export const sealEvent = (draft: JsonObject, version: RoomVersion, serverName: string, key: SigningKey): { pdu: Pdu; eventId: EventId; json: string } => {
  const hashes = { sha256: hash("sha256", canonicalJson(draft), "base64").replaceAll("=", "") }
  const redacted = canonicalJson(redact({ ...draft, hashes }, version))
  const signature = sign(null, Buffer.from(redacted), key.privateKey).toString("base64").replaceAll("=", "")
  const pdu = { ...draft, hashes, signatures: { [serverName]: { [key.keyId]: signature } } } as unknown as Pdu
  return { pdu, eventId: `$${hash("sha256", redacted, "base64url")}` as EventId, json: canonicalJson(pdu) }
}
