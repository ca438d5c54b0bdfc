/** Content hashes and reference hashes. Spec: server-server API, "Signing Events"; `rooms/v*`, "Event IDs". */
import { hash } from "node:crypto"
import { isJsonObject, type JsonObject } from "@biz1/protocol/json"
import { canonicalJson } from "./canonicalJson.ts"
import { redact } from "./redact.ts"
import type { RoomVersion } from "./roomVersion.ts"

export const unpadded = (base64: string) => base64.replace(/=+$/, "")

export const without = (object: JsonObject, ...keys: ReadonlyArray<string>): JsonObject =>
  Object.fromEntries(Object.entries(object).filter(([key]) => !keys.includes(key)))

/** Covers the whole event: a changed byte shows, and the event is then redacted rather than refused. */
export const contentHash = (pdu: JsonObject): string =>
  unpadded(hash("sha256", canonicalJson(without(pdu, "unsigned", "signatures", "hashes")), "base64"))

/** Base64 is compared by what it stands for: some servers pad it. */
export const hasValidContentHash = (pdu: JsonObject): boolean => {
  const { hashes } = pdu
  const claimed = isJsonObject(hashes) ? hashes["sha256"] : undefined
  return typeof claimed === "string" && unpadded(claimed) === contentHash(pdu)
}

/** The redacted event as it is signed, and, without its signatures, as it is hashed for its id. */
export const signedForm = (pdu: JsonObject, version: RoomVersion): string =>
  canonicalJson(without(redact(pdu, version), "signatures", "unsigned", "age_ts"))

/** In unpadded base64, URL-safe where the room version says so. */
export const referenceHash = (pdu: JsonObject, version: RoomVersion): string =>
  hashOfSignedForm(signedForm(pdu, version), version)

export const hashOfSignedForm = (form: string, version: RoomVersion): string =>
  version.eventIds === "urlSafeHash" ? hash("sha256", form, "base64url") : unpadded(hash("sha256", form, "base64"))
