import type { Json, JsonObject } from "@biz1/protocol/json"
import type { ServerName } from "@biz1/protocol/ids"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { canonicalJson } from "../canonicalJson.ts"
import { redact } from "../redact.ts"
import { type RoomVersion, roomVersions } from "../roomVersion.ts"
import { sealEvent, signingKeyFromSeed } from "../signatures.ts"
import { type Evidence, type Shown, verdictOf } from "./evidence.ts"

const server = "test.example" as ServerName
const key = signingKeyFromSeed("ed25519:k", Buffer.alloc(32, 7))
const roomId = "!room:test.example"
const versions = [...roomVersions.values()]
const anyVersion = fc.constantFrom(...versions)

/** Signed, and named as its version names events. */
const sealed = (version: RoomVersion, draft: JsonObject): Shown => {
  const named = version.eventIds === "server" ? { event_id: `$${draft["origin_server_ts"] as number}:${server}` } : {}
  const whole = {
    auth_events: [],
    prev_events: [],
    depth: 3,
    room_id: roomId,
    sender: `@a:${server}`,
    ...draft,
    ...named,
  }
  const { pdu, eventId } = sealEvent(whole, version, server, key)
  return { eventId, pdu: JSON.parse(canonicalJson(pdu as unknown as Json)) as JsonObject }
}
const message = (version: RoomVersion, content: JsonObject = { msgtype: "m.text", body: "hi" }, ts = 1000) =>
  sealed(version, { type: "m.room.message", content, origin_server_ts: ts })
const redaction = (version: RoomVersion, target: Shown, ts = 2000, more: JsonObject = {}) =>
  sealed(version, {
    type: "m.room.redaction",
    origin_server_ts: ts,
    ...(version.updatedRedaction
      ? { content: { redacts: target.eventId, ...more } }
      : { content: more, redacts: target.eventId }),
  })
const edit = (version: RoomVersion, target: Shown, more: JsonObject = {}) =>
  sealed(version, {
    type: "m.room.message",
    origin_server_ts: 3000,
    content: {
      msgtype: "m.text",
      body: "* ho",
      "m.new_content": { msgtype: "m.text", body: "ho" },
      "m.relates_to": { rel_type: "m.replace", event_id: target.eventId },
    },
    ...more,
  })
const erased = (version: RoomVersion, { eventId, pdu }: Shown): Shown => ({ eventId, pdu: redact(pdu, version) })
const evidence = (version: RoomVersion, ...events: ReadonlyArray<Shown>): Evidence => ({
  version,
  roomId,
  keys: { [server]: { [key.keyId]: key.publicKey } },
  events,
})
const verdict = (version: RoomVersion, shown: Shown, ...others: ReadonlyArray<Shown>) =>
  verdictOf(shown, evidence(version, shown, ...others))

describe.each(versions)("in room version $id", (version) => {
  const sent = message(version)

  it("what is as it was sent is authentic, what was edited or erased says when", () => {
    expect(verdict(version, sent)).toEqual({ verdict: "authentic" })
    expect(verdict(version, sent, edit(version, sent))).toEqual({ verdict: "edited", at: 3000 })
    const redacts = redaction(version, sent)
    expect(verdict(version, erased(version, sent), redacts)).toEqual({ verdict: "erased", at: 2000 })
    expect(verdict(version, redacts)).toEqual({ verdict: "authentic" })
  })

  it("content that is missing without a redaction, or with one that was changed, was altered", () => {
    expect(verdict(version, erased(version, sent))).toMatchObject({ verdict: "altered" })
    const other = redaction(version, message(version, { body: "another" }, 1001))
    expect(verdict(version, erased(version, sent), other)).toMatchObject({ verdict: "altered" })
    const forged = { ...other, pdu: redaction(version, sent).pdu }
    expect(verdict(version, erased(version, sent), forged)).toMatchObject(
      version.eventIds === "server" ? { verdict: "erased" } : { verdict: "altered" },
    )
  })

  it("a redaction that was redacted itself still says when, where its version keeps what it redacts", () => {
    const redacts = redaction(version, sent, 2000, { reason: "a slip" })
    const again = redaction(version, redacts, 2500)
    const others = [erased(version, redacts), again]
    expect(verdict(version, erased(version, sent), ...others)).toMatchObject(
      version.updatedRedaction ? { verdict: "erased", at: 2000 } : { verdict: "altered" },
    )
    expect(verdict(version, erased(version, redacts), again)).toEqual({ verdict: "erased", at: 2500 })
  })

  it("nobody edits what another has said", () => {
    expect(verdict(version, sent, edit(version, sent, { sender: `@b:${server}` }))).toEqual({ verdict: "authentic" })
  })

  it("what nobody signed does not count", () => {
    const { eventId, pdu } = sent
    expect(verdict(version, { eventId, pdu: { ...pdu, unsigned: {} } })).toMatchObject({ verdict: "altered" })
    expect(verdict(version, { eventId, pdu: { ...pdu, signatures: {} } })).toMatchObject({ verdict: "altered" })
    const { keys: _, ...rest } = evidence(version, sent)
    expect(verdictOf(sent, { ...rest, keys: {} })).toMatchObject({ verdict: "altered" })
    expect(verdictOf(sent, { ...evidence(version, sent), roomId: "!other" })).toMatchObject({ verdict: "altered" })
  })
})

describe("one changed byte", () => {
  /** The text with one of its bytes another; undefined where that is no JSON any more, which everybody notices. */
  const changed = (pdu: JsonObject, at: number, by: number): JsonObject | undefined => {
    const bytes = Buffer.from(canonicalJson(pdu))
    bytes[at % bytes.length]! ^= by
    try {
      const value: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes))
      return value as JsonObject
    } catch {
      return undefined
    }
  }
  const contents = fc.dictionary(fc.string({ maxLength: 5 }), fc.oneof(fc.string(), fc.integer(), fc.boolean()), {
    maxKeys: 4,
  })

  it("is noticed wherever it is", () => {
    fc.assert(
      fc.property(anyVersion, contents, fc.nat(), fc.integer({ min: 1, max: 127 }), (version, content, at, by) => {
        const sent = message(version, content)
        const pdu = changed(sent.pdu, at, by)
        if (pdu === undefined) return
        expect(verdict(version, { ...sent, pdu })).toMatchObject({ verdict: "altered" })
      }),
      { numRuns: 1000 },
    )
  })

  it("is noticed in what is left of an erased event", () => {
    fc.assert(
      fc.property(anyVersion, fc.nat(), fc.integer({ min: 1, max: 127 }), (version, at, by) => {
        const sent = message(version)
        const pdu = changed(erased(version, sent).pdu, at, by)
        if (pdu === undefined) return
        expect(verdict(version, { ...sent, pdu }, redaction(version, sent))).toMatchObject({ verdict: "altered" })
      }),
      { numRuns: 500 },
    )
  })
})
