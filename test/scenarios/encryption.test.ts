/** End-to-end encryption by a client that nobody here wrote: matrix-js-sdk with its Rust crypto. */
import {
  createClient,
  type ICreateClientOpts,
  type MatrixClient,
  type MatrixEvent,
  MatrixEventEvent,
} from "matrix-js-sdk"
import { ClientEvent, RoomEvent, SyncState } from "matrix-js-sdk"
import { CryptoEvent } from "matrix-js-sdk/lib/crypto-api/CryptoEvent.js"
import {
  type ShowSasCallbacks,
  type VerificationRequest,
  VerificationPhase,
  VerificationRequestEvent,
  VerifierEvent,
} from "matrix-js-sdk/lib/crypto-api/verification.js"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { quietLogger } from "../support/quietLogger.ts"
import { type Server, startServer } from "../support/server.ts"
import { request } from "../support/user.ts"

let server: Server
beforeAll(async () => {
  server = await startServer()
})
const started: Array<MatrixClient> = []
afterAll(async () => {
  for (const client of started) client.stopClient()
  await server.stop()
})

const password = "correct horse battery staple"

/** A device's way to the server, which can be cut. */
class Network {
  #cut = new AbortController()

  readonly fetch: typeof fetch = (input, init) => {
    const signals = [this.#cut.signal, init?.signal].filter((signal) => signal != null)
    return fetch(input, { ...init, signal: AbortSignal.any(signals) })
  }
  cut = () => this.#cut.abort(new TypeError("no network"))
  restore = () => void (this.#cut = new AbortController())
}

/** A device with its own keys in memory; `recoveryKey` opens the account's secret storage. */
const startDevice = async (
  account: Pick<ICreateClientOpts, "userId" | "accessToken" | "deviceId">,
  recoveryKey: { key?: Uint8Array<ArrayBuffer> },
  network = new Network(),
) => {
  const client = createClient({
    baseUrl: server.base,
    logger: quietLogger,
    fetchFn: network.fetch,
    ...account,
    cryptoCallbacks: {
      getSecretStorageKey: async ({ keys }) =>
        recoveryKey.key === undefined ? null : [Object.keys(keys)[0]!, recoveryKey.key],
    },
  })
  started.push(client)
  await client.initRustCrypto({ useIndexedDB: false })
  await client.startClient({ initialSyncLimit: 100 })
  await new Promise<void>((ready) => {
    client.on(ClientEvent.Sync, (state) => state === SyncState.Prepared && ready())
  })
  return client
}

const newAccount = async (name: string) => {
  const made = await createClient({ baseUrl: server.base, logger: quietLogger }).registerRequest({
    username: name,
    password,
    auth: { type: "m.login.dummy" },
  })
  return { userId: made.user_id, accessToken: made.access_token!, deviceId: made.device_id! }
}

const loggedIn = async (userId: string) => {
  const login = await createClient({ baseUrl: server.base, logger: quietLogger }).loginRequest({
    type: "m.login.password",
    identifier: { type: "m.id.user", user: userId },
    password,
  })
  return { userId: login.user_id, accessToken: login.access_token, deviceId: login.device_id }
}

/** Cross-signing, secret storage and a backup of keys, as a client sets up a new account. */
const setUpKeys = async (client: MatrixClient, recoveryKey: { key?: Uint8Array<ArrayBuffer> }) => {
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

/** Waits until the client can read a message with this text. */
const readable = (client: MatrixClient, text: string) =>
  new Promise<MatrixEvent>((found) => {
    const look = (event: MatrixEvent) => {
      if (event.getContent()["body"] === text && !event.isDecryptionFailure()) found(event)
    }
    client.on(RoomEvent.Timeline, look)
    client.on(MatrixEventEvent.Decrypted, look)
    for (const room of client.getRooms()) for (const event of room.getLiveTimeline().getEvents()) look(event)
  })

const joined = (client: MatrixClient, roomId: string, members: number) =>
  new Promise<void>((done) => {
    const look = () => (client.getRoom(roomId)?.getJoinedMembers().length ?? 0) >= members && done()
    client.on(ClientEvent.Event, look)
    look()
  })

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
    const [aliceKey, bobKey] = [{}, {}] as Array<{ key?: Uint8Array<ArrayBuffer> }>
    const [aliceAccount, bobAccount] = [await newAccount("crypt-alice"), await newAccount("crypt-bob")]
    const bobsNetwork = new Network()
    const alice = await startDevice(aliceAccount, aliceKey!)
    const bob = await startDevice(bobAccount, bobKey!, bobsNetwork)
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
    const third = await startDevice(await loggedIn(alice.getUserId()!), aliceKey!)
    const crypto = third.getCrypto()!
    expect(await crypto.userHasCrossSigningKeys(third.getUserId()!, true)).toBe(true)
    await crypto.bootstrapCrossSigning({})
    await crypto.loadSessionBackupPrivateKeyFromSecretStorage()
    const restored = await crypto.restoreKeyBackup()
    expect(restored.imported).toBeGreaterThan(0)
    await readable(third, "the first secret")
    await readable(third, "the answer")
    const status = await crypto.getDeviceVerificationStatus(third.getUserId()!, third.getDeviceId()!)
    expect(status?.signedByOwner).toBe(true)
  })
})
