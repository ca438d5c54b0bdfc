/**
 * Redaction: what remains of an event when its content is taken away. What is signed and named by its hash is the
 * redacted form, so that signatures and ids outlive redaction. Spec: `rooms/v*`, "Redactions".
 */
import { isJsonObject, type JsonObject } from "@biz1/protocol/json"
import type { RoomVersion } from "./roomVersion.ts"

const topLevel = [
  "event_id",
  "type",
  "room_id",
  "sender",
  "state_key",
  "content",
  "hashes",
  "signatures",
  "depth",
  "prev_events",
  "auth_events",
  "origin_server_ts",
]
/** Kept until room version 10. */
const historicalTopLevel = ["origin", "membership", "prev_state"]

const powerLevelKeys = ["ban", "events", "events_default", "kick", "redact", "state_default", "users", "users_default"]

/** The content keys that a version keeps, by event type; `all` for the whole content. */
interface Kept {
  readonly topLevel: ReadonlySet<string>
  readonly content: ReadonlyMap<string, ReadonlyArray<string> | "all">
  readonly thirdPartySigned: boolean
}

const keptBy = (version: RoomVersion): Kept => ({
  topLevel: new Set(version.updatedRedaction ? topLevel : [...topLevel, ...historicalTopLevel]),
  content: new Map<string, ReadonlyArray<string> | "all">([
    [
      "m.room.member",
      version.redactionKeepsAuthorisedVia ? ["membership", "join_authorised_via_users_server"] : ["membership"],
    ],
    ["m.room.create", version.updatedRedaction ? "all" : ["creator"]],
    ["m.room.join_rules", version.redactionKeepsAllow ? ["join_rule", "allow"] : ["join_rule"]],
    ["m.room.power_levels", version.updatedRedaction ? [...powerLevelKeys, "invite"] : powerLevelKeys],
    ["m.room.history_visibility", ["history_visibility"]],
    ...(version.specialAliases ? [["m.room.aliases", ["aliases"]] as const] : []),
    ...(version.updatedRedaction ? [["m.room.redaction", ["redacts"]] as const] : []),
  ]),
  thirdPartySigned: version.updatedRedaction,
})

const byVersion = new Map<RoomVersion, Kept>()

const keptOf = (version: RoomVersion): Kept => {
  let kept = byVersion.get(version)
  if (kept === undefined) byVersion.set(version, (kept = keptBy(version)))
  return kept
}

/** What a version keeps of the content alone, of an event of this type. */
export const redactedContent = (type: string, content: JsonObject, version: RoomVersion): JsonObject =>
  redactContent(type, content, keptOf(version))

export const redact = (pdu: JsonObject, version: RoomVersion): JsonObject => {
  const kept = keptOf(version)
  const redacted: { [key: string]: JsonObject[string] } = {}
  for (const key of Object.keys(pdu)) if (kept.topLevel.has(key)) redacted[key] = pdu[key]!
  redacted["content"] = redactContent(pdu["type"], pdu["content"], kept)
  return redacted
}

const redactContent = (type: unknown, content: unknown, { content: kept, thirdPartySigned }: Kept): JsonObject => {
  if (!isJsonObject(content)) return {}
  const keys = kept.get(String(type))
  if (keys === "all") return content
  const redacted: { [key: string]: JsonObject[string] } = {}
  for (const key of keys ?? []) if (Object.hasOwn(content, key)) redacted[key] = content[key]!
  const invite = content["third_party_invite"]
  // Since version 11 the signature of a third party's invitation stays, and nothing else of it.
  if (thirdPartySigned && type === "m.room.member" && isJsonObject(invite) && Object.hasOwn(invite, "signed")) {
    redacted["third_party_invite"] = { signed: invite["signed"]! }
  }
  return redacted
}
