import type { JsonObject } from "@biz1/protocol/json"
import type { RoomVersion } from "./roomVersion.ts"
const keep = new Set(["event_id","type","room_id","sender","state_key","hashes","signatures","depth","prev_events","auth_events","origin_server_ts"])
const contents: Record<string, string[] | true> = { "m.room.member": ["membership","join_authorised_via_users_server"], "m.room.create": true, "m.room.join_rules": ["join_rule","allow"], "m.room.power_levels": ["ban","events","events_default","kick","redact","state_default","users","users_default","invite"], "m.room.history_visibility": ["history_visibility"], "m.room.redaction": ["redacts"] }
export const redact = (pdu: JsonObject, _version: RoomVersion): JsonObject => {
  const kept = contents[pdu["type"] as string] ?? []
  const content = pdu["content"] as JsonObject
  return { ...Object.fromEntries(Object.entries(pdu).filter(([k]) => keep.has(k))), content: kept === true ? content : Object.fromEntries(Object.entries(content).filter(([k]) => kept.includes(k))) }
}
