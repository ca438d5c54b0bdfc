import { hash } from "node:crypto"
import type { RoomId } from "@biz1/protocol/ids"
import type { JsonObject } from "@biz1/protocol/json"
import { canonicalJson } from "./canonicalJson.ts"
import { redact } from "./redact.ts"
import type { RoomVersion } from "./roomVersion.ts"
export const roomIdOfCreate = (pdu: JsonObject, version: RoomVersion): RoomId => { const { signatures: _s, unsigned: _u, ...rest } = redact(pdu, version); return `!${hash("sha256", canonicalJson(rest), "base64url")}` as RoomId }
