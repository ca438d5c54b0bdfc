import type { JsonObject } from "@biz1/protocol/json"
import type { ServerName } from "@biz1/protocol/ids"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { canonicalJson } from "./canonicalJson.ts"
import { eventIdOf, roomIdOfCreate } from "./eventId.ts"
import { hasValidContentHash } from "./hashes.ts"
import { redact } from "./redact.ts"
import { roomVersions } from "./roomVersion.ts"
import { sealEvent, signEvent, signingKeyFromSeed, signJson, verifyEventSignature, verifyJson } from "./signatures.ts"

// Spec: appendices, "Cryptographic Test Vectors"
const key = signingKeyFromSeed("ed25519:1", Buffer.from("YJDBA9Xnr2sVqXD9Vj7XVUnmFZcZrlw8Md7kMW+3XA1", "base64"))
const domain = "domain" as ServerName
const v1 = roomVersions.get("1")!
const all = [...roomVersions.values()]

describe("signing JSON", () => {
  it.each([
    [{}, "K8280/U9SSy9IVtjBuVeLr+HpOB4BQFWbg+UZaADMtTdGYI7Geitb76LTrr5QV/7Xg4ahLwYGYZzuHGZKM5ZAQ"],
    [{ one: 1, two: "Two" }, "KqmLSbO39/Bzb0QIYE82zqLwsA+PDzYIpIRA2sRQ4sL53+sN6/fpNSoqE7BP7vBZhG6kYdD13EIMJpvhJI+6Bw"],
  ])("signs %j as the specification does", (object, signature) => {
    expect(signJson(object, domain, key)["signatures"]).toEqual({ domain: { "ed25519:1": signature } })
  })

  it("covers everything but `signatures` and `unsigned`", () => {
    const signed = signJson({ one: 1, unsigned: { age: 5 } }, domain, key)
    const verify = (object: JsonObject) => verifyJson(object, domain, key.keyId, key.publicKey)
    expect(verify(signed)).toBe(true)
    expect(verify({ ...signed, unsigned: {} })).toBe(true)
    expect(verify({ ...signed, one: 2 })).toBe(false)
    expect(verify({ ...signed, signatures: {} })).toBe(false)
    expect(verify({ ...signed, signatures: "none" })).toBe(false)
    expect(verifyJson(signed, "other", key.keyId, key.publicKey)).toBe(false)
    expect(verifyJson(signed, domain, key.keyId, "AAAA")).toBe(false)
    expect(verify({ ...signed, signatures: { domain: { [key.keyId]: "AAAA" } } })).toBe(false)
    expect(verify({ ...signed, signatures: { domain: null } })).toBe(false)
  })

  it("knows no algorithm but Ed25519, whatever a key is called", () => {
    const renamed = signJson({}, domain, { ...key, keyId: "rot13:1" })
    expect(verifyJson(renamed, domain, "rot13:1", key.publicKey)).toBe(false)
  })

  it("keeps the signatures that are there", () => {
    const first = signJson({ one: 1 }, domain, key)
    const second = signJson(signJson(first, domain, { ...key, keyId: "ed25519:2" }), "other", key)
    const signature = (first["signatures"] as { domain: JsonObject }).domain[key.keyId]
    expect(second["signatures"]).toEqual({
      domain: { "ed25519:1": signature, "ed25519:2": signature },
      other: { "ed25519:1": signature },
    })
  })

  it("makes the public key that belongs to the seed", () => {
    expect(key.publicKey).toBe("XGX0JRS2Af3be3knz2fBiRbApjm2Dh61gXDJA8kcJNI")
  })
})

describe("signing events", () => {
  it.each([
    [
      "minimal",
      {
        room_id: "!x:domain",
        sender: "@a:domain",
        origin: "domain",
        origin_server_ts: 1000000,
        signatures: {},
        hashes: {},
        type: "X",
        content: {},
        prev_events: [],
        auth_events: [],
        depth: 3,
        unsigned: { age_ts: 1000000 },
      },
      "5jM4wQpv6lnBo7CLIghJuHdW+s2CMBJPUOGOC89ncos",
      "KxwGjPSDEtvnFgU00fwFz+l6d2pJM6XBIaMEn81SXPTRl16AqLAYqfIReFGZlHi5KLjAWbOoMszkwsQma+lYAg",
    ],
    [
      "redactable",
      {
        content: { body: "Here is the message content" },
        event_id: "$0:domain",
        origin: "domain",
        origin_server_ts: 1000000,
        type: "m.room.message",
        room_id: "!r:domain",
        sender: "@u:domain",
        signatures: {},
        unsigned: { age_ts: 1000000 },
      },
      "onLKD1bGljeBWQhWZ1kaP9SorVmRQNdN5aM2JYU2n/g",
      "Wm+VzmOUOz08Ds+0NTWb1d4CZrVsJSikkeRxh6aCcUwu6pNC78FunoD7KNWzqFn241eYHYMGCA5McEiVPdhzBA",
    ],
  ])("hashes and signs a %s event as the specification does", (_, event, sha256, signature) => {
    const { pdu, json } = sealEvent(event, v1, domain, key)
    expect(pdu).toEqual({ ...event, hashes: { sha256 }, signatures: { domain: { "ed25519:1": signature } } })
    expect(json).toBe(canonicalJson(pdu))
    expect(hasValidContentHash(pdu)).toBe(true)
    expect(verifyEventSignature(pdu, v1, domain, key.keyId, key.publicKey)).toBe(true)
  })

  it("adds a signature to those that are there", () => {
    const other = signingKeyFromSeed("ed25519:other", Buffer.alloc(32, 9))
    const there = "there.example" as ServerName
    for (const of of all) {
      const sealed = sealEvent(
        { event_id: "$0", type: "m.room.member", content: { membership: "invite" } },
        of,
        domain,
        key,
      )
      const both = signEvent(sealed.pdu, of, there, other)
      expect(verifyEventSignature(both, of, domain, key.keyId, key.publicKey)).toBe(true)
      expect(verifyEventSignature(both, of, there, other.keyId, other.publicKey)).toBe(true)
      expect(verifyEventSignature(both, of, there, other.keyId, key.publicKey)).toBe(false)
      expect(eventIdOf(both, of)).toBe(sealed.eventId)
    }
  })
})

describe("the content hash", () => {
  const { pdu } = sealEvent({ type: "m.room.message", content: { body: "x" } }, v1, domain, key)

  it("is the same with padding", () => {
    expect(hasValidContentHash({ ...pdu, hashes: { sha256: `${pdu.hashes.sha256}=` } })).toBe(true)
  })

  it.each([undefined, null, "text", [], {}, { sha256: 5 }, { sha256: "" }])("is not right when it is %j", (hashes) => {
    expect(hasValidContentHash({ ...pdu, hashes } as JsonObject)).toBe(false)
  })
})

const contentKeys = ["body", "membership", "creator", "users", "invite", "redacts", "aliases", "third_party_invite"]

/** Events of the types that redaction knows, with content that it keeps and content that it does not. */
const draft = fc.record({
  room_id: fc.constant("!r:domain"),
  sender: fc.constant("@u:domain"),
  type: fc.constantFrom(
    "m.room.message",
    "m.room.member",
    "m.room.create",
    "m.room.power_levels",
    "m.room.redaction",
    "m.room.aliases",
  ),
  content: fc.dictionary(
    fc.constantFrom(...contentKeys),
    fc.oneof(fc.string(), fc.maxSafeInteger(), fc.dictionary(fc.constantFrom("signed", "display_name"), fc.string())),
  ),
  origin_server_ts: fc.nat(),
  depth: fc.nat(),
  prev_events: fc.array(fc.string()),
  auth_events: fc.array(fc.string()),
}) as unknown as fc.Arbitrary<JsonObject>
const version = fc.constantFrom(...all.filter(({ eventIds }) => eventIds !== "server"))

describe("a sealed event", () => {
  it("keeps its id and its signature through redaction, and redaction changes nothing twice", () => {
    fc.assert(
      fc.property(draft, version, (event, of) => {
        const { pdu, eventId } = sealEvent(event, of, domain, key)
        const redacted = redact(pdu, of)
        expect(hasValidContentHash(pdu)).toBe(true)
        expect(redact(redacted, of)).toEqual(redacted)
        for (const form of [pdu, redacted, { ...pdu, unsigned: { age: 1 } }]) {
          expect(eventIdOf(form, of)).toBe(eventId)
          expect(verifyEventSignature(form, of, domain, key.keyId, key.publicKey)).toBe(true)
        }
      }),
    )
  })

  it("shows every change by its hash, and by its signature exactly those of what redaction keeps", () => {
    const changes = fc.constantFrom(
      "type",
      "sender",
      "room_id",
      "state_key",
      "origin_server_ts",
      "depth",
      "prev_events",
      "auth_events",
      "origin",
      "membership",
      "redacts",
      "other",
      ...contentKeys.map((name) => `content.${name}`),
    )
    fc.assert(
      fc.property(draft, version, changes, (event, of, name) => {
        const { pdu, eventId } = sealEvent(event, of, domain, key)
        const changed = name.startsWith("content.")
          ? { ...pdu, content: { ...pdu.content, [name.slice("content.".length)]: "another" } }
          : { ...pdu, [name]: "another" }
        const isKept = canonicalJson(redact(changed, of)) !== canonicalJson(redact(pdu, of))
        expect(hasValidContentHash(changed)).toBe(false)
        expect(verifyEventSignature(changed, of, domain, key.keyId, key.publicKey)).toBe(!isKept)
        expect(eventIdOf(changed, of) === eventId).toBe(!isKept)
        expect(isKept || !(name in event)).toBe(true)
      }),
    )
  })

  it("is named by a hash that fits into URLs since room version 4, and names its room since 12", () => {
    fc.assert(
      fc.property(draft, version, (event, of) => {
        const { pdu, eventId } = sealEvent(event, of, domain, key)
        expect(eventId).toMatch(of.eventIds === "urlSafeHash" ? /^\$[\w-]{43}$/ : /^\$[A-Za-z0-9+/]{43}$/)
        expect(roomIdOfCreate(pdu, of)).toBe(of.roomIdIsCreateHash ? eventId.replace("$", "!") : "!r:domain")
      }),
    )
  })
})
