/** How long things are kept: what is too old goes for good, what a hold keeps stays, and all else is kept for ever. */
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type System, systemOf, systemWith, until } from "../support/business.ts"
import { rowsWith } from "../support/database.ts"
import { type Server, startServer } from "../support/server.ts"
import { registerUser, type User } from "../support/user.ts"

let server: Server
let [owner, ann]: ReadonlyArray<User> = []
let crm: System
let boss: System

beforeAll(async () => {
  server = await startServer({ LIMITS: "retention.seconds=1" })
  owner = await registerUser(server, "owner")
  ann = await registerUser(server, "ann")
  boss = systemWith(server, owner.token)
  crm = await systemOf(server, owner, ["records:write", "conversations:write", "compliance:write"])
})
afterAll(() => server.stop())

const project = async (id: string) => {
  await crm.ask("PUT", `/records/project/${id}`, {
    title: id,
    status: "x",
    statusKind: "open",
    version: 1,
    occurredAt: "2026-11-01T10:00:00Z",
    people: [{ user: ann!.userId, role: "x" }],
  })
  return (await crm.ask<{ id: string }>("POST", "/conversations", { kind: "project", record: { type: "project", id } }))
    .id
}
const group = async (title: string) =>
  (await crm.ask<{ id: string }>("POST", "/conversations", { kind: "group", title, members: [ann!.userId] })).id

const upload = async (text: string) => {
  const response = await fetch(`${server.base}/_matrix/media/v3/upload?filename=a.txt`, {
    method: "POST",
    headers: { authorization: `Bearer ${ann!.token}`, "content-type": "text/plain" },
    body: text,
  })
  return ((await response.json()) as { content_uri: string }).content_uri
}
const fetched = async (uri: string) =>
  (
    await fetch(`${server.base}/_matrix/client/v1/media/download/${uri.slice("mxc://".length)}`, {
      headers: { authorization: `Bearer ${ann!.token}` },
    })
  ).status
const attach = (room: string, url: string, body = "a.txt") => ann!.send(room, { msgtype: "m.file", body, url })
const seen = (room: string, eventId: string) =>
  ann!.ask<{ content: Record<string, unknown> }>("GET", `/v3/rooms/${room}/event/${encodeURIComponent(eventId)}`)
const done = (room: string, action: string) =>
  until(
    async () =>
      (
        await boss.ask<{ items: ReadonlyArray<{ details: Record<string, number> }> }>(
          "GET",
          `/audit?action=${action}&target=${encodeURIComponent(`conversation/${room}`)}`,
        )
      ).items,
    (items) => items.length > 0,
  )

describe("a policy that redacts", () => {
  it("takes what is too old from everyone and from the store, with its files, and says so in the audit", async () => {
    const [room, other] = [await project("r1"), await group("kept for ever")]
    const file = await upload("contents of a file")
    const shared = await upload("contents of another file")
    const sentences = await Promise.all(Array.from({ length: 60 }, (_, n) => ann!.say(room, `too old ${n}`)))
    const sent = [await attach(room, file), await attach(room, shared)]
    await attach(other, shared)
    const kept = await ann!.say(other, "not too old")
    await crm.ask("PUT", "/retention/projects", { scope: { recordType: "project" }, keep: "P0D", then: "redact" })
    const entries = await done(room, "retention.redacted")
    expect(entries[0]).toMatchObject({ details: { events: 62, files: 1, held: 0 } })
    for (const eventId of [sentences[0]!, sentences[59]!, ...sent]) {
      expect(await seen(room, eventId)).toMatchObject({ content: {}, unsigned: { redacted_by: expect.any(String) } })
    }
    expect(await rowsWith(server, "too old 5", ["events", "event_search"])).toBe(0)
    expect([await fetched(file), await fetched(shared)]).toEqual([404, 200])
    expect(await seen(other, kept)).toMatchObject({ content: { body: "not too old" } })
    expect(await ann!.ask("GET", `/v3/rooms/${room}/state/m.room.name`)).toEqual({ name: "r1" })
    await crm.ask("DELETE", "/retention/projects")
  })

  it("passes by what is held, and comes back when that ends", async () => {
    const room = await project("r2")
    await crm.ask("PUT", "/holds/r2", { subject: { room }, reason: "case 4711" })
    const said = await ann!.say(room, "held and old")
    await crm.ask("PUT", "/retention/projects", { scope: { recordType: "project" }, keep: "P0D", then: "redact" })
    expect((await done(room, "retention.redacted"))[0]).toMatchObject({ details: { events: 0, held: 1 } })
    expect(await seen(room, said)).toMatchObject({ content: { body: "held and old" } })
    await crm.ask("DELETE", "/holds/r2")
    await until(
      () => seen(room, said),
      ({ content }) => content["body"] === undefined,
    )
    await until(
      () => rowsWith(server, "held and old", ["events", "event_search"]),
      (rows) => rows === 0,
    )
    await crm.ask("DELETE", "/retention/projects")
  })

  it("keeps as long as the longest that is for a conversation", async () => {
    const room = await project("r3")
    const said = await ann!.say(room, "kept for seven years")
    await crm.ask("PUT", "/retention/all", { scope: { kind: "project" }, keep: "P7Y", then: "redact" })
    await crm.ask("PUT", "/retention/projects", { scope: { recordType: "project" }, keep: "P0D", then: "redact" })
    const witness = await group("witness")
    await ann!.say(witness, "gone at once")
    await crm.ask("PUT", "/retention/groups", { scope: { kind: "group" }, keep: "P0D", then: "redact" })
    await done(witness, "retention.redacted")
    expect(await seen(room, said)).toMatchObject({ content: { body: "kept for seven years" } })
    for (const id of ["all", "projects", "groups"]) await crm.ask("DELETE", `/retention/${id}`)
  })
})

describe("a policy that purges", () => {
  it("takes the files and leaves the words", async () => {
    const room = await project("f1")
    const file = await upload("a file of f1")
    const sent = await attach(room, file, "what was in it")
    await crm.ask("PUT", "/retention/files", { scope: { kind: "project" }, keep: "P0D", then: "purge" })
    await done(room, "retention.purged")
    expect(await fetched(file)).toBe(404)
    expect(await seen(room, sent)).toMatchObject({ content: { body: "what was in it" } })
    await crm.ask("DELETE", "/retention/files")
  })
})

describe("policies", () => {
  it("are put, listed and taken away by those who see to compliance, and refused where they say nothing", async () => {
    const policy = { scope: { kind: "support", queue: "general" }, keep: "P7Y", then: "redact" }
    expect(await boss.ask("PUT", "/retention/p", policy)).toEqual({ id: "p", ...policy })
    expect(await boss.ask("GET", "/retention/p")).toEqual({ id: "p", ...policy })
    expect(await boss.ask("GET", "/retention")).toEqual({ items: [{ id: "p", ...policy }] })
    for (const wrong of [{ keep: "7 years" }, { keep: "P" }, { then: "burn" }, { scope: {} }]) {
      expect((await boss.call("PUT", "/retention/p", { ...policy, ...wrong })).status).toBe(400)
    }
    expect((await systemWith(server, ann!.token).call("PUT", "/retention/p", policy)).status).toBe(403)
    await boss.ask("DELETE", "/retention/p")
    expect((await boss.call("DELETE", "/retention/p")).status).toBe(404)
  })
})
