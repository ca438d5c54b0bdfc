/**
 * What can be said of events that are shown as evidence, from nothing but themselves and the keys of the servers: an
 * event's id is the hash of its redacted form, which holds the hash of its content, and its signatures cover the same.
 * So whatever was changed shows, and an event whose content was erased is still known to be the one that was sent.
 * `server/src/business/evidence/verifier.ts` says the same without any of this code: one is tested against the other.
 */
import { isJsonObject, type JsonObject } from "@biz1/protocol/json"
import { canonicalJson } from "../canonicalJson.ts"
import { hasValidContentHash, referenceHash } from "../hashes.ts"
import { redact } from "../redact.ts"
import { relationOf } from "../relation.ts"
import type { RoomVersion } from "../roomVersion.ts"
import { verifyEventSignature } from "../signatures.ts"

/** An event under the id by which it is known. */
export interface Shown {
  readonly eventId: string
  readonly pdu: JsonObject
}

export interface Evidence {
  readonly version: RoomVersion
  readonly roomId: string
  /** Public keys in unpadded base64, by server and key id. */
  readonly keys: Readonly<Record<string, Readonly<Record<string, string>>>>
  /** All that are shown: beside the messages those that edit or erase them. */
  readonly events: ReadonlyArray<Shown>
}

/** Times are milliseconds since 1970. */
export type Verdict =
  | { readonly verdict: "authentic" }
  | { readonly verdict: "edited" | "erased"; readonly at: number }
  | { readonly verdict: "altered"; readonly why: string }

const serverOf = (id: unknown) => (typeof id === "string" ? id.slice(id.indexOf(":") + 1) : "")

/** Why an event is not what its id and its signatures stand for; undefined where it is, be its content there or not. */
const faultOf = ({ eventId, pdu }: Shown, { version, roomId, keys }: Evidence): string | undefined => {
  if (Object.hasOwn(pdu, "unsigned")) return "it holds something that nobody signed"
  const id = version.eventIds === "server" ? pdu["event_id"] : `$${referenceHash(pdu, version)}`
  if (id !== eventId) return "its id is not its own"
  const createsRoom = version.roomIdIsCreateHash && pdu["type"] === "m.room.create"
  if ((createsRoom ? `!${eventId.slice(1)}` : pdu["room_id"]) !== roomId) return "it is of another room"

  const { signatures } = pdu
  if (!isJsonObject(signatures)) return "it is not signed"
  const signers = [serverOf(pdu["sender"]), ...(version.eventIds === "server" ? [serverOf(eventId)] : [])]
  if (signers.some((server) => !isSignedBy(signatures[server]))) return "its sender's server did not sign it"
  for (const [server, byKey] of Object.entries(signatures)) {
    for (const [keyId, signature] of Object.entries(isJsonObject(byKey) ? byKey : { "": "" })) {
      const publicKey = keys[server]?.[keyId]
      if (publicKey === undefined) return "it is signed with a key that is not known"
      const valid = isExact(signature) && verifyEventSignature(pdu, version, server, keyId, publicKey)
      if (!valid) return "its signature is wrong"
    }
  }
  return undefined
}

const isSignedBy = (byKey: unknown) => isJsonObject(byKey) && Object.keys(byKey).length > 0

/** The last letter of base64 may be written in several ways that stand for the same. */
const isExact = (signature: unknown) =>
  typeof signature === "string" && Buffer.from(signature, "base64").toString("base64").replace(/=+$/, "") === signature

const isWhole = (shown: Shown, evidence: Evidence) =>
  faultOf(shown, evidence) === undefined && hasValidContentHash(shown.pdu)

/** Since room version 11 what a redaction redacts outlives its own redaction; before, its content hash alone covers it. */
const redacts = (redaction: Shown, erased: Shown, evidence: Evidence): boolean => {
  const { updatedRedaction } = evidence.version
  const { pdu } = redaction
  const { type, content } = pdu
  const within = isJsonObject(content) ? content["redacts"] : undefined
  const target = updatedRedaction ? within : pdu["redacts"]
  if (type !== "m.room.redaction" || target !== erased.eventId) return false
  return updatedRedaction ? faultOf(redaction, evidence) === undefined : isWhole(redaction, evidence)
}

const timeOf = (pdu: JsonObject) => Number(pdu["origin_server_ts"])

const isEditOf = ({ pdu }: Shown, edited: Shown) => {
  const { type, content, sender } = pdu
  if (typeof type !== "string" || !isJsonObject(content) || Object.hasOwn(pdu, "state_key")) return false
  const relation = relationOf({ type, content })
  const isSame = type === edited.pdu["type"] && sender === edited.pdu["sender"]
  return isSame && relation?.relType === "m.replace" && relation.eventId === edited.eventId
}

export const verdictOf = (shown: Shown, evidence: Evidence): Verdict => {
  const fault = faultOf(shown, evidence)
  if (fault !== undefined) return { verdict: "altered", why: fault }
  const { events, version } = evidence
  if (!hasValidContentHash(shown.pdu)) {
    const isErased = canonicalJson(redact(shown.pdu, version)) === canonicalJson(shown.pdu)
    if (!isErased) return { verdict: "altered", why: "its content is not what was signed" }
    const redaction = events.find((one) => redacts(one, shown, evidence))
    if (redaction !== undefined) return { verdict: "erased", at: timeOf(redaction.pdu) }
    return { verdict: "altered", why: "its content is missing, and nothing says that it was erased" }
  }
  const edits = events.filter((one) => isEditOf(one, shown) && isWhole(one, evidence)).map(({ pdu }) => timeOf(pdu))
  return edits.length === 0 ? { verdict: "authentic" } : { verdict: "edited", at: Math.max(...edits) }
}
