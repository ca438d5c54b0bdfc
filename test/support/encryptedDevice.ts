/** Devices of matrix-js-sdk with its Rust crypto, their keys in memory. */
import {
  ClientEvent,
  createClient,
  type ICreateClientOpts,
  type MatrixClient,
  type MatrixEvent,
  MatrixEventEvent,
  RoomEvent,
  SyncState,
} from "matrix-js-sdk"
import { quietLogger } from "./quietLogger.ts"

const password = "correct horse battery staple"

/** Opens an account's secret storage, once there is one. */
export interface RecoveryKey {
  key?: Uint8Array<ArrayBuffer>
}

/** A device's way to the server, which can be cut. */
export class Network {
  #cut = new AbortController()

  readonly fetch: typeof fetch = (input, init) => {
    const signals = [this.#cut.signal, init?.signal].filter((signal) => signal != null)
    return fetch(input, { ...init, signal: AbortSignal.any(signals) })
  }
  cut = () => this.#cut.abort(new TypeError("no network"))
  restore = () => void (this.#cut = new AbortController())
}

type Account = Pick<ICreateClientOpts, "userId" | "accessToken" | "deviceId">

/** The devices of one scenario, which stop together. */
export class EncryptedDevices {
  readonly #started: Array<MatrixClient> = []
  readonly #base: () => string

  constructor(base: () => string) {
    this.#base = base
  }

  async start(account: Account, recoveryKey: RecoveryKey = {}, network = new Network()) {
    const client = createClient({
      baseUrl: this.#base(),
      logger: quietLogger,
      fetchFn: network.fetch,
      ...account,
      cryptoCallbacks: {
        getSecretStorageKey: async ({ keys }) =>
          recoveryKey.key === undefined ? null : [Object.keys(keys)[0]!, recoveryKey.key],
      },
    })
    this.#started.push(client)
    await client.initRustCrypto({ useIndexedDB: false })
    await client.startClient({ initialSyncLimit: 100 })
    await new Promise<void>((ready) => {
      client.on(ClientEvent.Sync, (state) => state === SyncState.Prepared && ready())
    })
    return client
  }

  async newAccount(name: string) {
    const made = await this.#guest().registerRequest({ username: name, password, auth: { type: "m.login.dummy" } })
    return { userId: made.user_id, accessToken: made.access_token!, deviceId: made.device_id! }
  }

  /** One more device of somebody. */
  async logIn(userId: string) {
    const identifier = { type: "m.id.user", user: userId }
    const login = await this.#guest().loginRequest({ type: "m.login.password", identifier, password })
    return { userId: login.user_id, accessToken: login.access_token, deviceId: login.device_id }
  }

  stop() {
    for (const client of this.#started) client.stopClient()
  }

  #guest() {
    return createClient({ baseUrl: this.#base(), logger: quietLogger })
  }
}

/** Waits until the client can read a message with this text. */
export const readable = (client: MatrixClient, text: string) =>
  new Promise<MatrixEvent>((found) => {
    const look = (event: MatrixEvent) => {
      if (event.getContent()["body"] === text && !event.isDecryptionFailure()) found(event)
    }
    client.on(RoomEvent.Timeline, look)
    client.on(MatrixEventEvent.Decrypted, look)
    for (const room of client.getRooms()) for (const event of room.getLiveTimeline().getEvents()) look(event)
  })

export const joined = (client: MatrixClient, roomId: string, members: number) =>
  new Promise<void>((done) => {
    const look = () => (client.getRoom(roomId)?.getJoinedMembers().length ?? 0) >= members && done()
    client.on(ClientEvent.Event, look)
    look()
  })
