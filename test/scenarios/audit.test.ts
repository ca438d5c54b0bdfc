/** Who did what: recorded, chained, found, exported and verified; and never what people wrote. */
import { spawnSync } from "node:child_process"
import { mkdtempSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type System, systemOf, systemWith } from "../support/business.ts"
import { type Server, startServer } from "../support/server.ts"
import { registerUser, type User } from "../support/user.ts"

let server: Server
let [owner, ann, ben]: ReadonlyArray<User> = []
let crm: System
let boss: System
let room: string

interface Entry {
  readonly seq: number
  readonly actor: string
  readonly action: string
  readonly target: string
  readonly role?: string
  readonly reason?: string
  readonly details: Readonly<Record<string, unknown>>
}

beforeAll(async () => {
  server = await startServer()
  owner = await registerUser(server, "owner")
  ann = await registerUser(server, "ann")
  ben = await registerUser(server, "ben")
  boss = systemWith(server, owner.token)
  crm = await systemOf(server, owner, ["records:write", "conversations:write"])
  await crm.ask("PUT", "/records/project/p", {
    title: "Secret title",
    status: "x",
    statusKind: "open",
    version: 1,
    occurredAt: "2026-11-01T10:00:00Z",
    people: [{ user: ann.userId, role: "x" }],
  })
  room = (
    await crm.ask<{ id: string }>("POST", "/conversations", { kind: "project", record: { type: "project", id: "p" } })
  ).id
  const said = await ann.say(room, "a secret sentence")
  await ann.ask("PUT", `/v3/rooms/${room}/redact/${encodeURIComponent(said)}/1`, { reason: "wrong room" })
  await boss.ask("PUT", `/people/${ben.userId}`, { role: "agent", teams: ["north"] })
})
afterAll(() => server.stop())

const find = async (query: string, by = boss) =>
  (await by.ask<{ items: ReadonlyArray<Entry> }>("GET", `/audit?${query}`)).items
const exported = async (format: string) => {
  const response = await fetch(`${server.base}/_biz1/v1/audit/export?format=${format}`, {
    headers: { authorization: `Bearer ${owner!.token}` },
  })
  return response.text()
}

describe("the audit trail", () => {
  it("says who did what, by which door, and when it was refused", async () => {
    const [made] = await find("action=openConversation")
    expect(made).toMatchObject({
      actor: expect.stringMatching(/^key:/) as string,
      details: { kind: "project", outcome: "done" },
    })
    expect(await find("action=putPerson")).toMatchObject([
      { actor: owner!.userId, role: "owner", target: ben!.userId, details: { role: "agent", teams: ["north"] } },
    ])
    expect(await find(`action=message.redacted&actor=${ann!.userId}`)).toMatchObject([
      { target: `conversation/${room}`, reason: "wrong room" },
    ])
    expect(await find("action=participant.joined&limit=200")).toContainEqual(
      expect.objectContaining({ details: expect.objectContaining({ user: ann!.userId }) as unknown }),
    )
    expect(await find("target=record/project/p")).toMatchObject([
      { action: "record.created" },
      { action: "record.linked" },
    ])
    await systemWith(server, ann!.token).call("PUT", `/people/${ben!.userId}`, { role: "owner" })
    expect(await find(`action=putPerson&actor=${ann!.userId}`)).toMatchObject([{ details: { outcome: "M_FORBIDDEN" } }])
  })

  it("never holds what people wrote, or a secret", async () => {
    const key = await boss.ask<{ secret: string }>("POST", "/keys", { name: "other", scopes: [] })
    const whole = await exported("jsonl")
    expect(whole).not.toContain("a secret sentence")
    expect(whole).not.toContain(key.secret)
    expect(whole).toContain('"createApiKey"')
  })

  it("is for those who may see it, who are recorded as well", async () => {
    expect((await systemWith(server, ann!.token).call("GET", "/audit")).status).toBe(403)
    expect((await systemWith(server, ben!.token).call("GET", "/audit")).status).toBe(403)
    await boss.ask("PUT", `/people/${ben!.userId}`, { role: "agent", auditor: true })
    await find("action=createApiKey", systemWith(server, ben!.token))
    expect(await find(`actor=${ben!.userId}&action=findAudit`)).toMatchObject([
      { details: { outcome: "M_FORBIDDEN" } },
      { details: { action: "createApiKey", outcome: "done" } },
    ])
  })

  it("comes in pages, and as a table whose cells do nothing", async () => {
    const first = await boss.ask<{ items: ReadonlyArray<Entry>; next: string }>("GET", "/audit?limit=2")
    const second = await boss.ask<{ items: ReadonlyArray<Entry> }>("GET", `/audit?limit=2&after=${first.next}`)
    expect([...first.items, ...second.items].map(({ seq }) => seq)).toEqual([1, 2, 3, 4])
    await boss.ask("POST", "/keys", { name: "=HYPERLINK(1)", scopes: [] })
    const csv = await exported("csv")
    expect(csv.split("\r\n")[0]).toBe("seq,at,actor,role,ip,action,target,reason,details,cause,hash")
    expect(csv).toContain(`"{""name"":""=HYPERLINK(1)""`)
  })

  it("is verified by a command, which finds one changed letter, also after the server was killed", async () => {
    await server.crash()
    await boss.ask("POST", "/keys", { name: "after", scopes: [] })
    const file = join(mkdtempSync(join(tmpdir(), "biz1-audit-")), "audit.jsonl")
    const verify = (text: string) => {
      writeFileSync(file, text)
      const { status, stdout } = spawnSync(process.execPath, ["scripts/verify-audit.mjs", file], { encoding: "utf8" })
      return { status, stdout }
    }
    const whole = await exported("jsonl")
    expect(verify(whole)).toMatchObject({ status: 0, stdout: expect.stringMatching(/^Whole: \d+ entries/) as string })
    expect(verify(whole.replace('"agent"', '"Agent"'))).toMatchObject({
      status: 1,
      stdout: expect.stringMatching(/has been changed/) as string,
    })
    expect(verify(whole.split("\n").slice(1).join("\n")).stdout).toMatch(/Entry 1 is missing/)
  })
})

describe("breaking the glass", () => {
  it("lets in who gives a reason, tells the members before, and is recorded", async () => {
    await ann!.say(room, "among us")
    expect((await owner!.call("GET", `/v3/rooms/${room}/messages?dir=b`)).status).toBe(403)
    expect((await boss.call("POST", `/conversations/${room}/access`, {})).body).toMatchObject({ field: "reason" })
    expect(
      (await systemWith(server, ben!.token).call("POST", `/conversations/${room}/access`, { reason: "curious" }))
        .status,
    ).toBe(403)
    await boss.ask("POST", `/conversations/${room}/access`, { reason: "complaint 17" })
    const { chunk } = await ann!.ask<{ chunk: ReadonlyArray<{ type: string; content: Record<string, unknown> }> }>(
      "GET",
      `/v3/rooms/${room}/messages?dir=b`,
    )
    const types = chunk.map(({ type }) => type)
    expect(types.indexOf("com.biz1.access")).toBeGreaterThan(types.indexOf("m.room.member"))
    expect(chunk.find(({ type }) => type === "com.biz1.access")!.content).toMatchObject({
      user: owner!.userId,
      reason: "complaint 17",
    })
    expect((await owner!.call("GET", `/v3/rooms/${room}/messages?dir=b`)).status).toBe(200)
    expect(await find("action=enterConversation")).toMatchObject([
      { actor: ben!.userId, details: { outcome: "M_FORBIDDEN" } },
      { actor: owner!.userId, target: room, reason: "complaint 17" },
    ])
    const own = await ann!.createRoom()
    expect((await boss.call("POST", `/conversations/${own}/access`, { reason: "complaint 18" })).status).toBe(403)
  })
})
