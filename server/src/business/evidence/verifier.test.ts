import { spawnSync } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type Shown, verdictOf } from "@biz1/core/business/evidence"
import { canonicalJson } from "@biz1/core/canonicalJson"
import { redact } from "@biz1/core/redact"
import { type RoomVersion, roomVersions } from "@biz1/core/roomVersion"
import { sealEvent, signingKeyFromSeed, signJson } from "@biz1/core/signatures"
import type { ServerName } from "@biz1/protocol/ids"
import type { Json, JsonObject } from "@biz1/protocol/json"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { VERIFIER } from "./verifier.ts"

const server = "test.example" as ServerName
const key = signingKeyFromSeed("ed25519:k", Buffer.alloc(32, 7))
const roomId = "!room:test.example"

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "verifier-"))
  writeFileSync(join(folder, "verify.mjs"), VERIFIER)
  const keys = { [server]: { verify_keys: { [key.keyId]: { key: key.publicKey } }, old_verify_keys: {} } }
  writeFileSync(join(folder, "server-keys.json"), JSON.stringify(keys))
  writeFileSync(join(folder, "manifest.json"), JSON.stringify(signJson({ server, files: {} }, server, key)))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** One of each kind that versions redact differently, with members that go and members that stay. */
const contents: ReadonlyArray<readonly [type: string, content: JsonObject]> = [
  ["m.room.message", { msgtype: "m.text", body: "Schöne Grüße 👋", "\u{1f600}": 1, "\uff5e": 2 }],
  [
    "m.room.member",
    { membership: "join", join_authorised_via_users_server: "@a:b", third_party_invite: { signed: { a: 1 }, x: 1 } },
  ],
  ["m.room.create", { creator: "@a:b", type: "m.space" }],
  ["m.room.join_rules", { join_rule: "restricted", allow: [], more: 1 }],
  ["m.room.power_levels", { invite: 1, ban: 2, users: { "@a:b": 5 }, notifications: {} }],
  ["m.room.history_visibility", { history_visibility: "shared", more: 1 }],
  ["m.room.aliases", { aliases: ["#a:b"], more: 1 }],
  ["m.room.redaction", { redacts: "$x", reason: "why" }],
  ["__proto__", { __proto__: 1 }],
]

const sealed = (version: RoomVersion, n: number, draft: JsonObject): Shown => {
  const named = version.eventIds === "server" ? { event_id: `$${n}:${server}` } : {}
  const place = { auth_events: [], prev_events: [], depth: n, room_id: roomId, sender: `@a:${server}` }
  const { pdu, eventId } = sealEvent({ origin_server_ts: n, ...place, ...named, ...draft }, version, server, key)
  return { eventId, pdu: JSON.parse(canonicalJson(pdu as unknown as Json)) as JsonObject }
}

/** Each as it was sent, erased with and without a redaction, edited, and changed in several places. */
const cases = (version: RoomVersion): ReadonlyArray<Shown> =>
  contents.flatMap(([type, content], n) => {
    const one = (more: number) => sealed(version, n * 100 + more, { type, content, state_key: "" })
    const [sent, erased, lost] = [one(1), one(2), one(3)]
    const said = sealed(version, n * 100 + 4, { type, content })
    const redaction = version.updatedRedaction
      ? { content: { redacts: erased.eventId } }
      : { content: {}, redacts: erased.eventId }
    const edit = { "m.new_content": {}, "m.relates_to": { rel_type: "m.replace", event_id: said.eventId } }
    const changed = (more: JsonObject): Shown => ({ ...sent, pdu: { ...sent.pdu, ...more } })
    return [
      sent,
      { ...erased, pdu: redact(erased.pdu, version) },
      { ...lost, pdu: redact(lost.pdu, version) },
      sealed(version, n * 100 + 5, { type: "m.room.redaction", ...redaction }),
      said,
      sealed(version, n * 100 + 6, { type, content: edit }),
      changed({ depth: 7777 }),
      changed({ content: { ...content, more: "x" } }),
      changed({ signatures: { [server]: { [key.keyId]: "AAAA" } } }),
      changed({ signatures: { [server]: { "ed25519:other": "AAAA" } } }),
      changed({ signatures: {} }),
      changed({ unsigned: { age: 1 } }),
      changed({ room_id: "!other:test.example" }),
      changed({ hashes: {} }),
    ]
  })

const lineOf = (shown: Shown, verdict: ReturnType<typeof verdictOf>) => {
  const at = "at" in verdict ? ` at ${new Date(verdict.at).toISOString()}` : ""
  const why = "why" in verdict ? `: ${verdict.why}` : ""
  return `${verdict.verdict.toUpperCase()} ${shown.eventId}${at}${why}`
}

describe("verify.mjs, by itself", () => {
  it.each([...roomVersions.values()])("says what the rule says, in room version $id", (version) => {
    const events = cases(version)
    writeFileSync(
      join(folder, "events.json"),
      JSON.stringify({ roomId, roomVersion: version.id, events, authChain: [] }),
    )
    const { stdout, stderr, status } = spawnSync(process.execPath, [join(folder, "verify.mjs")], { encoding: "utf8" })
    expect(stderr).toBe("")
    const said = stdout.split("\n").filter((line) => /^(?:AUTHENTIC|ALTERED|EDITED|ERASED) /.test(line))
    const evidence = { version, roomId, keys: { [server]: { [key.keyId]: key.publicKey } }, events }
    expect(said).toEqual(events.map((shown) => lineOf(shown, verdictOf(shown, evidence))))
    expect(new Set(said.map((line) => line.split(" ")[0])).size).toBe(4)
    expect(status).toBe(1)
  })
})
