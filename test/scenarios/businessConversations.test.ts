/** Conversations about the organisation's records: begun once, with the right people, and linked. */
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type System, systemOf, systemWith } from "../support/business.ts"
import { type Server, startServer } from "../support/server.ts"
import { registerUser, type User } from "../support/user.ts"

let server: Server
let [owner, ann, ben, cat]: ReadonlyArray<User> = []
let crm: System

const scopes = ["records:read", "records:write", "conversations:read", "conversations:write"]

beforeAll(async () => {
  server = await startServer()
  owner = await registerUser(server, "owner")
  ann = await registerUser(server, "ann")
  ben = await registerUser(server, "ben")
  cat = await registerUser(server, "cat")
  crm = await systemOf(server, owner, scopes)
})
afterAll(() => server.stop())

interface Opened {
  readonly id: string
  readonly created: boolean
  readonly lanes: ReadonlyArray<{ readonly name: string; readonly roomId: string }>
}

const record = (version: number, title: string, people: ReadonlyArray<User>, more: object = {}) => ({
  title,
  status: "active",
  statusKind: "open",
  version,
  occurredAt: "2026-11-01T10:00:00Z",
  people: people.map(({ userId }) => ({ user: userId, role: "member" })),
  ...more,
})
const put = (type: string, id: string, body: object) => crm.ask("PUT", `/records/${type}/${id}`, body)
const open = (body: object, by: System = crm) => by.ask<Opened>("POST", "/conversations", body)
const state = (user: User, roomId: string, type: string, key = "") =>
  user.ask("GET", `/v3/rooms/${roomId}/state/${type}/${encodeURIComponent(key)}`)
const joined = async (user: User, roomId: string) =>
  Object.keys((await user.ask<{ joined: object }>("GET", `/v3/rooms/${roomId}/joined_members`)).joined).sort()
/** Looks until it is so: following a record takes a moment. */
const until = async <A>(look: () => Promise<A>, holds: (found: A) => boolean): Promise<A> => {
  for (;;) {
    const found = await look()
    if (holds(found)) return found
  }
}
const service = "@biz1:test.example"

describe("a project's conversation", () => {
  it("has the project's people, a lane for the team, a space, and is about the project", async () => {
    await put("project", "apollo", record(1, "Apollo", [ann!, ben!], { number: "P-7", url: "https://crm.example/7" }))
    const { id, created, lanes } = await open({ kind: "project", record: { type: "project", id: "apollo" } })
    expect(created).toBe(true)
    expect(lanes).toMatchObject([{ name: "team" }])
    expect(await joined(ann!, id)).toEqual([ann!.userId, ben!.userId, service].sort())
    expect(await state(ann!, id, "m.room.name")).toEqual({ name: "Apollo" })
    expect(await state(ann!, id, "com.biz1.conversation")).toEqual({
      kind: "project",
      title: "Apollo",
      primary: { type: "project", id: "apollo" },
    })
    expect(await state(ann!, id, "com.biz1.records", service)).toMatchObject({
      links: {
        "project/apollo": { role: "primary", number: "P-7", title: "Apollo", url: "https://crm.example/7", version: 1 },
      },
    })
    expect(await state(ann!, lanes[0]!.roomId, "m.room.create")).toMatchObject({ "m.federate": false })
    const { allow } = await state(ann!, id, "m.room.join_rules")
    const space = (allow as ReadonlyArray<{ room_id: string }>)[0]!.room_id
    expect(await state(ann!, space, "m.space.child", id)).toMatchObject({ via: ["test.example"] })
    expect(await state(ann!, id, "m.space.parent", space)).toMatchObject({ canonical: true })
  })

  it("is one, however many ask for it at once and wherever", async () => {
    await put("project", "gemini", record(1, "Gemini", [ann!]))
    const other = await startServer({ DATABASE_URL: server.databaseUrl })
    try {
      const there = systemWith(other, (crm as System & { secret: string }).secret)
      const asked = await Promise.all(
        Array.from({ length: 12 }, (_, n) =>
          open({ kind: "project", record: { type: "project", id: "gemini" } }, n % 2 === 0 ? crm : there),
        ),
      )
      expect(new Set(asked.map(({ id }) => id)).size).toBe(1)
      expect(asked.filter(({ created }) => created)).toHaveLength(1)
      expect(new Set(asked.map(({ lanes }) => lanes[0]!.roomId)).size).toBe(1)
    } finally {
      await other.stop()
    }
  })

  it("follows its record: who comes and goes, its name, what is told of it", async () => {
    await put("project", "vega", record(1, "Vega", [ann!, ben!]))
    const { id, lanes } = await open({ kind: "project", record: { type: "project", id: "vega" } })
    await put("project", "vega", record(2, "Vega II", [ann!, cat!], { status: "late" }))
    const people = [ann!.userId, cat!.userId, service].sort()
    await until(
      () => joined(ann!, id),
      (found) => found.join() === people.join(),
    )
    await until(
      () => joined(ann!, lanes[0]!.roomId),
      (found) => found.join() === people.join(),
    )
    await until(
      () => state(ann!, id, "m.room.name"),
      ({ name }) => name === "Vega II",
    )
    expect(await state(ann!, id, "com.biz1.records", service)).toMatchObject({
      links: { "project/vega": { title: "Vega II", status: "late", version: 2 } },
    })
    const refused = await ben!.call("PUT", `/v3/rooms/${id}/send/m.room.message/1`, { msgtype: "m.text", body: "hi" })
    expect(refused).toMatchObject({ status: 403, body: { errcode: "M_FORBIDDEN" } })
    expect((await ben!.call("POST", `/v3/join/${id}`, {})).status).toBe(403)
    // Who was asked in by hand stays, whatever becomes of the record.
    await ann!.ask("POST", `/v3/rooms/${id}/invite`, { user_id: owner!.userId })
    await owner!.join(id)
    await put("project", "vega", record(3, "Vega II", [ann!]))
    await until(
      () => joined(ann!, id),
      (found) => !found.includes(cat!.userId),
    )
    expect(await joined(ann!, id)).toContain(owner!.userId)
  })
})

describe("other kinds", () => {
  it("a personal conversation is one for each pair, and known as such to Matrix clients", async () => {
    const first = await open({ kind: "personal", members: [ben!.userId] }, systemWith(server, ann!.token))
    const second = await open({ kind: "personal", members: [ann!.userId] }, systemWith(server, ben!.token))
    expect(second).toMatchObject({ id: first.id, created: false })
    expect(await ben!.ask("GET", `/v3/user/${ben!.userId}/account_data/m.direct`)).toMatchObject({
      [ann!.userId]: [first.id],
    })
    const sync = await ben!.ask<{ rooms: { join: Record<string, { summary: Record<string, unknown> }> } }>(
      "GET",
      "/v3/sync",
    )
    expect(sync.rooms.join[first.id]!.summary["m.heroes"]).toEqual([ann!.userId])
  })

  it("a mission's belongs to its project's space, a group is a new one each time", async () => {
    await put("project", "orion", record(1, "Orion", [ann!]))
    await put("mission", "m1", record(1, "Paint it", [ben!], { parent: { type: "project", id: "orion" } }))
    const { id } = await open({ kind: "mission", record: { type: "mission", id: "m1" } })
    expect(await state(ben!, id, "m.room.join_rules")).toMatchObject({ join_rule: "restricted" })
    const group = { kind: "group", title: "Lunch", members: [ann!.userId, ben!.userId] }
    expect((await open(group)).id).not.toBe((await open(group)).id)
  })

  it("are refused where something is missing, and what", async () => {
    const refused = async (body: object) => (await crm.call("POST", "/conversations", body)).body
    expect(await refused({ kind: "party" })).toMatchObject({ errcode: "M_BAD_JSON", field: "kind" })
    expect(await refused({ kind: "project" })).toMatchObject({ errcode: "M_INVALID_PARAM", field: "record" })
    expect(await refused({ kind: "customer", record: { type: "project", id: "apollo" } })).toMatchObject({
      field: "record",
    })
    expect(await refused({ kind: "project", record: { type: "project", id: "none" } })).toMatchObject({
      field: "record",
    })
    expect(await refused({ kind: "group" })).toMatchObject({ field: "title" })
    expect(await refused({ kind: "personal", members: [ann!.userId] })).toMatchObject({ field: "members" })
  })
})

describe("links", () => {
  it("make each message known by what it was about when it was said", async () => {
    await put("project", "lyra", record(1, "Lyra", [ann!, ben!]))
    await put("invoice", "77", record(1, "Roof", [], { number: "INV-77", fields: { net: 12.5, note: "x" } }))
    const { id } = await open({ kind: "project", record: { type: "project", id: "lyra" } })
    const about = async (eventId: string) =>
      (await crm.ask<{ items: ReadonlyArray<object> }>("GET", `/messages/${encodeURIComponent(eventId)}/records`)).items
    const before = await ann!.say(id, "before")
    await crm.ask("PUT", `/records/invoice/77/links/${id}`, { disclose: ["net"] })
    const during = await ann!.say(id, "during")
    const picked = await ben!.send(id, {
      msgtype: "m.text",
      body: "see #INV-9",
      "com.biz1.records": [{ type: "invoice", id: "9" }],
    })
    await systemWith(server, ann!.token).ask("DELETE", `/records/invoice/77/links/${id}`)
    const after = await ann!.say(id, "after")
    const lyra = { type: "project", id: "lyra" }
    const roof = { type: "invoice", id: "77" }
    expect(await about(before)).toEqual([lyra])
    expect(await about(during)).toEqual([roof, lyra])
    expect(await about(picked)).toEqual([roof, { type: "invoice", id: "9" }, lyra])
    expect(await about(after)).toEqual([lyra])
    expect(await crm.ask("GET", "/records/invoice/77/conversations")).toEqual({ items: [] })
    const bodies = async (path: string, by: System = crm) =>
      (await by.ask<{ items: ReadonlyArray<{ kind: string; content?: { body: string } }> }>("GET", path)).items.map(
        (item) => item.content?.body ?? item.kind,
      )
    expect(await bodies("/records/invoice/77/timeline")).toEqual(["see #INV-9", "during", "change"])
    expect(await bodies("/records/project/lyra/timeline?limit=2")).toEqual(["after", "see #INV-9"])
    // Who is not in the conversation reads nothing of it along the record.
    expect(await bodies("/records/invoice/77/timeline", systemWith(server, cat!.token))).toEqual(["change"])
  })

  it("of many at once are all there", async () => {
    await put("project", "rigel", record(1, "Rigel", [ann!]))
    const { id } = await open({ kind: "project", record: { type: "project", id: "rigel" } })
    const ids = Array.from({ length: 8 }, (_, n) => `many${n}`)
    await Promise.all(ids.map((one) => put("order", one, record(1, one, []))))
    await Promise.all(ids.map((one) => crm.ask("PUT", `/records/order/${one}/links/${id}`, {})))
    const { links } = await crm.ask<{ links: ReadonlyArray<{ id: string }> }>("GET", `/conversations/${id}`)
    expect(links.map((link) => link.id).sort()).toEqual([...ids, "rigel"].sort())
  })

  it("reach rooms that people made with clients of their own", async () => {
    await put("order", "plain", record(1, "Order", []))
    const roomId = await ann!.createRoom({ name: "ours" })
    expect(await state(ann!, roomId, "com.biz1.conversation")).toMatchObject({ kind: "group" })
    expect((await systemWith(server, ben!.token).call("PUT", `/records/order/plain/links/${roomId}`, {})).status).toBe(
      404,
    )
    await systemWith(server, ann!.token).ask("PUT", `/records/order/plain/links/${roomId}`, {})
    expect(await state(ann!, roomId, "com.biz1.records", service)).toMatchObject({ links: { "order/plain": {} } })
  })
})
