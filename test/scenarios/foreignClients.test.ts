import { ClientEvent, createClient, EventType, MsgType, RoomEvent, SyncState, type MatrixClient } from "matrix-js-sdk"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { hasNio, runNio } from "../support/nio.ts"
import { quietLogger } from "../support/quietLogger.ts"
import { type Server, startServer } from "../support/server.ts"

let server: Server
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.stop())

describe.runIf(hasNio)("matrix-nio", () => {
  it("registers, invites, joins, sends and syncs", async () => {
    const seen = await runNio("matrix_nio.py", server.base, "scenario")
    expect(seen).toMatchObject({ live: ["one", "two", "three"], name: "Nio", joined: true })
    expect(seen["members"]).toHaveLength(2)
  })
})

describe("matrix-js-sdk", () => {
  const signIn = async (name: string): Promise<MatrixClient> => {
    const guest = createClient({ baseUrl: server.base, logger: quietLogger })
    const account = await guest.registerRequest({
      username: name,
      password: "correct horse battery",
      auth: { type: "m.login.dummy" },
    })
    const client = createClient({
      baseUrl: server.base,
      logger: quietLogger,
      userId: account.user_id,
      accessToken: account.access_token!,
      deviceId: account.device_id!,
    })
    await client.startClient({ initialSyncLimit: 10, lazyLoadMembers: true })
    await new Promise<void>((ready) => {
      client.on(ClientEvent.Sync, (state) => state === SyncState.Prepared && ready())
    })
    return client
  }

  it("registers, creates, invites, joins, talks both ways and redacts", async () => {
    const dana = await signIn("sdk-dana")
    const omar = await signIn("sdk-omar")
    const heard: Array<string> = []
    const arrived = new Promise<void>((done) => {
      omar.on(RoomEvent.Timeline, (event) => {
        if (event.getType() !== "m.room.message" || event.getSender() !== dana.getUserId()) return
        heard.push(String(event.getContent()["body"]))
        if (heard.length === 3) done()
      })
    })
    const { room_id: roomId } = await dana.createRoom({ name: "SDK", invite: [omar.getUserId()!] })
    await omar.joinRoom(roomId)
    let last = ""
    for (const body of ["one", "two", "three"]) {
      last = (await dana.sendEvent(roomId, EventType.RoomMessage, { msgtype: MsgType.Text, body })).event_id
    }
    await arrived
    expect(heard).toEqual(["one", "two", "three"])

    const redacted = new Promise<void>((done) => omar.on(RoomEvent.Redaction, () => done()))
    await dana.redactEvent(roomId, last)
    await redacted
    const room = omar.getRoom(roomId)!
    expect(room.findEventById(last)?.isRedacted()).toBe(true)
    expect(room.name).toBe("SDK")
    dana.stopClient()
    omar.stopClient()
  })
})
