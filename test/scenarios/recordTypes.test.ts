/** Kinds of records that the organisation has named: what is sent of them has to fit. */
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { recordBody, type System, systemOf, systemWith } from "../support/business.ts"
import { type Server, startServer } from "../support/server.ts"
import { registerUser, type User } from "../support/user.ts"

let server: Server
let owner: User
let crm: System

const vessel = {
  labels: { en: "Vessel", he: "כלי שיט", "pt-BR": "Navio" },
  icon: "ship",
  fields: {
    length: { kind: "number", required: true, labels: { en: "Length" } },
    flag: { kind: "string" },
    inspected: { kind: "date" },
    insured: { kind: "boolean" },
  },
  disclosable: ["flag", "inspected"],
}

beforeAll(async () => {
  server = await startServer()
  owner = await registerUser(server, "owner")
  crm = await systemOf(server, owner, ["records:read", "records:write", "conversations:read", "conversations:write"])
  await crm.ask("PUT", "/types/vessel", vessel)
})
afterAll(() => server.stop())

const record = (fields: Readonly<Record<string, unknown>> | undefined, version = 1) =>
  recordBody("Aurora", { version, ...(fields === undefined ? {} : { fields }) })
const put = (id: string, fields: Readonly<Record<string, unknown>> | undefined, version?: number) =>
  crm.call("PUT", `/records/vessel/${id}`, record(fields, version))

describe("a type", () => {
  it("is registered, read, changed and taken away", async () => {
    expect(await crm.ask("GET", "/types/vessel")).toEqual({ type: "vessel", ...vessel })
    await crm.ask("PUT", "/types/raft", { labels: { en: "Raft" }, fields: {} })
    expect(await crm.ask("PUT", "/types/raft", { labels: { en: "Float" }, fields: {} })).toMatchObject({
      labels: { en: "Float" },
    })
    expect(await crm.ask("GET", "/types")).toMatchObject({ items: [{ type: "raft" }, { type: "vessel" }] })
    await crm.ask("DELETE", "/types/raft")
    expect((await crm.call("GET", "/types/raft")).status).toBe(404)
    expect((await crm.call("DELETE", "/types/raft")).status).toBe(404)
  })

  it("that is none is refused, and which part of it is wrong", async () => {
    const refused = async (body: unknown) => (await crm.call("PUT", "/types/broken", body)).body["field"]
    expect(await refused({ ...vessel, fields: { length: { kind: "long" } } })).toBe("fields.length.kind")
    expect(await refused({ ...vessel, disclosable: ["price"] })).toBe("disclosable")
    expect(await refused({ ...vessel, labels: { English: "Vessel" } })).toBe("labels")
    expect(await refused({ ...vessel, fields: { ["x".repeat(101)]: { kind: "string" } } })).toBe("fields")
    expect((await crm.call("PUT", "/types/BROKEN", vessel)).status).toBe(400)
  })

  it("is registered by those who may set up the organisation", async () => {
    const member = systemWith(server, (await registerUser(server, "member")).token)
    expect((await member.call("PUT", "/types/vessel", vessel)).status).toBe(403)
    expect((await member.call("DELETE", "/types/vessel")).status).toBe(403)
    expect((await member.call("GET", "/types/vessel")).status).toBe(200)
  })
})

describe("a record of a registered type", () => {
  it("has to fit", async () => {
    expect(await put("a", { length: 12.5, flag: "IL", inspected: "2026-10-01", insured: true })).toMatchObject({
      status: 200,
    })
    const refused = async (fields: Readonly<Record<string, unknown>> | undefined) => {
      const { status, body } = await put("b", fields)
      return [status, body["field"]]
    }
    expect(await refused(undefined)).toEqual([422, "fields.length"])
    expect(await refused({ length: "12" })).toEqual([422, "fields.length"])
    expect(await refused({ length: 12, colour: "red" })).toEqual([422, "fields.colour"])
    expect(await refused({ length: 12, inspected: "2026-02-30" })).toEqual([422, "fields.inspected"])
    expect((await crm.call("GET", "/records/vessel/b")).status).toBe(404)
  })

  it("is refused of a batch alone", async () => {
    const records = [
      { type: "vessel", id: "c", ...record({ length: 1 }) },
      { type: "vessel", id: "d", ...record({}) },
      { type: "anything", id: "d", ...record({ whatever: 1 }) },
    ]
    expect(await crm.ask("POST", "/records:batch", { records })).toMatchObject({
      results: [
        { id: "c", result: "created" },
        { result: "refused", errcode: "M_INVALID_PARAM", field: "fields.length" },
        { type: "anything", result: "created" },
      ],
    })
  })

  it("stays when the type is narrowed, and fits from its next version on", async () => {
    await crm.ask("PUT", "/types/crate", { labels: { en: "Crate" }, fields: { weight: { kind: "number" } } })
    const crate = (fields: object, version: number) =>
      crm.call("PUT", "/records/crate/1", { ...record(undefined, version), fields })
    expect((await crate({ weight: 1 }, 1)).status).toBe(200)
    await crm.ask("PUT", "/types/crate", { labels: { en: "Crate" }, fields: { mass: { kind: "number" } } })
    expect(await crm.ask("GET", "/records/crate/1")).toMatchObject({ fields: { weight: 1 } })
    expect((await crate({ weight: 2 }, 2)).status).toBe(422)
    expect((await crate({ mass: 2 }, 2)).status).toBe(200)
  })

  it("tells in conversations what may be told", async () => {
    await put("e", { length: 3, flag: "IL" })
    const { id: room } = await crm.ask<{ id: string }>("POST", "/conversations", { kind: "group", title: "Crew" })
    const link = (disclose: ReadonlyArray<string>) =>
      crm.call("PUT", `/records/vessel/e/links/${encodeURIComponent(room)}`, { disclose })
    expect(await link(["flag", "length"])).toMatchObject({ status: 422, body: { field: "disclose" } })
    expect((await link(["flag"])).status).toBe(200)
    const told = async () =>
      (
        await crm.ask<{ links: ReadonlyArray<{ disclosed: Readonly<Record<string, unknown>> }> }>(
          "GET",
          `/conversations/${encodeURIComponent(room)}`,
        )
      ).links[0]!.disclosed
    expect(await told()).toMatchObject({ version: 1, fields: { flag: "IL" } })
    // What may no longer be told is not told of later versions.
    await crm.ask("PUT", "/types/vessel", { ...vessel, disclosable: [] })
    await put("e", { length: 3, flag: "GR" }, 2)
    await expect.poll(told, { timeout: 20_000 }).toMatchObject({ version: 2 })
    expect(await told()).not.toHaveProperty("fields")
  })
})
