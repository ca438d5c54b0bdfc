/** End-to-end encryption by a client that nobody here wrote: matrix-js-sdk with its Rust crypto. */
import type { MatrixClient } from "matrix-js-sdk"
import { CryptoEvent } from "matrix-js-sdk/lib/crypto-api/CryptoEvent.js"
import {
  type ShowSasCallbacks,
  type VerificationRequest,
  VerificationPhase,
  VerificationRequestEvent,
  VerifierEvent,
} from "matrix-js-sdk/lib/crypto-api/verification.js"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { EncryptedDevices, joined, Network, readable, type RecoveryKey } from "../support/encryptedDevice.ts"
import { type Server, startServer } from "../support/server.ts"
import { request } from "../support/user.ts"

let server: Server
beforeAll(async () => {
  server = await startServer()
})
const devices = new EncryptedDevices(() => server.base)
afterAll(async () => {
  devices.stop()
  await server.stop()
})

/** Cross-signing, secret storage and a backup of keys, as a client sets up a new account. */
const setUpKeys = async (client: MatrixClient, recoveryKey: RecoveryKey) => {
  const crypto = client.getCrypto()!
  await crypto.bootstrapCrossSigning({ authUploadDeviceSigningKeys: async (upload) => void (await upload(null)) })
  await crypto.bootstrapSecretStorage({
    setupNewKeyBackup: true,
    createSecretStorageKey: async () => {
      const created = await crypto.createRecoveryKeyFromPassphrase()
      recoveryKey.key = created.privateKey as Uint8Array<ArrayBuffer>
      return created
    },
  })
}

/** Waits until the client takes the other's identity for verified: the server gave back what it signed. */
const trusted = (client: MatrixClient, userId: string) =>
  new Promise<void>((done) => {
    const look = async () => {
      const status = await client.getCrypto()!.getUserVerificationStatus(userId)
      if (status.isCrossSigningVerified()) done()
    }
    client.on(CryptoEvent.UserTrustStatusChanged, () => void look())
    client.on(CryptoEvent.DevicesUpdated, () => void look())
    void look()
  })

/** Both show the same emoji and say that they match. */
const verifyByEmoji = async (alice: MatrixClient, bob: MatrixClient, roomId: string) => {
  const asked = new Promise<VerificationRequest>((received) => {
    bob.on(CryptoEvent.VerificationRequestReceived, received)
  })
  const request = await alice.getCrypto()!.requestVerificationDM(bob.getUserId()!, roomId)
  const received = await asked
  const ready = new Promise<void>((done) =>
    request.on(VerificationRequestEvent.Change, () => request.phase === VerificationPhase.Ready && done()),
  )
  await received.accept()
  await ready
  const shown: Array<string> = []
  const confirm = async (sas: ShowSasCallbacks) => {
    shown.push(JSON.stringify(sas.sas.emoji))
    await sas.confirm()
  }
  const bobs = new Promise<void>((done) => {
    const begin = () => {
      const verifier = received.verifier
      if (verifier === undefined) return
      received.off(VerificationRequestEvent.Change, begin)
      verifier.on(VerifierEvent.ShowSas, (sas) => void confirm(sas))
      void verifier.verify().then(() => done())
    }
    received.on(VerificationRequestEvent.Change, begin)
  })
  const verifier = await request.startVerification("m.sas.v1")
  verifier.on(VerifierEvent.ShowSas, (sas) => void confirm(sas))
  await Promise.all([verifier.verify(), bobs])
  return shown
}

describe("two people with matrix-js-sdk's Rust crypto", () => {
  it("verify each other, talk in secret, read later what came while away, and restore a third device", async () => {
    const [aliceKey, bobKey] = [{}, {}] as Array<RecoveryKey>
    const [aliceAccount, bobAccount] = [await devices.newAccount("crypt-alice"), await devices.newAccount("crypt-bob")]
    const bobsNetwork = new Network()
    const alice = await devices.start(aliceAccount, aliceKey!)
    const bob = await devices.start(bobAccount, bobKey!, bobsNetwork)
    await setUpKeys(alice, aliceKey!)
    await setUpKeys(bob, bobKey!)

    const { room_id: roomId } = await alice.createRoom({
      invite: [bob.getUserId()!],
      initial_state: [{ type: "m.room.encryption", state_key: "", content: { algorithm: "m.megolm.v1.aes-sha2" } }],
    })
    await bob.joinRoom(roomId)
    await joined(alice, roomId, 2)
    await alice.sendTextMessage(roomId, "the first secret")
    const read = await readable(bob, "the first secret")
    expect(read.isEncrypted()).toBe(true)
    await bob.sendTextMessage(roomId, "the answer")
    await readable(alice, "the answer")

    const shown = await verifyByEmoji(alice, bob, roomId)
    expect(shown).toHaveLength(2)
    expect(shown[0]).toBe(shown[1])
    await trusted(alice, bob.getUserId()!)
    await trusted(bob, alice.getUserId()!)

    bobsNetwork.cut()
    await alice.sendTextMessage(roomId, "said while away")
    bobsNetwork.restore()
    bob.retryImmediately()
    await readable(bob, "said while away")

    // The client takes up to ten seconds before it backs up what it learnt.
    const backedUp = async () => {
      const version = "/_matrix/client/v3/room_keys/version"
      return (await request(server.base, "GET", version, undefined, aliceAccount.accessToken)).body["count"]
    }
    await expect.poll(backedUp, { timeout: 30_000 }).toBeGreaterThanOrEqual(2)
    const third = await devices.start(await devices.logIn(alice.getUserId()!), aliceKey!)
    const crypto = third.getCrypto()!
    expect(await crypto.userHasCrossSigningKeys(third.getUserId()!, true)).toBe(true)
    await crypto.bootstrapCrossSigning({})
    await crypto.loadSessionBackupPrivateKeyFromSecretStorage()
    const restored = await crypto.restoreKeyBackup()
    expect(restored.imported).toBeGreaterThan(0)
    await readable(third, "the first secret")
    await readable(third, "the answer")
    // The signature comes back with the next list of devices.
    const signedByOwner = async () =>
      (await crypto.getDeviceVerificationStatus(third.getUserId()!, third.getDeviceId()!))?.signedByOwner
    await expect.poll(signedByOwner, { timeout: 30_000 }).toBe(true)
  })
})
