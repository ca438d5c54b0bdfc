/** What each role may, through the business API and through a plain Matrix client: the table of permissions, cell by cell. */
import { PERMISSION_TABLE } from "@biz1/core/business/roles"
import { type Permission, type Role, ROLES } from "@biz1/protocol/business/roles"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type System, systemOf, systemWith } from "../support/business.ts"
import { type Server, startServer } from "../support/server.ts"
import { type Answer, registerUser, type User } from "../support/user.ts"

let server: Server
let owner: User
let crm: System
const people = new Map<Role, User>()
const teamLaneOf = new Map<string, string>()

const service = "@biz1:test.example"
const staff = ROLES.filter((role) => !["partner", "customer", "guest"].includes(role))
let project: { readonly id: string; readonly lanes: ReadonlyArray<{ readonly roomId: string }> }

beforeAll(async () => {
  server = await startServer()
  owner = await registerUser(server, "owner")
  people.set("owner", owner)
  crm = await systemOf(server, owner, ["records:write", "records:read", "conversations:write", "people:write"])
  for (const role of ROLES.slice(1)) {
    const user = await registerUser(server, role)
    people.set(role, user)
    await crm.ask("PUT", `/people/${user.userId}`, { role, teams: ["north"] })
  }
  await crm.ask("PUT", "/records/project/p", {
    title: "Table",
    status: "x",
    statusKind: "open",
    version: 1,
    occurredAt: "2026-11-01T10:00:00Z",
    people: ROLES.map((role) => ({ user: people.get(role)!.userId, role: "x" })),
  })
  project = await crm.ask("POST", "/conversations", { kind: "project", record: { type: "project", id: "p" } })
  teamLaneOf.set(project.id, project.lanes[0]!.roomId)
})
afterAll(() => server.stop())

const api = (role: Role) => systemWith(server, people.get(role)!.token)
const room = () => `/v3/rooms/${encodeURIComponent(project.id)}`
let txn = 0
const send = (role: Role, content: object, type = "m.room.message") =>
  people.get(role)!.call("PUT", `${room()}/send/${type}/${++txn}`, content)
const say = (role: Role) => people.get(role)!.say(project.id, "said")
const redact = (role: Role, eventId: string) =>
  people.get(role)!.call("PUT", `${room()}/redact/${encodeURIComponent(eventId)}/${++txn}`, {})
const isDone = ({ status }: Pick<Answer, "status">) => status < 300
const isRefused = ({ status, body }: Pick<Answer, "status" | "body">) =>
  status === 403 && body["errcode"] === "M_FORBIDDEN"

/** Whether the table gives it in a case where these facts hold. */
const given = (permission: Permission, role: Role, ...facts: ReadonlyArray<string>) => {
  const grant = PERMISSION_TABLE[permission].grants[role]
  return grant !== undefined && (grant === "yes" || facts.includes(grant))
}

/** For each role: the deed, and whether it must succeed. */
const eachRole = (
  what: string,
  roles: ReadonlyArray<Role>,
  expected: (role: Role) => boolean,
  deed: (role: Role) => Promise<Pick<Answer, "status" | "body">>,
) =>
  it.each(roles.map((role) => [role, expected(role)] as const))(`${what}: %s, %s`, async (role, allowed) => {
    const answer = await deed(role)
    expect(allowed ? isDone(answer) : isRefused(answer), JSON.stringify(answer)).toBe(true)
  })

describe("over the business API", () => {
  eachRole(
    "settings",
    ROLES,
    (role) => given("settings", role),
    (role) => api(role).call("GET", "/keys"),
  )
  eachRole(
    "beginning conversations",
    ROLES,
    (role) => given("converse", role),
    (role) => api(role).call("POST", "/conversations", { kind: "group", title: "x" }),
  )
  eachRole(
    "linking records",
    ROLES,
    // From outside nobody uses the API: partners write their own references as state.
    (role) => staff.includes(role) && given("link", role, "member"),
    (role) => api(role).call("PUT", `/records/project/p/links/${project.id}`, { role: "primary" }),
  )
  eachRole(
    "giving roles to a member of the own team",
    ROLES,
    (role) => given("roles", role, "team"),
    (role) => api(role).call("PUT", `/people/${people.get("member")!.userId}`, { role: "member", teams: ["north"] }),
  )
})

describe("over a plain Matrix client", () => {
  eachRole(
    "making a room",
    ROLES,
    (role) => given("converse", role),
    (role) => people.get(role)!.call("POST", "/v3/createRoom", { name: "x" }),
  )
  eachRole(
    "inviting outsiders",
    ROLES,
    (role) => given("inviteOutsiders", role, "policy"),
    async (role) => {
      const outsider = await registerUser(server, "outsider")
      await crm.ask("PUT", `/people/${outsider.userId}`, { role: "guest" })
      return people.get(role)!.call("POST", `${room()}/invite`, { user_id: outsider.userId })
    },
  )
  eachRole(
    "linking records by state of one's own",
    ROLES,
    (role) => given("link", role, "member", "refs"),
    (role) =>
      people.get(role)!.call("PUT", `${room()}/state/com.biz1.records/${people.get(role)!.userId}`, { links: {} }),
  )
  eachRole(
    "deleting own messages",
    ROLES,
    (role) => given("ownMessages", role, "channel"),
    async (role) => redact(role, await say(role)),
  )
  eachRole(
    "editing own messages",
    ROLES,
    (role) => given("ownMessages", role, "channel"),
    async (role) =>
      send(role, {
        msgtype: "m.text",
        body: "* better",
        "m.new_content": { msgtype: "m.text", body: "better" },
        "m.relates_to": { rel_type: "m.replace", event_id: await say(role) },
      }),
  )
  eachRole(
    "deleting messages of somebody of the own team",
    ROLES.filter((role) => role !== "agent"),
    (role) => given("othersMessages", role, "team"),
    async (role) => redact(role, await say("agent")),
  )
  eachRole(
    "calling",
    ROLES,
    (role) => given("call", role),
    (role) =>
      send(role, { call_id: "c", lifetime: 1000, version: "1", offer: { type: "offer", sdp: "" } }, "m.call.invite"),
  )
  eachRole(
    "deciding",
    ROLES,
    (role) => staff.includes(role),
    (role) =>
      send(role, { verdict: "approved", record: { type: "project", id: "p", version: 1 } }, "com.biz1.decision"),
  )
  eachRole(
    "being in the team's lane",
    ROLES,
    (role) => staff.includes(role),
    (role) => people.get(role)!.call("GET", `/v3/rooms/${encodeURIComponent(teamLaneOf.get(project.id)!)}/state`),
  )
  eachRole(
    "writing what the server writes",
    ROLES,
    () => false,
    (role) => people.get(role)!.call("PUT", `${room()}/state/com.biz1.conversation/`, { kind: "group" }),
  )
  eachRole(
    "turning encryption on",
    ROLES,
    () => false,
    (role) =>
      people.get(role)!.call("PUT", `${room()}/state/m.room.encryption/`, { algorithm: "m.megolm.v1.aes-sha2" }),
  )
  eachRole(
    "locking the platform out",
    ROLES,
    () => false,
    (role) => people.get(role)!.call("POST", `${room()}/kick`, { user_id: service }),
  )
})

describe("a new role", () => {
  it("shows in the power levels everywhere, and takes those outside out of the team's lanes", async () => {
    const user = await registerUser(server, "changing")
    const put = (role: string) => crm.ask("PUT", `/people/${user.userId}`, { role })
    await crm.ask("PUT", "/records/project/q", {
      title: "Changing",
      status: "x",
      statusKind: "open",
      version: 1,
      occurredAt: "2026-11-01T10:00:00Z",
      people: [user, owner].map(({ userId }) => ({ user: userId, role: "x" })),
    })
    const { id, lanes } = await crm.ask<typeof project>("POST", "/conversations", {
      kind: "project",
      record: { type: "project", id: "q" },
    })
    const level = async (roomId: string) =>
      ((await owner.ask("GET", `/v3/rooms/${roomId}/state/m.room.power_levels/`))["users"] as Record<string, number>)[
        user.userId
      ]
    expect(await level(id)).toBe(25)
    await put("manager")
    expect(await level(id)).toBe(75)
    expect(await level(lanes[0]!.roomId)).toBe(75)
    await put("customer")
    expect(await level(id)).toBeUndefined()
    expect((await user.call("GET", `/v3/rooms/${lanes[0]!.roomId}/joined_members`)).status).toBe(403)
    expect((await user.call("GET", `/v3/rooms/${id}/joined_members`)).status).toBe(200)
  })

  it("is never above one's own, and somebody stays the owner", async () => {
    const admin = api("admin")
    const refused = async (user: User, role: string) =>
      isRefused(await admin.call("PUT", `/people/${user.userId}`, { role }))
    expect(await refused(people.get("agent")!, "owner")).toBe(true)
    expect(await refused(owner, "member")).toBe(true)
    expect(isRefused(await api("owner").call("PUT", `/people/${owner.userId}`, { role: "member" }))).toBe(true)
  })

  it("of the organisation's own making allows what it lists", async () => {
    const user = await registerUser(server, "clerk")
    await api("owner").ask("PUT", "/roles/clerk", { like: "member", grants: { settings: "yes" } })
    await crm.ask("PUT", `/people/${user.userId}`, { role: "member", custom: "clerk" })
    expect((await systemWith(server, user.token).call("GET", "/keys")).status).toBe(200)
    expect(isRefused(await user.call("POST", "/v3/createRoom", {}))).toBe(true)
    expect((await api("owner").call("DELETE", "/roles/clerk")).status).toBe(409)
    await crm.ask("PUT", `/people/${user.userId}`, { role: "member" })
    await api("owner").ask("DELETE", "/roles/clerk")
  })
})
