/** Legal holds: what is redacted while it is held is hidden from everyone, and lost to nobody who may look. */
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type System, systemOf, systemWith, until } from "../support/business.ts"
import { rowsWith } from "../support/database.ts"
import { type Server, startServer } from "../support/server.ts"
import { registerUser, type User } from "../support/user.ts"

let server: Server
let [owner, ann, ben]: ReadonlyArray<User> = []
let crm: System
let boss: System
let room: string

beforeAll(async () => {
  server = await startServer({ LIMITS: "retention.seconds=1,redactions.keepDays=0" })
  owner = await registerUser(server, "owner")
  ann = await registerUser(server, "ann")
  ben = await registerUser(server, "ben")
  boss = systemWith(server, owner.token)
  crm = await systemOf(server, owner, ["records:write", "conversations:write", "compliance:write"])
  await crm.ask("PUT", "/records/customer/c1", {
    title: "Ada Ltd",
    status: "x",
    statusKind: "open",
    version: 1,
    occurredAt: "2026-11-01T10:00:00Z",
  })
  await crm.ask("PUT", "/records/project/p", {
    title: "Apollo",
    status: "x",
    statusKind: "open",
    version: 1,
    occurredAt: "2026-11-01T10:00:00Z",
    customer: { id: "c1" },
    people: [ann, ben].map(({ userId }) => ({ user: userId, role: "x" })),
  })
  const opened = { kind: "project", record: { type: "project", id: "p" } }
  room = (await crm.ask<{ id: string }>("POST", "/conversations", opened)).id
})
afterAll(() => server.stop())

const redact = (user: User, roomId: string, eventId: string) =>
  user.ask("PUT", `/v3/rooms/${roomId}/redact/${encodeURIComponent(eventId)}/r${eventId.slice(1, 9)}`, {})
const inStore = (text: string) => rowsWith(server, text, ["events", "event_search"])
const read = (id: string, by = boss) =>
  by.ask<{ items: ReadonlyArray<{ eventId: string; content: object }> }>("GET", `/holds/${id}/redacted`)

describe("what was redacted", () => {
  it("leaves the store where nothing holds it, after it was hidden", async () => {
    const said = await ann!.say(room, "unheld sentence")
    await redact(ann!, room, said)
    await until(
      () => inStore("unheld sentence"),
      (rows) => rows === 0,
    )
    expect(await ann!.ask("GET", `/v3/rooms/${room}/event/${encodeURIComponent(said)}`)).toMatchObject({
      content: {},
      type: "m.room.message",
    })
  })

  it.each([
    ["customer", () => ({ customer: "c1" })],
    ["record", () => ({ record: { type: "project", id: "p" } })],
    ["user", () => ({ user: ann!.userId })],
    ["room", () => ({ room })],
  ])("stays for auditors while a %s is held, and goes when that ends", async (name, subject) => {
    const sentence = `held for its ${name}`
    await boss.ask("PUT", `/holds/${name}`, { subject: subject(), reason: "case 4711" })
    const said = await ann!.say(room, sentence)
    await redact(ann!, room, said)
    const later = await ben!.createRoom()
    const other = await ben!.say(later, `not ${sentence}`)
    await redact(ben!, later, other)
    await until(
      () => inStore(`not ${sentence}`),
      (rows) => rows === 0,
    )
    for (const user of [ann!, ben!]) {
      const shown = await user.ask("GET", `/v3/rooms/${room}/messages?dir=b&limit=100`)
      expect(JSON.stringify(shown)).not.toContain(sentence)
    }
    expect((await read(name)).items.filter(({ eventId }) => eventId === said)).toMatchObject([
      { sender: ann!.userId, type: "m.room.message", content: { body: sentence } },
    ])
    await boss.ask("DELETE", `/holds/${name}`)
    await until(
      () => inStore(sentence),
      (rows) => rows === 0,
    )
    expect((await read(name)).items).toEqual([])
  })
})

describe("what a customer asked for", () => {
  it("is held with them, in the team's lane as well", async () => {
    const asked = { kind: "support", requester: "c1", title: "Refund", members: [ann!.userId] }
    const { lanes } = await crm.ask<{ lanes: ReadonlyArray<{ roomId: string }> }>("POST", "/conversations", asked)
    const lane = lanes[0]!.roomId
    await boss.ask("PUT", "/holds/asked", { subject: { customer: "c1" }, reason: "case 4711" })
    const said = await ann!.say(lane, "they are right")
    await redact(ann!, lane, said)
    expect((await read("asked")).items.map(({ eventId }) => eventId)).toContain(said)
    await boss.ask("DELETE", "/holds/asked")
  })
})

describe("a hold", () => {
  it("keeps its subject, and can be made again when it has ended", async () => {
    await crm.ask("PUT", "/holds/h1", { subject: { room }, reason: "case 1" })
    const other = await crm.call("PUT", "/holds/h1", { subject: { user: ann!.userId }, reason: "case 1" })
    expect(other.status).toBe(409)
    await crm.ask("DELETE", "/holds/h1")
    expect(await crm.ask("GET", "/holds/h1")).toMatchObject({ reason: "case 1", endedAt: expect.any(String) as string })
    expect(await crm.ask("PUT", "/holds/h1", { subject: { room }, reason: "case 2" })).not.toHaveProperty("endedAt")
    const { items } = await crm.ask<{ items: ReadonlyArray<{ id: string }> }>("GET", "/holds")
    expect(items.map(({ id }) => id)).toContain("h1")
    expect((await crm.call("GET", "/holds/h2")).status).toBe(404)
  })

  it("is for those who see to compliance, and recorded, reading too", async () => {
    const member = systemWith(server, ann!.token)
    expect((await member.call("PUT", "/holds/h3", { subject: { room }, reason: "mine" })).status).toBe(403)
    expect((await member.call("GET", "/holds/h1/redacted")).status).toBe(403)
    await boss.ask("PUT", `/people/${ben!.userId}`, { role: "agent", auditor: true })
    await read("h1", systemWith(server, ben!.token))
    const { items } = await boss.ask<{ items: ReadonlyArray<object> }>(
      "GET",
      `/audit?action=readHeld&actor=${ben!.userId}`,
    )
    expect(items).toMatchObject([{ target: "h1", details: { outcome: "done" } }])
  })
})
