/** matrix-js-sdk's own sliding sync against the server. */
import { ClientEvent, createClient, RoomEvent, SyncState, type MatrixClient } from "matrix-js-sdk"
import { SlidingSync } from "matrix-js-sdk/lib/sliding-sync.js"
import { afterAll, beforeAll, expect, it } from "vitest"
import { quietLogger } from "../support/quietLogger.ts"
import { type Server, startServer } from "../support/server.ts"
import { registerUser, type User } from "../support/user.ts"

let server: Server
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.stop())

const list = {
  ranges: [[0, 9]],
  timeline_limit: 5,
  required_state: [
    ["m.room.create", ""],
    ["m.room.name", ""],
    ["m.room.member", "$ME"],
    ["m.room.member", "$LAZY"],
  ],
}

const follow = async ({ userId, token }: User) => {
  const client = createClient({
    baseUrl: server.base,
    logger: quietLogger,
    userId,
    accessToken: token,
    deviceId: "SLIDING",
  })
  const sliding = new SlidingSync(server.base, new Map([["all", list]]), { ...list, timeline_limit: 20 }, client, 2000)
  const ready = new Promise<void>((resolve) => {
    client.on(ClientEvent.Sync, (state) => state === SyncState.Prepared && resolve())
  })
  await client.startClient({ slidingSync: sliding })
  await ready
  return { client, sliding }
}

const said = (client: MatrixClient, text: string) =>
  new Promise<void>((resolve) => {
    client.on(RoomEvent.Timeline, (event) => event.getContent()["body"] === text && resolve())
  })

it("shows rooms with their names and people, what is said as it is said, and a room that is joined", async () => {
  const [alice, bob] = [await registerUser(server, "alice"), await registerUser(server, "bob")]
  const roomId = await alice.createRoom({ preset: "public_chat", name: "Orders" })
  await bob.join(roomId)
  await alice.say(roomId, "before")
  const { client, sliding } = await follow(bob)
  try {
    const room = client.getRoom(roomId)!
    expect(room.name).toBe("Orders")
    expect(room.getMyMembership()).toBe("join")
    expect(room.getMember(alice.userId)?.membership).toBe("join")
    expect(room.getLiveTimeline().getEvents().at(-1)?.getContent()["body"]).toBe("before")
    expect(sliding.getListData("all")).toEqual({ joinedCount: 1 })

    const heard = said(client, "live")
    await alice.say(roomId, "live")
    await heard
    const bodies = room
      .getLiveTimeline()
      .getEvents()
      .map((event) => event.getContent()["body"])
    expect(bodies.filter((body) => body === "live" || body === "before")).toEqual(["before", "live"])

    const other = await alice.createRoom({ preset: "public_chat", name: "Invoices" })
    const welcomed = said(client, "welcome")
    await bob.join(other)
    await alice.say(other, "welcome")
    await welcomed
    expect(client.getRoom(other)?.name).toBe("Invoices")
  } finally {
    client.stopClient()
  }
})
