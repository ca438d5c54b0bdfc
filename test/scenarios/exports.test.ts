/** Exports: a conversation, or all of a person, as an archive that opens anywhere and in which nothing runs. */
import { spawnSync } from "node:child_process"
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type System, systemOf, systemWith, until } from "../support/business.ts"
import { type Server, startServer } from "../support/server.ts"
import { registerUser, type User } from "../support/user.ts"

let server: Server
let [owner, ann, ben]: ReadonlyArray<User> = []
let crm: System & { readonly secret: string }
let boss: System
let room: string
let team: string
let folder: string

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "biz1-exports-"))
  server = await startServer()
  owner = await registerUser(server, "owner")
  ann = await registerUser(server, "ann")
  ben = await registerUser(server, "ben")
  boss = systemWith(server, owner.token)
  crm = await systemOf(server, owner, ["records:write", "conversations:write", "compliance:write"])
  await crm.ask("PUT", "/records/project/p", {
    title: "Apollo",
    status: "x",
    statusKind: "open",
    version: 1,
    occurredAt: "2026-11-01T10:00:00Z",
    people: [ann, ben].map(({ userId }) => ({ user: userId, role: "x" })),
  })
  const opened = await crm.ask<{ id: string; lanes: ReadonlyArray<{ roomId: string }> }>("POST", "/conversations", {
    kind: "project",
    record: { type: "project", id: "p" },
  })
  room = opened.id
  team = opened.lanes[0]!.roomId
})
afterAll(async () => {
  await server.stop()
  rmSync(folder, { recursive: true, force: true })
})

const upload = async (user: User, text: string) => {
  const response = await fetch(`${server.base}/_matrix/media/v3/upload?filename=report.txt`, {
    method: "POST",
    headers: { authorization: `Bearer ${user.token}`, "content-type": "text/plain" },
    body: text,
  })
  return ((await response.json()) as { content_uri: string }).content_uri
}

/** Asks for an export, waits for it, and opens its archive as anybody would. */
const exported = async (body: object) => {
  const { id } = await crm.ask<{ id: string }>("POST", "/exports", body)
  const made = await until(
    () => crm.ask<{ state: string; sizeBytes: number }>("GET", `/exports/${id}`),
    ({ state }) => state !== "running",
  )
  expect(made.state).toBe("done")
  const response = await fetch(`${server.base}/_biz1/v1/exports/${id}/archive`, {
    headers: { authorization: `Bearer ${crm.secret}` },
  })
  const bytes = Buffer.from(await response.arrayBuffer())
  expect(bytes.length).toBe(made.sizeBytes)
  const file = join(folder, `${id}.tar.gz`)
  writeFileSync(file, bytes)
  const into = mkdtempSync(join(folder, "opened-"))
  expect(spawnSync("tar", ["-xzf", file, "-C", into], { encoding: "utf8" })).toMatchObject({ status: 0, stderr: "" })
  const all = (name: string) =>
    readdirSync(join(into, name))
      .toSorted()
      .map((one) => readFileSync(join(into, name, one), "utf8"))
  return { id, into, all }
}

interface Exported {
  readonly event_id: string
  readonly room_id: string
  readonly content: Readonly<Record<string, unknown>>
}
const eventsIn = (parts: ReadonlyArray<string>) =>
  parts.flatMap((part) =>
    part
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as Exported),
  )

describe("an export of a conversation", () => {
  it("has every event of its rooms in order, pages in which nothing runs, and the files", async () => {
    const hostile = await ann!.say(room, '<script>alert("x")</script> שלום')
    const url = await upload(ben!, "contents of the report")
    await ben!.send(room, { msgtype: "m.file", body: "report.txt", url })
    const removed = await ann!.say(room, "a secret that was removed")
    await ann!.ask("PUT", `/v3/rooms/${room}/redact/${encodeURIComponent(removed)}/1`, {})
    const aside = await ann!.say(team, "among the team")
    const many = Array.from({ length: 230 }, (_, n) => ben!.say(room, `message ${n}`))
    await Promise.all(many)

    const { all } = await exported({ conversation: room })
    const events = eventsIn(all("events"))
    const ids = events.map((event) => event.event_id)
    expect(new Set(ids).size).toBe(ids.length)
    expect(ids).toEqual(expect.arrayContaining([hostile, removed, aside, ...(await Promise.all(many))]))
    expect(events.find((event) => event.event_id === removed)!.content).toEqual({})
    expect(new Set(events.map((event) => event.room_id))).toEqual(new Set([room, team]))
    const pages = all("pages")
    expect(pages.length).toBeGreaterThan(1)
    const html = pages.join("")
    expect(html).not.toMatch(/<script|a secret that was removed/)
    expect(html).toContain("&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt; שלום")
    expect(html).toContain("message 229")
    expect(all("media")).toEqual(["contents of the report"])
    expect(html).toMatch(/href="\.\.\/media\/[\w-]+\.txt"/)
  })
})

describe("an export of a person", () => {
  it("has what they wrote wherever that was, their account, and nothing of others", async () => {
    const own = await ben!.createRoom()
    const said = await ben!.say(own, "in a room of his own")
    await ann!.say(room, "words of Ann")
    await ben!.ask("PUT", `/v3/user/${encodeURIComponent(ben!.userId)}/account_data/com.example.note`, {
      kept: "a note",
    })
    const { all, into } = await exported({ user: ben!.userId })
    const events = eventsIn(all("events"))
    expect(events.map((event) => event.event_id)).toContain(said)
    expect(JSON.stringify(events)).not.toContain("words of Ann")
    const account = JSON.parse(readFileSync(join(into, "account.json"), "utf8")) as Record<string, unknown>
    expect(account).toMatchObject({
      account: { user_id: ben!.userId },
      account_data: expect.arrayContaining([expect.objectContaining({ content: { kept: "a note" } })]) as unknown,
    })
    expect(JSON.stringify(account)).not.toContain(ben!.token)
  })
})

describe("exports", () => {
  it("are finished after the server was killed", async () => {
    const { id } = await crm.ask<{ id: string }>("POST", "/exports", { conversation: room })
    await server.crash()
    const made = await until(
      () => crm.ask("GET", `/exports/${id}`),
      ({ state }) => state !== "running",
    )
    expect(made).toMatchObject({ state: "done", sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as string })
  })

  it("are for those who see to compliance, of what there is, and recorded", async () => {
    const { id } = await exported({ conversation: room })
    const member = systemWith(server, ann!.token)
    expect((await member.call("POST", "/exports", { conversation: room })).status).toBe(403)
    expect((await member.call("GET", `/exports/${id}/archive`)).status).toBe(403)
    expect((await crm.call("POST", "/exports", { conversation: "!nothing:test.example" })).status).toBe(404)
    expect((await crm.call("POST", "/exports", {})).status).toBe(400)
    expect((await crm.call("GET", "/exports/nothing/archive")).status).toBe(404)
    const recorded = async (action: string) =>
      (await boss.ask<{ items: ReadonlyArray<{ target: string }> }>("GET", `/audit?action=${action}&limit=200`)).items
    expect((await recorded("createExport")).length).toBeGreaterThan(0)
    expect((await recorded("getExportArchive")).map(({ target }) => target)).toContain(id)
  })
})
