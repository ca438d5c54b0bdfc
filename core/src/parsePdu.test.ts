import type { ServerName } from "@biz1/protocol/ids"
import type { Json, JsonObject } from "@biz1/protocol/json"
import { Result } from "effect"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { eventIdOf, roomIdOfCreate } from "./eventId.ts"
import { parsePdu } from "./parsePdu.ts"
import { roomVersions } from "./roomVersion.ts"
import { sealEvent, signingKeyFromSeed } from "./signatures.ts"

const all = [...roomVersions.values()]
const versionOf = (id: string) => roomVersions.get(id)!
const key = signingKeyFromSeed("ed25519:1", Buffer.alloc(32, 7))

/** A message in the form of a room version, sealed, with other members in place of some. */
const message = (id: string, members: JsonObject = {}): JsonObject => {
  const version = versionOf(id)
  const edge = (name: string): Json => (version.eventIds === "server" ? [name, { sha256: "x" }] : name)
  const draft: JsonObject = {
    ...(version.eventIds === "server" ? { event_id: "$own:a.example" } : {}),
    type: "m.room.message",
    room_id: "!room:a.example",
    sender: "@alice:a.example",
    content: { body: "hello" },
    origin_server_ts: 1_700_000_000_000,
    depth: 7,
    prev_events: [edge("$prev")],
    auth_events: [edge("$create"), edge("$member")],
  }
  return { ...sealEvent(draft, version, "a.example" as ServerName, key).pdu, ...members }
}
const without = (object: JsonObject, key: string) =>
  Object.fromEntries(Object.entries(object).filter(([name]) => name !== key))
const parsed = (id: string, pdu: JsonObject) => Result.getOrThrow(parsePdu(pdu, versionOf(id)))
const accepts = (id: string, pdu: JsonObject) => Result.isSuccess(parsePdu(pdu, versionOf(id)))
const edgesOf = (id: string, count: number): JsonObject["prev_events"] =>
  Array.from({ length: count }, (_, index) => (versionOf(id).eventIds === "server" ? [`$${index}`, {}] : `$${index}`))

describe("a PDU that keeps to the form", () => {
  it.each(all.map(({ id }) => id))("is an event, in room version %s", (id) => {
    const pdu = message(id)
    expect(parsed(id, pdu)).toEqual({
      eventId: eventIdOf(pdu, versionOf(id)),
      roomId: "!room:a.example",
      type: "m.room.message",
      stateKey: undefined,
      sender: "@alice:a.example",
      content: { body: "hello" },
      originServerTs: 1_700_000_000_000,
      depth: 7,
      prevEvents: ["$prev"],
      authEvents: ["$create", "$member"],
      redacts: undefined,
      pdu,
    })
  })

  it("is the JSON that came, and not a copy", () => {
    const pdu = message("12")
    expect(parsed("12", pdu).pdu).toBe(pdu)
  })

  it("has the id it is known by", () => {
    const known = "$known" as ReturnType<typeof eventIdOf>
    expect(Result.getOrThrow(parsePdu(message("12"), versionOf("12"), known)).eventId).toBe(known)
  })

  it("may have an empty state key, and others' `unsigned`", () => {
    expect(parsed("12", message("12", { state_key: "" })).stateKey).toBe("")
    expect(accepts("12", message("12", { unsigned: { age: 3 } }))).toBe(true)
  })

  it("names its room as its creation does, since room version 12", () => {
    const create = without(message("12", { type: "m.room.create", state_key: "", prev_events: [] }), "room_id")
    expect(parsed("12", create).roomId).toBe(roomIdOfCreate(create, versionOf("12")))
    expect(accepts("12", { ...create, room_id: "!room" })).toBe(false)
    expect(accepts("11", create)).toBe(false)
    expect(parsed("11", { ...create, room_id: "!r:a.example" }).roomId).toBe("!r:a.example")
  })

  it.each([
    ["10", { type: "m.room.redaction", redacts: "$x", content: { redacts: "$y" } }, "$x"],
    ["11", { type: "m.room.redaction", redacts: "$x", content: { redacts: "$y" } }, "$y"],
    ["11", { type: "m.room.redaction", redacts: "$x" }, undefined],
    ["10", { type: "m.room.redaction", redacts: 5 }, undefined],
    ["10", { type: "m.room.redaction", redacts: "x" }, undefined],
    ["10", { type: "m.room.message", redacts: "$x" }, undefined],
    ["11", { type: "m.room.message", content: { redacts: "$y" } }, undefined],
  ] as ReadonlyArray<[string, JsonObject, string | undefined]>)(
    "in room version %s, with %j, redacts %s",
    (id, members, redacts) => {
      expect(parsed(id, message(id, members)).redacts).toBe(redacts)
    },
  )
})

describe("a PDU is refused", () => {
  const required = ["type", "sender", "room_id", "content", "origin_server_ts", "depth", "prev_events", "auth_events"]
  it.each([...required, "hashes", "signatures"])("without `%s`", (name) => {
    for (const { id } of all) expect(accepts(id, without(message(id), name))).toBe(false)
  })

  it("without `event_id` where servers choose ids", () => {
    for (const { id } of all) {
      expect(accepts(id, without(message(id), "event_id"))).toBe(versionOf(id).eventIds !== "server")
    }
    expect(accepts("1", message("1", { event_id: "own:a.example" }))).toBe(false)
  })

  it.each([
    ["type", 5],
    ["type", "a\0b"],
    ["state_key", null],
    ["state_key", "a\0b"],
    ["sender", "alice:a.example"],
    ["sender", "@alice"],
    ["sender", "@alice:"],
    ["room_id", "room:a.example"],
    ["room_id", "!"],
    ["room_id", null],
    ["content", []],
    ["content", "text"],
    ["origin_server_ts", "1"],
    ["origin_server_ts", 1.5],
    ["depth", -1],
    ["depth", 1.5],
    ["depth", "1"],
    ["depth", 2 ** 53],
    ["prev_events", {}],
    ["prev_events", [5]],
    ["prev_events", ["prev"]],
    ["prev_events", ["$"]],
    ["auth_events", [null]],
    ["auth_events", [["$a"]]],
    ["hashes", {}],
    ["hashes", { sha256: 1 }],
    ["hashes", null],
    ["signatures", []],
    ["signatures", { "a.example": "signature" }],
    ["signatures", { "a.example": { "ed25519:1": 5 } }],
    ["unsigned", []],
  ] as ReadonlyArray<[string, Json]>)("with %s as %j", (name, value) => {
    for (const { id } of all) expect(accepts(id, message(id, { [name]: value }))).toBe(false)
  })

  it("with edges in the form of other room versions", () => {
    expect(accepts("2", message("2", { prev_events: ["$prev"] }))).toBe(false)
    expect(accepts("2", message("2", { auth_events: [["$prev", "hash"]] }))).toBe(false)
    expect(accepts("2", message("2", { prev_events: [["$prev", {}, {}]] }))).toBe(false)
    expect(accepts("3", message("3", { prev_events: [["$prev", {}]] }))).toBe(false)
  })

  it.each([
    ["prev_events", 20],
    ["auth_events", 10],
  ])("with more %s than %i", (name, most) => {
    for (const { id } of all) {
      expect(accepts(id, message(id, { [name]: edgesOf(id, most) }))).toBe(true)
      expect(accepts(id, message(id, { [name]: edgesOf(id, most + 1) }))).toBe(false)
    }
  })

  it.each([
    ["type", (length: number, unit: string) => unit.repeat(length)],
    ["state_key", (length: number, unit: string) => unit.repeat(length)],
    ["sender", (length: number, unit: string) => `@${unit.repeat(length - 3)}:b`],
    ["room_id", (length: number, unit: string) => `!${unit.repeat(length - 3)}:b`],
  ] as const)("with a %s longer than 255 bytes; until room version 10, characters", (name, text) => {
    for (const { id } of all) {
      expect(accepts(id, message(id, { [name]: text(255, "a") }))).toBe(true)
      expect(accepts(id, message(id, { [name]: text(256, "a") }))).toBe(false)
      expect(accepts(id, message(id, { [name]: text(255, "💥") }))).toBe(Number(id) < 11)
      expect(accepts(id, message(id, { [name]: text(256, "💥") }))).toBe(false)
    }
  })

  it("when it is larger than 65,536 bytes as canonical JSON", () => {
    const rest = Buffer.byteLength(JSON.stringify(message("12", { content: { body: "" } })))
    const ofBytes = (bytes: number) => message("12", { content: { body: `é${"x".repeat(bytes - rest - 2)}` } })
    expect(accepts("12", ofBytes(65_536))).toBe(true)
    expect(accepts("12", ofBytes(65_537))).toBe(false)
  })

  it.each([1.5, 2 ** 53, -0])("with the number %s in its content, since room version 6", (number) => {
    for (const { id } of all) expect(accepts(id, message(id, { content: { number } }))).toBe(Number(id) < 6)
  })

  it("with half a character in any text, as none can be stored or hashed", () => {
    for (const { id } of all) {
      expect(accepts(id, message(id, { content: { body: "\ud83d" } }))).toBe(false)
      expect(accepts(id, message(id, { content: { "\udca5": "" } }))).toBe(false)
      expect(accepts(id, message(id, { content: { body: "💥" } }))).toBe(true)
    }
  })
})

describe("whatever JSON comes", () => {
  const names = fc.constantFrom(...Object.keys(message("1")), "state_key", "unsigned", "redacts", "__proto__")
  const members = fc.dictionary(names, fc.jsonValue() as fc.Arbitrary<Json>, { maxKeys: 3 })

  it("is an event whose view is of the types it says, or a problem that has words", () => {
    fc.assert(
      fc.property(members, fc.constantFrom(...all), (changed, { id }) => {
        const pdu = JSON.parse(JSON.stringify({ ...message(id), ...changed })) as JsonObject
        const view = Result.match(parsePdu(pdu, versionOf(id)), {
          onFailure: ({ problem }) => problem,
          onSuccess: ({ type, sender, roomId, depth, prevEvents, authEvents }) =>
            [type, sender, roomId, ...prevEvents, ...authEvents].every((text) => typeof text === "string") &&
            Number.isSafeInteger(depth),
        })
        expect(view).not.toBe(false)
        expect(view).not.toBe("")
      }),
    )
  })
})
