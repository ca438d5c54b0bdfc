/** Two implementations of end-to-end encryption: libolm in matrix-nio, and the Rust crypto of matrix-js-sdk. */
import { type MatrixClient, RoomMemberEvent } from "matrix-js-sdk"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { EncryptedDevices, readable } from "../support/encryptedDevice.ts"
import { hasNio, runNio } from "../support/nio.ts"
import { type Server, startServer } from "../support/server.ts"

let server: Server
beforeAll(async () => {
  server = await startServer()
})
const devices = new EncryptedDevices(() => server.base)
afterAll(async () => {
  devices.stop()
  await server.stop()
})

/** Joins where they are invited, and answers the first thing that they can read there. */
const answerOnce = async (client: MatrixClient) => {
  client.on(RoomMemberEvent.Membership, (_, { userId, membership, roomId }) => {
    if (userId === client.getUserId() && membership === "invite") void client.joinRoom(roomId)
  })
  const read = await readable(client, "from nio")
  await client.sendTextMessage(read.getRoomId()!, "to nio")
  return read
}

describe.runIf(hasNio)("matrix-nio with libolm", () => {
  it("verifies, talks in secret, reads what came while away, opens files, and talks with the Rust crypto", async () => {
    const peer = await devices.start(await devices.newAccount("rust-peer"))
    const [seen, read] = await Promise.all([
      runNio("matrix_nio_encryption.py", server.base, "scenario", peer.getUserId()!),
      answerOnce(peer),
    ])
    expect(read.isEncrypted()).toBe(true)
    // Each with whether it was encrypted, and by a device that the reader has verified.
    expect(seen).toEqual({
      dana: [
        ["its answer", true, true],
        ["to nio", true, false],
      ],
      omar: [
        ["a secret", true, true],
        ["said while away", true, true],
      ],
      emoji: 7,
      sameEmoji: true,
      storedInClear: false,
      opened: true,
    })
  })
})
