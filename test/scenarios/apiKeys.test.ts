/** The keys by which other systems call, and what they are good for. */
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { systemOf, systemWith } from "../support/business.ts"
import { type Server, startServer } from "../support/server.ts"
import { registerUser, type User } from "../support/user.ts"

let server: Server
let owner: User
let member: User

beforeAll(async () => {
  server = await startServer()
  owner = await registerUser(server, "owner")
  member = await registerUser(server, "member")
})
afterAll(() => server.stop())

describe("who calls", () => {
  it("is a system with a key, or one of the organisation's own people", async () => {
    const crm = await systemOf(server, owner, ["records:read"])
    expect(await crm.ask("GET", "/whoami")).toEqual({ kind: "key", id: crm.id, name: "CRM", scopes: ["records:read"] })
    const me = await systemWith(server, owner.token).ask("GET", "/whoami")
    expect(me).toMatchObject({ kind: "user", user: owner.userId, role: "owner", auditor: false })
    expect(await systemWith(server, member.token).ask("GET", "/whoami")).toMatchObject({
      role: "member",
      permissions: ["link", "converse", "inviteOutsiders", "ownMessages", "call"],
    })
  })

  it("is told what is missing or wrong", async () => {
    expect(await systemWith(server, undefined).call("GET", "/whoami")).toMatchObject({
      status: 401,
      body: { errcode: "M_MISSING_TOKEN" },
    })
    expect(await systemWith(server, "biz1_wrong").call("GET", "/whoami")).toMatchObject({
      status: 401,
      body: { errcode: "M_UNKNOWN_TOKEN" },
    })
    const crm = await systemOf(server, owner, ["records:read"])
    expect(await crm.call("GET", "/keys")).toMatchObject({
      status: 403,
      body: { errcode: "M_FORBIDDEN", error: "This API key lacks the scope keys:write" },
    })
    const wrong = { name: "x", scopes: ["records:read", "everything"] }
    expect(await systemWith(server, owner.token).call("POST", "/keys", wrong)).toMatchObject({
      status: 400,
      body: { errcode: "M_BAD_JSON", field: "scopes.1" },
    })
    expect(
      await systemWith(server, owner.token).call("POST", "/keys", { name: "x", scopes: [], addresses: ["10.0.0.300"] }),
    ).toMatchObject({ status: 400, body: { errcode: "M_INVALID_PARAM", field: "addresses" } })
  })
})

describe("a key", () => {
  it("is made by those alone who may change the organisation's settings", async () => {
    const answer = await systemWith(server, member.token).call("POST", "/keys", { name: "mine", scopes: [] })
    expect(answer).toMatchObject({ status: 403, body: { errcode: "M_FORBIDDEN" } })
  })

  it("is shown once, listed without its secret, and no good once it is taken back", async () => {
    const crm = await systemOf(server, owner, ["keys:write"], { actAs: [member.userId] })
    const { items } = await crm.ask<{ items: ReadonlyArray<Record<string, unknown>> }>("GET", "/keys")
    const listed = items.find(({ id }) => id === crm.id)
    expect(listed).toMatchObject({ name: "CRM", createdBy: owner.userId, actAs: [member.userId] })
    expect(JSON.stringify(items)).not.toContain(crm.secret.slice(5))
    await systemWith(server, owner.token).ask("DELETE", `/keys/${crm.id}`)
    expect(await crm.call("GET", "/whoami")).toMatchObject({ status: 401, body: { errcode: "M_UNKNOWN_TOKEN" } })
    expect(await systemWith(server, owner.token).call("DELETE", `/keys/${crm.id}`)).toMatchObject({ status: 404 })
  })

  it("is good until it expires, from where it is meant to be", async () => {
    const past = await systemOf(server, owner, [], { expiresAt: "2020-01-01T00:00:00Z" })
    expect((await past.call("GET", "/whoami")).body["error"]).toBe("This API key expired on 2020-01-01T00:00:00.000Z")
    const future = await systemOf(server, owner, [], { expiresAt: "2999-01-01T00:00:00+02:00" })
    expect((await future.call("GET", "/whoami")).status).toBe(200)
    const here = await systemOf(server, owner, [], { addresses: ["192.0.2.7", "127.0.0.0/8"] })
    expect((await here.call("GET", "/whoami")).status).toBe(200)
    const elsewhere = await systemOf(server, owner, [], { addresses: ["2001:db8::/32", "192.0.2.0/24"] })
    expect(await elsewhere.call("GET", "/whoami")).toMatchObject({ status: 403, body: { errcode: "M_FORBIDDEN" } })
  })

  it("opens nothing but the business API", async () => {
    const crm = await systemOf(server, owner, ["keys:write"])
    const answer = await fetch(`${server.base}/_matrix/client/v3/account/whoami`, {
      headers: { authorization: `Bearer ${crm.secret}` },
    })
    expect(answer.status).toBe(401)
  })
})
