/** A conversation as it stood at a moment: who was in it, what it was about, and what had been said. */
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type System, systemOf, systemWith } from "../support/business.ts"
import { type Server, startServer } from "../support/server.ts"
import { registerUser, type User } from "../support/user.ts"

let server: Server
let [owner, ann, ben, cat]: ReadonlyArray<User> = []
let crm: System

beforeAll(async () => {
  server = await startServer()
  owner = await registerUser(server, "owner")
  ann = await registerUser(server, "ann")
  ben = await registerUser(server, "ben")
  cat = await registerUser(server, "cat")
  const scopes = ["records:read", "records:write", "conversations:read", "conversations:write"]
  crm = await systemOf(server, owner, scopes)
})
afterAll(() => server.stop())

const invoice = (version: number, title: string, status: string) =>
  crm.ask("PUT", "/records/invoice/7", {
    title,
    status,
    statusKind: "open",
    version,
    occurredAt: "2026-11-01T10:00:00Z",
  })
interface View {
  readonly title: string
  readonly at: { readonly eventId: string; readonly time: string }
  readonly members: ReadonlyArray<string>
  readonly links: ReadonlyArray<{
    readonly id: string
    readonly record: { readonly version: number; readonly status: string }
  }>
  readonly messages: ReadonlyArray<{ readonly eventId: string; readonly content: { readonly body?: string } }>
  readonly next?: string
}
const viewAt = (id: string, at: string, more = "", by: System = crm) =>
  by.ask<View>("GET", `/conversations/${id}?at=${encodeURIComponent(at)}${more}`)
const bodies = ({ messages }: View) => messages.map(({ content }) => content.body)
const timeOf = async (id: string, eventId: string) => {
  const { origin_server_ts: ts } = await ann!.ask<{ origin_server_ts: number }>(
    "GET",
    `/v3/rooms/${id}/event/${eventId}`,
  )
  return new Date(ts).toISOString()
}
const begin = async () => {
  const body = { kind: "group", title: "Roof", members: [owner!.userId, ann!.userId, ben!.userId] }
  const { id } = await crm.ask<{ id: string }>("POST", "/conversations", body)
  return id
}
const editOf = (user: User, id: string, eventId: string, text: string) =>
  user.send(id, {
    msgtype: "m.text",
    body: `* ${text}`,
    "m.new_content": { msgtype: "m.text", body: text },
    "m.relates_to": { rel_type: "m.replace", event_id: eventId },
  })

describe("a conversation as of an event", () => {
  it("has the members, the name, the links and the versions of that moment, and no later wording", async () => {
    const id = await begin()
    await invoice(1, "Roof", "draft")
    await crm.ask("PUT", `/records/invoice/7/links/${id}`, {})
    const said = await ann!.say(id, "It costs 1000")
    const secret = await ben!.say(id, "the password is 123")
    const first = await editOf(ann!, id, said, "It costs 1100")
    const moment = await ann!.say(id, "That was Monday")
    await invoice(2, "Roof and walls", "sent")
    await editOf(ann!, id, said, "It costs 2000")
    await ben!.ask("PUT", `/v3/rooms/${id}/redact/${secret}/1`, {})
    await ann!.ask("POST", `/v3/rooms/${id}/invite`, { user_id: cat!.userId })
    await cat!.join(id)
    await ben!.ask("POST", `/v3/rooms/${id}/leave`, {})
    await owner!.setState(id, "m.room.name", { name: "Roof and walls" })
    await crm.ask("DELETE", `/records/invoice/7/links/${id}`)

    const then = await viewAt(id, moment)
    expect(then).toMatchObject({ id, kind: "group", title: "Roof", at: { eventId: moment } })
    expect([...then.members].sort()).toEqual([ann!.userId, ben!.userId, owner!.userId].sort())
    expect(then.links).toMatchObject([{ type: "invoice", id: "7", record: { version: 1, status: "draft" } }])
    expect(bodies(then)).toEqual(["That was Monday", undefined, "It costs 1100"])
    expect(then.messages[1]).toMatchObject({ eventId: secret, content: {}, erasedAt: expect.any(String) as string })
    expect(then.messages[2]).toMatchObject({ eventId: said, editedAt: await timeOf(id, first) })
    expect(bodies(await viewAt(id, secret))).toEqual([undefined, "It costs 1000"])

    const now = await viewAt(id, "2999-01-01T00:00:00Z")
    expect(now.title).toBe("Roof and walls")
    expect([...now.members].sort()).toEqual([ann!.userId, cat!.userId, owner!.userId].sort())
    expect(now.links).toEqual([])
    expect(bodies(now)).toEqual(["That was Monday", undefined, "It costs 2000"])
  })

  it("comes in pages, to whoever may read it and that moment", async () => {
    const id = await begin()
    for (const text of ["one", "two", "three"]) await ann!.say(id, text)
    const end = await ann!.say(id, "four")
    await ann!.say(id, "five")
    const first = await viewAt(id, end, "&limit=2")
    expect(bodies(first)).toEqual(["four", "three"])
    const rest = await viewAt(id, end, `&limit=3&after=${first.next}`)
    expect(bodies(rest)).toEqual(["two", "one"])
    expect(rest.next).toBeUndefined()
    expect(bodies(await viewAt(id, end, "&limit=1", systemWith(server, ben!.token)))).toEqual(["four"])
    const status = async (by: System, at: string, room = id) =>
      (await by.call("GET", `/conversations/${room}?at=${encodeURIComponent(at)}`)).status
    expect(await status(systemWith(server, cat!.token), end)).toBe(404)
    expect(await status(crm, "yesterday")).toBe(400)
    expect(await status(crm, "1999-01-01T00:00:00Z")).toBe(404)
    expect(await status(crm, end, await begin())).toBe(404)
  })
})

describe("a conversation as of a time", () => {
  it("has what had happened until then, also where the last of it was a record's change", async () => {
    const id = await begin()
    await invoice(11, "Roof", "sent")
    await crm.ask("PUT", `/records/invoice/7/links/${id}`, {})
    const last = await ann!.say(id, "Look")
    await invoice(12, "Roof", "paid")
    const { items } = await crm.ask<{ items: ReadonlyArray<{ version: number; updatedAt: string }> }>(
      "GET",
      "/records/invoice/7/versions",
    )
    const paid = items.find(({ version }) => version === 12)!.updatedAt
    expect((await viewAt(id, last)).links).toMatchObject([{ record: { version: 11, status: "sent" } }])
    expect((await viewAt(id, paid)).links).toMatchObject([{ record: { version: 12, status: "paid" } }])
  })
})
