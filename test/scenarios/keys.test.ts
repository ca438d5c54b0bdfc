/** The server's side of encryption, over HTTP alone. Spec: "End-to-End Encryption", "Send-to-Device messaging". */
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { JsonObject } from "@biz1/protocol/json"
import { type Server, startServer } from "../support/server.ts"
import { crossSigningKey, deviceKeys, newSigner, type Signer } from "../support/signed.ts"
import { registerUser, type User } from "../support/user.ts"

let server: Server
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.stop())

interface Synced {
  readonly next_batch: string
  readonly to_device: {
    readonly events: ReadonlyArray<{ readonly content: { readonly n: number }; readonly sender: string }>
  }
  readonly device_lists: { readonly changed: ReadonlyArray<string>; readonly left: ReadonlyArray<string> }
  readonly device_one_time_keys_count: { readonly [algorithm: string]: number }
  readonly device_unused_fallback_key_types: ReadonlyArray<string>
}

const deviceOf = async (user: User) => String((await user.ask("GET", "/v3/account/whoami"))["device_id"])
const sync = (user: User, since?: string, timeout = 0) =>
  user.ask<Synced>("GET", `/v3/sync?timeout=${timeout}${since === undefined ? "" : `&since=${since}`}`)

/** Signs in keys for the user's device. */
const uploadDevice = async (user: User, signer: Signer = newSigner()) => {
  const deviceId = await deviceOf(user)
  const keys = deviceKeys(user.userId, deviceId, signer)
  await user.ask("POST", "/v3/keys/upload", { device_keys: keys })
  return { deviceId, keys, signer }
}
const oneTimeKeys = (from: number, count: number) =>
  Object.fromEntries(
    Array.from({ length: count }, (_, at) => [`signed_curve25519:k${from + at}`, { key: `key${from + at}` }]),
  )

const encryptedRoom = (user: User, options: object = {}) =>
  user.createRoom({
    initial_state: [{ type: "m.room.encryption", state_key: "", content: { algorithm: "m.megolm.v1.aes-sha2" } }],
    ...options,
  })

describe("one-time keys", () => {
  const claim = async (by: User, of: User, deviceId: string) => {
    const answer = await by.ask<{ one_time_keys: { [user: string]: { [device: string]: JsonObject } } }>(
      "POST",
      "/v3/keys/claim",
      { one_time_keys: { [of.userId]: { [deviceId]: "signed_curve25519" } } },
    )
    return Object.keys(answer.one_time_keys[of.userId]?.[deviceId] ?? {})[0]
  }

  it("are given in the order of uploading, each once, however many ask at once", async () => {
    const [alice, bob] = [await registerUser(server, "keys-alice"), await registerUser(server, "keys-bob")]
    const { deviceId } = await uploadDevice(alice)
    await alice.ask("POST", "/v3/keys/upload", { one_time_keys: oneTimeKeys(10, 3) })
    const counted = await alice.ask("POST", "/v3/keys/upload", { one_time_keys: oneTimeKeys(2, 27) })
    expect(counted).toEqual({ one_time_key_counts: { signed_curve25519: 27 } })
    expect(await claim(bob, alice, deviceId)).toBe("signed_curve25519:k10")
    expect(await claim(bob, alice, deviceId)).toBe("signed_curve25519:k11")
    const rest = await Promise.all(Array.from({ length: 30 }, () => claim(bob, alice, deviceId)))
    const given = rest.filter((key) => key !== undefined)
    expect(given).toHaveLength(25)
    expect(new Set(given).size).toBe(25)
  })

  it("give way to the fallback key, which stays, and is told to be used", async () => {
    const [alice, bob] = [await registerUser(server, "fall-alice"), await registerUser(server, "fall-bob")]
    const { deviceId } = await uploadDevice(alice)
    const fallback = { "signed_curve25519:f1": { key: "fallback", fallback: true } }
    await alice.ask("POST", "/v3/keys/upload", { one_time_keys: oneTimeKeys(1, 1), fallback_keys: fallback })
    const first = await sync(alice)
    expect(first.device_one_time_keys_count).toEqual({ signed_curve25519: 1 })
    expect(first.device_unused_fallback_key_types).toEqual(["signed_curve25519"])
    const waiting = sync(alice, first.next_batch, 30_000)
    expect(await claim(bob, alice, deviceId)).toBe("signed_curve25519:k1")
    expect((await waiting).device_one_time_keys_count).toEqual({ signed_curve25519: 0 })
    expect(await claim(bob, alice, deviceId)).toBe("signed_curve25519:f1")
    expect(await claim(bob, alice, deviceId)).toBe("signed_curve25519:f1")
    expect((await sync(alice)).device_unused_fallback_key_types).toEqual([])
  })

  it("do not change under their id, and belong to the device that uploads them", async () => {
    const alice = await registerUser(server, "clash")
    const { keys } = await uploadDevice(alice)
    const upload = (body: object) => alice.call("POST", "/v3/keys/upload", body)
    expect((await upload({ one_time_keys: { "signed_curve25519:a": { key: "1" } } })).status).toBe(200)
    expect((await upload({ one_time_keys: { "signed_curve25519:a": { key: "1" } } })).status).toBe(200)
    const invalid = { status: 400, body: { errcode: "M_INVALID_PARAM" } }
    expect(await upload({ one_time_keys: { "signed_curve25519:a": { key: "2" } } })).toMatchObject(invalid)
    expect(await upload({ device_keys: { ...keys, device_id: "OTHER" } })).toMatchObject(invalid)
  })
})

describe("messages from device to device", () => {
  const send = (from: User, to: User, device: string, n: number, txn = `t${n}`) =>
    from.ask("PUT", `/v3/sendToDevice/m.test/${txn}`, { messages: { [to.userId]: { [device]: { n } } } })
  const numbers = ({ to_device: { events } }: Synced) => events.map(({ content }) => content.n)

  it("come in their order, each until it is acknowledged, over lost answers and a crash", async () => {
    const [alice, bob] = [await registerUser(server, "mail-alice"), await registerUser(server, "mail-bob")]
    const start = (await sync(alice)).next_batch
    for (const n of [1, 2, 3]) await send(bob, alice, "*", n)
    await send(bob, alice, "*", 3) // the answer was lost: the same again
    const first = await sync(alice, start)
    expect(numbers(first)).toEqual([1, 2, 3])
    expect(numbers(await sync(alice, start))).toEqual([1, 2, 3])
    await server.crash()
    expect(numbers(await sync(alice, start))).toEqual([1, 2, 3])
    await send(bob, alice, await deviceOf(alice), 4)
    await send(bob, alice, "NOBODY", 5)
    const second = await sync(alice, first.next_batch)
    expect(numbers(second)).toEqual([4])
    expect(numbers(await sync(alice, second.next_batch))).toEqual([])
    expect(numbers(await sync(alice))).toEqual([])
  })

  it("come in pages where they are many, none twice", async () => {
    const [alice, bob] = [await registerUser(server, "many-alice"), await registerUser(server, "many-bob")]
    let since = (await sync(alice)).next_batch
    const all = Array.from({ length: 230 }, (_, n) => n)
    for (const n of all) await send(bob, alice, "*", n)
    const heard: Array<number> = []
    while (heard.length < all.length) {
      const answer = await sync(alice, since)
      since = answer.next_batch
      expect(numbers(answer).length).toBeLessThanOrEqual(100)
      heard.push(...numbers(answer))
    }
    expect(heard).toEqual(all)
    expect(numbers(await sync(alice, since))).toEqual([])
  })
})

describe("device lists", () => {
  it("tell of keys, joins and leaves in encrypted rooms, and of nothing else", async () => {
    const [alice, bob, carol] = await Promise.all(
      ["dl-alice", "dl-bob", "dl-carol"].map((name) => registerUser(server, name)),
    )
    const plain = await alice!.createRoom({ invite: [carol!.userId] })
    await carol!.join(plain)
    const roomId = await encryptedRoom(alice!, { invite: [bob!.userId] })
    let { next_batch: since } = await sync(alice!)
    const from = since

    const waiting = sync(alice!, since, 30_000)
    await bob!.join(roomId)
    let answer = await waiting
    while (answer.device_lists.changed.length === 0) answer = await sync(alice!, answer.next_batch, 30_000)
    expect(answer.device_lists).toEqual({ changed: [bob!.userId], left: [] })

    since = answer.next_batch
    await uploadDevice(carol!)
    const keyed = sync(alice!, since, 30_000)
    await uploadDevice(bob!)
    expect((await keyed).device_lists.changed).toEqual([bob!.userId])
    since = (await keyed).next_batch

    await bob!.ask("POST", `/v3/rooms/${roomId}/leave`, {})
    answer = await sync(alice!, since)
    expect(answer.device_lists).toEqual({ changed: [], left: [bob!.userId] })
    const changes = await alice!.ask("GET", `/v3/keys/changes?from=${from}&to=${answer.next_batch}`)
    expect(changes).toEqual({ changed: [], left: [bob!.userId] })
  })

  it("lose a device that logs out, with its keys", async () => {
    const [alice, bob] = [await registerUser(server, "out-alice"), await registerUser(server, "out-bob")]
    const roomId = await encryptedRoom(alice, { invite: [bob.userId] })
    await bob.join(roomId)
    const { deviceId } = await uploadDevice(bob)
    const query = () =>
      alice.ask<{ device_keys: { [user: string]: object } }>("POST", "/v3/keys/query", {
        device_keys: { [bob.userId]: [] },
      })
    expect(Object.keys((await query()).device_keys[bob.userId]!)).toEqual([deviceId])
    const { next_batch: since } = await sync(alice)
    await bob.ask("POST", "/v3/logout", {})
    expect((await sync(alice, since, 30_000)).device_lists.changed).toEqual([bob.userId])
    expect((await query()).device_keys[bob.userId]).toEqual({})
  })
})

describe("cross-signing", () => {
  const identity = (userId: string) => {
    const [master, selfSigning, userSigning] = [newSigner(), newSigner(), newSigner()]
    const signed = (usage: string, signer: Signer) =>
      master.sign(crossSigningKey(userId, usage, signer), userId, master.publicKey)
    const upload = {
      master_key: crossSigningKey(userId, "master", master),
      self_signing_key: signed("self_signing", selfSigning),
      user_signing_key: signed("user_signing", userSigning),
    }
    return { master, selfSigning, userSigning, upload }
  }
  const path = "/v3/keys/device_signing/upload"

  it("needs no password for the first keys or the same ones, and one for others", async () => {
    const alice = await registerUser(server, "sign-alice")
    const first = identity(alice.userId)
    expect((await alice.call("POST", path, first.upload)).status).toBe(200)
    expect((await alice.call("POST", path, first.upload)).status).toBe(200)
    const other = identity(alice.userId)
    const asked = await alice.call("POST", path, other.upload)
    expect(asked).toMatchObject({ status: 401, body: { session: expect.any(String) } })
    const auth = {
      type: "m.login.password",
      session: asked.body["session"],
      identifier: { type: "m.id.user", user: alice.userId },
      password: "correct horse battery staple",
    }
    expect((await alice.call("POST", path, { ...other.upload, auth })).status).toBe(200)
  })

  it("takes only keys that their master signed", async () => {
    const alice = await registerUser(server, "forged")
    const [one, other] = [identity(alice.userId), identity(alice.userId)]
    const forged = { ...one.upload, self_signing_key: other.upload.self_signing_key }
    expect(await alice.call("POST", path, forged)).toMatchObject({
      status: 400,
      body: { errcode: "M_INVALID_SIGNATURE" },
    })
  })

  it("shows signatures of one's own keys to all, and of others' keys to who made them", async () => {
    const [alice, bob, carol] = await Promise.all(
      ["si-alice", "si-bob", "si-carol"].map((name) => registerUser(server, name)),
    )
    const { deviceId, keys } = await uploadDevice(alice!)
    const [hers, his] = [identity(alice!.userId), identity(bob!.userId)]
    await alice!.ask("POST", path, hers.upload)
    await bob!.ask("POST", path, his.upload)
    const device = hers.selfSigning.sign({ ...keys, signatures: {} }, alice!.userId, hers.selfSigning.publicKey)
    const bobs = hers.userSigning.sign(his.upload.master_key, alice!.userId, hers.userSigning.publicKey)
    const bad = his.userSigning.sign(his.upload.master_key, alice!.userId, hers.userSigning.publicKey)
    const upload = (target: string, name: string, object: JsonObject) =>
      alice!.ask<{ failures: JsonObject }>("POST", "/v3/keys/signatures/upload", { [target]: { [name]: object } })
    expect(await upload(bob!.userId, his.master.publicKey, bad)).toMatchObject({
      failures: { [bob!.userId]: { [his.master.publicKey]: { errcode: "M_INVALID_SIGNATURE" } } },
    })
    expect(await upload(alice!.userId, deviceId, device)).toEqual({ failures: {} })
    expect(await upload(bob!.userId, his.master.publicKey, bobs)).toEqual({ failures: {} })

    const seenBy = async (user: User) => {
      const asked = { device_keys: { [alice!.userId]: [], [bob!.userId]: [] } }
      const answer = await user.ask<{ [section: string]: { [user: string]: never } }>("POST", "/v3/keys/query", asked)
      const of = (object: { signatures?: { [signer: string]: object } } | undefined) =>
        Object.keys(object?.signatures ?? {})
      return {
        device: Object.keys(
          (answer["device_keys"]![alice!.userId]![deviceId] as { signatures: { [user: string]: object } }).signatures[
            alice!.userId
          ]!,
        ).length,
        bobsMaster: of(answer["master_keys"]![bob!.userId]),
        userSigning: Object.keys(answer["user_signing_keys"]!),
      }
    }
    expect(await seenBy(alice!)).toEqual({ device: 2, bobsMaster: [alice!.userId], userSigning: [alice!.userId] })
    expect(await seenBy(carol!)).toEqual({ device: 2, bobsMaster: [], userSigning: [] })
  })
})

describe("a backup of keys", () => {
  const session = (first: number, verified: boolean, forwarded = 0) => ({
    first_message_index: first,
    forwarded_count: forwarded,
    is_verified: verified,
    session_data: { ciphertext: `${first} ${verified} ${forwarded}` },
  })

  it("keeps the better of two sessions, and tells changes by its etag", async () => {
    const alice = await registerUser(server, "backup")
    const create = () =>
      alice.ask("POST", "/v3/room_keys/version", {
        algorithm: "m.megolm_backup.v1.curve25519-aes-sha2",
        auth_data: { public_key: "abc" },
      })
    const old = String((await create())["version"])
    const version = String((await create())["version"])
    const path = `/v3/room_keys/keys/!room:x/s?version=${version}`
    let etag = String((await alice.ask("GET", "/v3/room_keys/version"))["etag"])
    const put = async (body: object, better: boolean) => {
      const answer = await alice.ask("PUT", path, body)
      expect(answer["count"]).toBe(1)
      expect(answer["etag"] === etag).toBe(!better)
      etag = String(answer["etag"])
      return alice.ask("GET", path)
    }
    expect(await put(session(5, false, 2), true)).toEqual(session(5, false, 2))
    expect(await put(session(5, false, 2), false)).toEqual(session(5, false, 2))
    expect(await put(session(5, false, 3), false)).toEqual(session(5, false, 2))
    expect(await put(session(5, false, 1), true)).toEqual(session(5, false, 1))
    expect(await put(session(3, false, 9), true)).toEqual(session(3, false, 9))
    expect(await put(session(9, true, 9), true)).toEqual(session(9, true, 9))
    expect(await put(session(0, false, 0), false)).toEqual(session(9, true, 9))
    expect(await alice.call("PUT", `/v3/room_keys/keys/!room:x/s?version=${old}`, session(1, true))).toMatchObject({
      status: 403,
      body: { errcode: "M_WRONG_ROOM_KEYS_VERSION", current_version: version },
    })
    expect(await alice.ask("DELETE", `/v3/room_keys/keys?version=${version}`)).toMatchObject({ count: 0 })
    await alice.ask("DELETE", `/v3/room_keys/version/${version}`)
    expect(await alice.ask("GET", "/v3/room_keys/version")).toMatchObject({ version: old })
    expect(await alice.call("GET", path)).toMatchObject({ status: 404, body: { errcode: "M_NOT_FOUND" } })
  })
})

describe("a dehydrated device", () => {
  it("gets messages for its owner, and is one", async () => {
    const [alice, bob] = [await registerUser(server, "dry-alice"), await registerUser(server, "dry-bob")]
    const path = "/unstable/org.matrix.msc3814.v1/dehydrated_device"
    const put = (deviceId: string) =>
      alice.ask("PUT", path, {
        device_id: deviceId,
        device_data: { algorithm: "test", account: "pickled" },
        device_keys: deviceKeys(alice.userId, deviceId, newSigner()),
        one_time_keys: oneTimeKeys(1, 1),
      })
    expect(await alice.call("GET", path)).toMatchObject({ status: 404, body: { errcode: "M_NOT_FOUND" } })
    await put("DRIED1")
    await put("DRIED2")
    expect(await alice.ask("GET", path)).toEqual({
      device_id: "DRIED2",
      device_data: { algorithm: "test", account: "pickled" },
    })
    const known = await bob.ask<{ device_keys: { [user: string]: object } }>("POST", "/v3/keys/query", {
      device_keys: { [alice.userId]: [] },
    })
    expect(Object.keys(known.device_keys[alice.userId]!)).toEqual(["DRIED2"])
    await bob.ask("PUT", "/v3/sendToDevice/m.test/d", { messages: { [alice.userId]: { DRIED2: { n: 1 } } } })
    const events = await alice.ask<{ events: ReadonlyArray<object>; next_batch: string }>(
      "POST",
      `${path}/DRIED2/events`,
      {},
    )
    expect(events.events).toMatchObject([{ type: "m.test", sender: bob.userId, content: { n: 1 } }])
    const { next_batch } = events
    expect(await alice.ask("POST", `${path}/DRIED2/events`, { next_batch })).toMatchObject({ events: [] })
    expect(await alice.ask("DELETE", path)).toEqual({ device_id: "DRIED2" })
    expect((await alice.call("GET", path)).status).toBe(404)
  })
})
