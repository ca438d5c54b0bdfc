/** Evidence: a bundle that somebody who trusts nobody checks with Node alone. */
import { spawnSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { systemWith } from "../support/business.ts"
import { type Server, startServer } from "../support/server.ts"
import { registerUser, type User } from "../support/user.ts"

let server: Server
let folder: string
let [owner, ann, ben]: ReadonlyArray<User> = []

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "evidence-"))
  server = await startServer()
  owner = await registerUser(server, "owner")
  ann = await registerUser(server, "ann")
  ben = await registerUser(server, "ben")
})
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true })
  await server.stop()
})

const asked = (user: User, id: string, body: object) =>
  fetch(`${server.base}/_biz1/v1/conversations/${id}/evidence`, {
    method: "POST",
    headers: { authorization: `Bearer ${user.token}` },
    body: JSON.stringify(body),
  })

/** Unpacked by the system's own tools. */
const bundle = async (id: string, body: object) => {
  const answer = await asked(owner!, id, body)
  expect(answer.status).toBe(200)
  const into = mkdtempSync(join(folder, "bundle-"))
  const input = Buffer.from(await answer.arrayBuffer())
  expect(spawnSync("tar", ["-xzf", "-", "-C", into], { input })).toMatchObject({ status: 0 })
  const path = (name: string) => join(into, "evidence", name)
  return {
    text: (name: string) => readFileSync(path(name), "utf8"),
    change: (name: string, from: string, to: string) => {
      const before = readFileSync(path(name), "utf8")
      expect(before).toContain(from)
      writeFileSync(path(name), before.replace(from, to))
    },
    verify: () => {
      const { status, stdout, stderr } = spawnSync(process.execPath, [path("verify.mjs")], { encoding: "utf8" })
      expect(stderr).toBe("")
      return { status, lines: stdout.trim().split("\n") }
    },
  }
}
const conversation = async () => {
  const by = systemWith(server, owner!.token)
  const occurredAt = "2026-11-01T10:00:00Z"
  const invoice = (version: number, title: string) => ({ title, status: "s", statusKind: "open", version, occurredAt })
  await by.ask("PUT", "/records/invoice/7", invoice(1, "Roof"))
  const body = { kind: "group", title: "Roof", members: [ann!.userId, ben!.userId] }
  const { id } = await by.ask<{ id: string }>("POST", "/conversations", body)
  await by.ask("PUT", `/records/invoice/7/links/${id}`, {})
  return {
    id,
    rename: (version: number, title: string) => by.ask("PUT", "/records/invoice/7", invoice(version, title)),
  }
}

describe("a bundle of evidence", () => {
  it("says of each message whether it is authentic, edited or erased, and when", async () => {
    const { id, rename } = await conversation()
    const kept = await ann!.say(id, "It costs <b>1000</b>")
    await rename(2, "Roof and walls")
    const edited = await ann!.say(id, "We begin on Monday")
    const erased = await ben!.say(id, "a secret word")
    const replaced = await ann!.send(id, {
      msgtype: "m.text",
      body: "* Tuesday",
      "m.new_content": { msgtype: "m.text", body: "We begin on Tuesday" },
      "m.relates_to": { rel_type: "m.replace", event_id: edited },
    })
    const { event_id: redaction } = await ben!.ask<{ event_id: string }>(
      "PUT",
      `/v3/rooms/${id}/redact/${erased}/1`,
      {},
    )
    const timeOf = async (eventId: string) =>
      new Date(
        (await ann!.ask<{ origin_server_ts: number }>("GET", `/v3/rooms/${id}/event/${eventId}`)).origin_server_ts,
      ).toISOString()
    const found = await bundle(id, { events: [kept, edited, erased] })
    const { status, lines } = found.verify()
    expect(lines).toContain(`AUTHENTIC ${kept}`)
    expect(lines).toContain(`EDITED ${edited} at ${await timeOf(replaced)}`)
    expect(lines).toContain(`ERASED ${erased} at ${await timeOf(redaction)}`)
    expect(lines.at(-1)).toBe("Everything is as it was signed.")
    expect(status).toBe(0)
    expect(found.text("events.json")).not.toContain("secret")
    expect(found.text("index.html")).toContain("It costs &lt;b&gt;1000&lt;/b&gt;")
    expect(found.text("index.html")).not.toMatch(/<script|secret/)
    const { about } = JSON.parse(found.text("records.json")) as {
      about: ReadonlyArray<{ records: ReadonlyArray<object> }>
    }
    expect(about.map(({ records }) => records)).toMatchObject([
      [{ type: "invoice", id: "7", version: 1, title: "Roof" }],
      [{ version: 2, title: "Roof and walls" }],
      [{ version: 2 }],
    ])
  })

  it("shows one changed byte, in a message, in the page and in the list of files", async () => {
    const { id } = await conversation()
    const sent = await ann!.say(id, "It costs 1000")
    const message = await bundle(id, { events: [sent] })
    message.change("events.json", "It costs 1000", "It costs 2000")
    const changed = message.verify()
    expect(changed.status).toBe(1)
    expect(changed.lines).toContain(`ALTERED ${sent}: its content is not what was signed`)
    expect(changed.lines.some((line) => line.startsWith("ALTERED events.json"))).toBe(true)
    const page = await bundle(id, { events: [sent] })
    page.change("index.html", "It costs 1000", "It costs 2000")
    expect(page.verify()).toMatchObject({ status: 1 })
    const list = await bundle(id, { events: [sent] })
    list.change("manifest.json", '"madeAt": "2', '"madeAt": "1')
    expect(list.verify()).toMatchObject({ status: 1 })
  })

  it("is for auditors, of what is there, and stands in the audit trail", async () => {
    const { id } = await conversation()
    const sent = await ann!.say(id, "hi")
    expect((await asked(ann!, id, { events: [sent] })).status).toBe(403)
    expect((await asked(owner!, id, {})).status).toBe(400)
    expect((await asked(owner!, id, { events: ["$nothing"] })).status).toBe(404)
    expect((await asked(owner!, "!nowhere:test.example", { events: [sent] })).status).toBe(404)
    await bundle(id, { events: [sent] })
    const trail = await systemWith(server, owner!.token).ask<{ items: ReadonlyArray<object> }>(
      "GET",
      `/audit?action=makeEvidence&target=${id}`,
    )
    expect(trail.items).toMatchObject([
      { actor: ann!.userId, details: { outcome: "M_FORBIDDEN" } },
      { actor: owner!.userId, details: { events: [sent], outcome: "done" } },
    ])
  })
})
