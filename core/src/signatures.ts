/** Ed25519 signatures of JSON and of events. Spec: appendices, "Signing JSON"; server-server API, "Signing Events". */
import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from "node:crypto"
import type { EventId, ServerName } from "@biz1/protocol/ids"
import { isJsonObject, type JsonObject } from "@biz1/protocol/json"
import type { Pdu } from "@biz1/protocol/pdu"
import { canonicalJson } from "./canonicalJson.ts"
import { contentHash, hashOfSignedForm, signedForm, unpadded, without } from "./hashes.ts"
import type { RoomVersion } from "./roomVersion.ts"

export interface SigningKey {
  /** `ed25519:` and a name. */
  readonly keyId: string
  readonly privateKey: KeyObject
  /** 32 bytes in unpadded base64. */
  readonly publicKey: string
}

/** What stands before the 32 bytes of a private key in its DER form. Source: RFC 8410. */
const privatePrefix = Buffer.from("302e020100300506032b657004220420", "hex")
const publicKeyBytes = 32

export const signingKeyFromSeed = (keyId: string, seed: Uint8Array): SigningKey => {
  const der = Buffer.concat([privatePrefix, seed])
  const privateKey = createPrivateKey({ key: der, format: "der", type: "pkcs8" })
  const { x = "" } = createPublicKey(privateKey).export({ format: "jwk" })
  return { keyId, privateKey, publicKey: unpadded(Buffer.from(x, "base64url").toString("base64")) }
}

const signText = (text: string, key: SigningKey) =>
  unpadded(sign(null, Buffer.from(text), key.privateKey).toString("base64"))

/** The object with a signature more. `unsigned` and other signatures stay as they are and are not covered. */
export const signJson = (object: JsonObject, serverName: string, key: SigningKey): JsonObject => {
  const signature = signText(canonicalJson(without(object, "signatures", "unsigned")), key)
  return { ...object, signatures: withSignature(object["signatures"], serverName, key.keyId, signature) }
}

const withSignature = (signatures: unknown, serverName: string, keyId: string, signature: string): JsonObject => {
  const before = isJsonObject(signatures) ? signatures : {}
  const own = before[serverName]
  return { ...before, [serverName]: { ...(isJsonObject(own) ? own : {}), [keyId]: signature } }
}

export const verifyJson = (object: JsonObject, serverName: string, keyId: string, publicKey: string): boolean =>
  verifyText(canonicalJson(without(object, "signatures", "unsigned")), object, serverName, keyId, publicKey)

/** An event's signature covers its redacted form. */
export const verifyEventSignature = (
  pdu: JsonObject,
  version: RoomVersion,
  serverName: string,
  keyId: string,
  publicKey: string,
): boolean => verifyText(signedForm(pdu, version), pdu, serverName, keyId, publicKey)

const verifyText = (text: string, signed: JsonObject, serverName: string, keyId: string, publicKey: string) => {
  // Spec: appendices, "Checking for a Signature": identifiers of algorithms that are not understood do not count.
  if (!keyId.startsWith("ed25519:")) return false
  const { signatures } = signed
  const own = isJsonObject(signatures) ? signatures[serverName] : undefined
  const signature = isJsonObject(own) ? own[keyId] : undefined
  const raw = Buffer.from(publicKey, "base64")
  if (typeof signature !== "string" || raw.length !== publicKeyBytes) return false
  const key = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x: raw.toString("base64url") }, format: "jwk" })
  return verify(null, Buffer.from(text), key, Buffer.from(signature, "base64"))
}

/** A signature more on an event that another server made: on its invitation, or on its join to a restricted room. */
export const signEvent = (pdu: JsonObject, version: RoomVersion, serverName: ServerName, key: SigningKey): Pdu => {
  const signature = signText(signedForm(pdu, version), key)
  return { ...pdu, signatures: withSignature(pdu["signatures"], serverName, key.keyId, signature) } as unknown as Pdu
}

export interface Sealed {
  readonly pdu: Pdu
  readonly eventId: EventId
  /** Canonical JSON of the PDU. */
  readonly json: string
}

/** Hashes, signs and names a new event. One canonical form serves both its signature and its id. */
export const sealEvent = (draft: JsonObject, version: RoomVersion, serverName: ServerName, key: SigningKey): Sealed => {
  const hashed = { ...draft, hashes: { sha256: contentHash(draft) } }
  const form = signedForm(hashed, version)
  const signatures = { [serverName]: { [key.keyId]: signText(form, key) } }
  const pdu = { ...hashed, signatures } as unknown as Pdu
  const eventId = version.eventIds === "server" ? draft["event_id"] : `$${hashOfSignedForm(form, version)}`
  return { pdu, eventId: eventId as EventId, json: canonicalJson(pdu) }
}
