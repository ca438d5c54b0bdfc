/** Users who take no invites: refused at every door an invite can come through, and not shown where one came before. */
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { startServer, type Server } from "../support/server.ts"
import { registerUser, type User } from "../support/user.ts"

let server: Server
let alice: User
let bob: User
beforeAll(async () => {
  server = await startServer()
  alice = await registerUser(server, "alice")
  bob = await registerUser(server, "bob")
})
afterAll(() => server.stop())

const blocked = { status: 403, body: { errcode: "M_INVITE_BLOCKED" } }

const permit = (user: User, content: object) =>
  user.ask("PUT", `/v3/user/${encodeURIComponent(user.userId)}/account_data/m.invite_permission_config`, content)

const invitesOf = async (user: User) => {
  const { rooms } = await user.ask<{ rooms?: { invite?: Readonly<Record<string, unknown>> } }>("GET", "/v3/sync")
  return Object.keys(rooms?.invite ?? {})
}

describe("invite permission", () => {
  it("refuses invites by the operation, by state and by a new room", async () => {
    const roomId = await alice.createRoom()
    const path = `/v3/rooms/${encodeURIComponent(roomId)}`
    await permit(bob, { default_action: "block" })

    expect(await alice.call("POST", `${path}/invite`, { user_id: bob.userId })).toMatchObject(blocked)
    const member = `${path}/state/m.room.member/${encodeURIComponent(bob.userId)}`
    expect(await alice.call("PUT", member, { membership: "invite" })).toMatchObject(blocked)
    const later = `${member}?org.matrix.msc4140.delay=1000`
    expect(await alice.call("PUT", later, { membership: "invite" })).toMatchObject(blocked)
    expect(await alice.call("POST", "/v3/createRoom", { invite: [bob.userId] })).toMatchObject(blocked)
    expect((await alice.call("GET", member)).status).toBe(404)

    await permit(bob, {})
    await alice.ask("POST", `${path}/invite`, { user_id: bob.userId })
    expect(await invitesOf(bob)).toContain(roomId)
  })

  it("refuses an invite whose time comes when none are wanted any more", async () => {
    const roomId = await alice.createRoom()
    const member = `/v3/rooms/${encodeURIComponent(roomId)}/state/m.room.member/${encodeURIComponent(bob.userId)}`
    await permit(bob, {})
    const later = `${member}?org.matrix.msc4140.delay=3600000`
    const { delay_id: delayId } = await alice.ask("PUT", later, { membership: "invite" })
    await permit(bob, { default_action: "block" })
    const now = `/unstable/org.matrix.msc4140/delayed_events/${String(delayId)}`
    expect(await alice.call("POST", now, { action: "send" })).toMatchObject(blocked)
    expect((await alice.call("GET", member)).status).toBe(404)
    await permit(bob, {})
  })

  it("hides the invites that came before, and changes nothing else of a membership", async () => {
    const invited = await alice.createRoom({ invite: [bob.userId] })
    const joined = await alice.createRoom({ preset: "public_chat" })
    await bob.join(joined)
    await permit(bob, { default_action: "block" })

    expect(await invitesOf(bob)).not.toContain(invited)
    await alice.ask("POST", `/v3/rooms/${encodeURIComponent(joined)}/ban`, { user_id: bob.userId })

    await permit(bob, { default_action: "somebody knows what" })
    expect(await invitesOf(bob)).toContain(invited)
  })
})
