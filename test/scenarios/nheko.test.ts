/** Nheko against the server: what it tells the other side, seen over the API and by another client. */
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { hasNheko, Nheko, places } from "../clients/nheko.ts"
import { EncryptedDevices, joined, readable } from "../support/encryptedDevice.ts"
import { type Server, startServer } from "../support/server.ts"
import { registerUser, request, type User } from "../support/user.ts"

let server: Server
beforeAll(async () => {
  server = await startServer()
})
const devices = new EncryptedDevices(() => server.base)
afterAll(async () => {
  devices.stop()
  await server.stop()
})

/** Does something until it has had its effect: a window takes no click before it is drawn. */
const until = (effect: () => unknown, act: () => Promise<void> = async () => {}) =>
  expect.poll(async () => (await effect()) || (await act(), effect()), { timeout: 60_000, interval: 300 }).toBeTruthy()

const latest = async (user: User, roomId: string) => {
  const path = `/v3/rooms/${encodeURIComponent(roomId)}/messages?dir=b&limit=1`
  const { chunk } = await user.ask<{ chunk: ReadonlyArray<{ sender: string; content: object }> }>("GET", path)
  return chunk[0]
}

describe.runIf(hasNheko)("nheko", () => {
  it("signs in, sets up its keys, lists rooms, reads, writes, and talks in secret with the Rust crypto", async () => {
    const bob = await registerUser(server, "bob")
    const [rust, account] = [
      await devices.start(await devices.newAccount("rusty")),
      await devices.newAccount("nheko-nia"),
    ]
    const nia = (method: "PUT" | "POST" | "GET", path: string, body: object = {}) =>
      request(
        server.base,
        method,
        `/_matrix/client/v3${path}`,
        method === "GET" ? undefined : body,
        account.accessToken,
      )
    const plain = await bob.createRoom({ name: "Workshop", topic: "Tools", invite: [account.userId] })
    const { room_id: secret } = await rust.createRoom({
      name: "Vault",
      invite: [account.userId],
      initial_state: [{ type: "m.room.encryption", state_key: "", content: { algorithm: "m.megolm.v1.aes-sha2" } }],
    })
    for (const roomId of [plain, secret]) expect(await nia("POST", `/join/${roomId}`)).toMatchObject({ status: 200 })
    await bob.createRoom({ name: "Garden", invite: [account.userId] })
    const question = await bob.say(plain, "Where is the hammer?")

    const nheko = await Nheko.start(server.base, account)
    try {
      // Where it has met an account without cross-signing it offers to set that up.
      await until(
        () => nheko.hasLogged("Crosssigning keys uploaded!"),
        () => nheko.click(places.acceptsEncryption),
      )
      await nheko.picture("keys")
      const keys = await request(
        server.base,
        "POST",
        "/_matrix/client/v3/keys/query",
        { device_keys: { [account.userId]: [] } },
        account.accessToken,
      )
      expect(keys.body).toMatchObject({ master_keys: { [account.userId]: { usage: ["master"] } } })
      expect(await nia("GET", "/room_keys/version")).toMatchObject({ status: 200 })

      /** As one picks a room by its name. The picker takes the place of what was open. */
      const open = async (name: string) => {
        await nheko.click(places.hasSavedRecoveryKey)
        await nheko.press("Escape")
        await nheko.press("ctrl+k")
        await nheko.type(name)
        await nheko.press("Return")
      }
      const hasRead = async () => {
        const { rooms } = await bob.ask<{ rooms: { join: Record<string, { ephemeral: object }> } }>("GET", "/v3/sync")
        return JSON.stringify(rooms.join[plain]!.ephemeral).includes(question)
      }
      await until(hasRead, () => open("Workshop"))
      const write = async (text: string) => {
        await nheko.click(places.composer)
        await nheko.press("ctrl+a")
        await nheko.type(text)
        await nheko.press("Return")
      }
      await write("On the bench")
      const answer = async () => JSON.stringify((await latest(bob, plain))?.content).includes("On the bench")
      await until(answer)
      await nheko.picture("plain")
      expect(await latest(bob, plain)).toMatchObject({ sender: account.userId, content: { msgtype: "m.text" } })

      await joined(rust, secret, 2)
      const { event_id: told } = await rust.sendTextMessage(secret, "The number is 4711")
      await until(() => nheko.hasLogged("established inbound megolm session"))
      await until(
        () => rust.getRoom(secret)?.hasUserReadEvent(account.userId, told),
        () => open("Vault"),
      )
      await write("I have it")
      const read = await readable(rust, "I have it")
      await nheko.picture("secret")
      expect(read.isEncrypted()).toBe(true)
      expect(read.getSender()).toBe(account.userId)
      expect(nheko.complaints()).toEqual([])
    } finally {
      await nheko.picture("last")
      await nheko.stop()
    }
  })
})
