/** Decisions about versions of records: said in conversations, found again along the record. */
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type System, systemOf, systemWith } from "../support/business.ts"
import { type Server, startServer } from "../support/server.ts"
import { registerUser, type User } from "../support/user.ts"

let server: Server
let [owner, ann, ben]: ReadonlyArray<User> = []
let crm: System

const scopes = ["records:read", "records:write", "conversations:read", "conversations:write", "events:read"]
const invoice = (version: number) => ({
  title: "Roof",
  status: "sent",
  statusKind: "open",
  version,
  occurredAt: "2026-11-01T10:00:00Z",
})

beforeAll(async () => {
  server = await startServer()
  owner = await registerUser(server, "owner")
  ann = await registerUser(server, "ann")
  ben = await registerUser(server, "ben")
  crm = await systemOf(server, owner, scopes, { actAs: [ann.userId] })
  await crm.ask("PUT", "/records/invoice/7", invoice(3))
})
afterAll(() => server.stop())

const group = async (...members: ReadonlyArray<User>) => {
  const body = { kind: "group", title: "Roof", members: members.map(({ userId }) => userId) }
  return (await crm.ask<{ id: string }>("POST", "/conversations", body)).id
}
interface Listed {
  readonly items: ReadonlyArray<Record<string, unknown>>
  readonly next?: string
}
const version3 = { type: "invoice", id: "7", version: 3 }

describe("a decision", () => {
  it("is said in the conversation, listed along the record, in its timeline and in the feed", async () => {
    const id = await group(ann!, ben!)
    const event = await ann!.say(id, "Shall we?")
    const start = await crm.ask<{ next: string }>("GET", "/events?after=now")
    const by = systemWith(server, ben!.token)
    const decision = { verdict: "approved", record: version3, note: "go ahead", event }
    const { eventId } = await by.ask<{ eventId: string }>("POST", `/conversations/${id}/decisions`, decision)
    expect(await ann!.ask("GET", `/v3/rooms/${id}/event/${eventId}`)).toMatchObject({
      type: "com.biz1.decision",
      sender: ben!.userId,
      content: { verdict: "approved", record: version3, "m.relates_to": { rel_type: "m.reference", event_id: event } },
    })
    const { items } = await crm.ask<Listed>("GET", "/records/invoice/7/decisions")
    expect(items).toMatchObject([{ ...decision, eventId, roomId: id, by: ben!.userId }])
    const timeline = await crm.ask<Listed>("GET", "/records/invoice/7/timeline")
    expect(timeline.items.map(({ kind }) => kind)).toEqual(["decision", "change"])
    const feed = await crm.ask<Listed>("GET", `/events?after=${start.next}&types=decision.*`)
    expect(feed.items).toMatchObject([
      { type: "decision.recorded", data: { eventId, content: { verdict: "approved" }, records: [{ id: "7" }] } },
    ])
  })

  it("is about a version that exists and a message of that conversation, and everybody's own", async () => {
    const id = await group(ann!)
    const event = await ann!.say(id, "Shall we?")
    const decide = async (by: System, more: object, at = id) =>
      (
        await by.call("POST", `/conversations/${at}/decisions`, {
          verdict: "rejected",
          record: version3,
          event,
          ...more,
        })
      ).body
    const asAnn = systemWith(server, ann!.token)
    expect(await decide(asAnn, { record: { ...version3, version: 4 } })).toMatchObject({ field: "record.version" })
    expect(await decide(asAnn, { verdict: "maybe" })).toMatchObject({ errcode: "M_BAD_JSON" })
    expect(await decide(asAnn, {}, await group(ann!))).toMatchObject({ errcode: "M_NOT_FOUND" })
    expect(await decide(asAnn, { as: ben!.userId })).toMatchObject({ errcode: "M_FORBIDDEN" })
    expect(await decide(systemWith(server, ben!.token), {})).toMatchObject({ errcode: "M_NOT_FOUND" })
    expect(await decide(crm, {})).toMatchObject({ field: "as" })
    expect(await decide(crm, { as: ben!.userId })).toMatchObject({ errcode: "M_FORBIDDEN" })
    expect(await decide(crm, { as: ann!.userId })).toHaveProperty("eventId")
  })

  it("that was taken back is no more, and strangers are told of none", async () => {
    await crm.ask("PUT", "/records/invoice/8", invoice(1))
    const id = await group(ann!)
    const body = { verdict: "agreed", record: { type: "invoice", id: "8", version: 1 }, event: await ann!.say(id, "?") }
    const asAnn = systemWith(server, ann!.token)
    const { eventId } = await asAnn.ask<{ eventId: string }>("POST", `/conversations/${id}/decisions`, body)
    const listed = async (by: System) => (await by.ask<Listed>("GET", "/records/invoice/8/decisions")).items
    expect(await listed(asAnn)).toHaveLength(1)
    expect(await listed(systemWith(server, ben!.token))).toEqual([])
    await ann!.ask("PUT", `/v3/rooms/${id}/redact/${eventId}/1`, {})
    expect(await listed(crm)).toEqual([])
  })
})
