/** What application services are told: which events, in which order, exactly once, whatever stops in between. */
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { startAppservice, type Appservice, type Heard } from "../support/appservice.ts"
import { startServer, type Server } from "../support/server.ts"
import { registerUser, type User } from "../support/user.ts"

interface Event {
  readonly type: string
  readonly event_id: string
  readonly room_id: string
  readonly sender: string
  readonly state_key?: string
  readonly content: Readonly<Record<string, unknown>>
  readonly unsigned: { readonly invite_room_state?: ReadonlyArray<object> }
}

let service: Appservice
let watcher: Appservice
let server: Server
beforeAll(async () => {
  service = await startAppservice({ id: "wa", users: "@_wa_.*", registration: { receive_ephemeral: true } })
  watcher = await startAppservice({ id: "watch", rooms: "!.*", aliases: "#.*", shared: true })
  server = await startServer({ AS_REGISTRATIONS: `${service.file},${watcher.file}` })
})
afterAll(async () => {
  await server.stop()
  await Promise.all([service.close(), watcher.close()])
})

/** What was accepted. */
const transactions = (heard: ReadonlyArray<Heard>) =>
  heard.filter(({ method, path, status }) => method === "PUT" && path.includes("/transactions/") && status === 200)

/** A transaction that was repeated, as its answer was lost, counts once. */
const eventsOf = (heard: ReadonlyArray<Heard>): ReadonlyArray<Event> => {
  const once = new Map(transactions(heard).map(({ path, body }) => [path, body["events"] as ReadonlyArray<Event>]))
  return [...once.values()].flat()
}
const said = (heard: ReadonlyArray<Heard>, roomId: string) =>
  eventsOf(heard)
    .filter(({ type, room_id: id }) => type === "m.room.message" && id === roomId)
    .map(({ content }) => content["body"])

const untilSaid = (by: Appservice, roomId: string, text: string) =>
  by.until((heard) => (said(heard, roomId).includes(text) ? said(heard, roomId) : undefined))

let ghosts = 0
const makeGhost = async () => {
  const username = `_wa_${++ghosts}`
  const body = { type: "m.login.application_service", username, inhibit_login: true }
  await service.ask(server, "POST", "/v3/register", body)
  const userId = `@${username}:test.example`
  const as = `user_id=${encodeURIComponent(userId)}`
  return {
    userId,
    as,
    join: (roomId: string) => service.ask(server, "POST", `/v3/join/${encodeURIComponent(roomId)}?${as}`, {}),
  }
}

const roomWithGhost = async () => {
  const alice = await registerUser(server, "alice")
  const roomId = await alice.createRoom({ preset: "public_chat" })
  const ghost = await makeGhost()
  await ghost.join(roomId)
  return { alice, roomId, ghost }
}

const sayAll = async (user: User, roomId: string, texts: ReadonlyArray<string>) => {
  for (const text of texts) await user.say(roomId, text)
}

const numbered = (prefix: string, count: number) => Array.from({ length: count }, (_, index) => `${prefix}${index}`)

describe("an application service", () => {
  it("is told of the rooms that its users are in, from when they come to when they go", async () => {
    const alice = await registerUser(server, "alice")
    const roomId = await alice.createRoom({ preset: "public_chat" })
    const elsewhere = await alice.createRoom({ preset: "public_chat" })
    await alice.say(roomId, "too early")
    const ghost = await makeGhost()
    const path = `/v3/rooms/${encodeURIComponent(roomId)}`
    await alice.ask("POST", `${path}/invite`, { user_id: ghost.userId })
    await alice.say(roomId, "only invited")
    await ghost.join(roomId)
    await alice.say(roomId, "in time")
    await alice.say(elsewhere, "in another room")
    await alice.ask("POST", `${path}/kick`, { user_id: ghost.userId })
    await alice.say(roomId, "too late")
    await ghost.join(roomId)
    await alice.say(roomId, "in time again")
    expect(await untilSaid(service, roomId, "in time again")).toEqual(["in time", "in time again"])
    const members = eventsOf(service.heard).filter(({ state_key: key }) => key === ghost.userId)
    expect(members[0]?.unsigned.invite_room_state).toContainEqual(
      expect.objectContaining({ type: "m.room.create", sender: alice.userId }),
    )
    expect(members.map(({ content }) => content["membership"])).toEqual(["invite", "join", "leave", "join"])
    expect(eventsOf(service.heard).some(({ room_id: id }) => id === elsewhere)).toBe(false)
    // A namespace of rooms holds all of them.
    expect(await untilSaid(watcher, roomId, "in time again")).toEqual([
      "too early",
      "only invited",
      "in time",
      "too late",
      "in time again",
    ])
  })

  it("gets events in the form of the Client-Server API, with its token in both places", async () => {
    const { alice, roomId } = await roomWithGhost()
    const eventId = await alice.say(roomId, "Hello")
    await untilSaid(service, roomId, "Hello")
    expect(eventsOf(service.heard).find(({ event_id: id }) => id === eventId)).toMatchObject({
      type: "m.room.message",
      room_id: roomId,
      sender: alice.userId,
      content: { msgtype: "m.text", body: "Hello" },
    })
    for (const { authorization, query } of transactions(service.heard)) {
      expect([authorization, query.get("access_token")]).toEqual([`Bearer ${service.hsToken}`, service.hsToken])
    }
  })

  it("hears who types, has read and is there", async () => {
    const { alice, roomId } = await roomWithGhost()
    const eventId = await alice.say(roomId, "Read this")
    const room = `/v3/rooms/${encodeURIComponent(roomId)}`
    await alice.ask("PUT", `${room}/typing/${encodeURIComponent(alice.userId)}`, { typing: true })
    await alice.ask("POST", `${room}/receipt/m.read.private/${encodeURIComponent(eventId)}`, {})
    await alice.ask("POST", `${room}/receipt/m.read/${encodeURIComponent(eventId)}`, { thread_id: "main" })
    await alice.ask("PUT", `/v3/presence/${encodeURIComponent(alice.userId)}/status`, { presence: "unavailable" })
    const ephemeral = (heard: ReadonlyArray<Heard>) =>
      transactions(heard).flatMap(({ body }) => body["ephemeral"] as ReadonlyArray<Record<string, unknown>>)
    const presence = { type: "m.presence", sender: alice.userId, content: { presence: "unavailable" } }
    const told = await service.until((heard) => {
      const all = ephemeral(heard)
      const ofRoom = all.filter(({ room_id: id }) => id === roomId)
      const ofAlice = all.filter((event) => event["sender"] === alice.userId)
      return ofRoom.length >= 2 && ofAlice.some(({ content }) => Object(content).presence === "unavailable")
        ? [...ofRoom, ...ofAlice]
        : undefined
    })
    expect(told).toEqual(
      expect.arrayContaining([
        { type: "m.typing", room_id: roomId, content: { user_ids: [alice.userId] } },
        expect.objectContaining({ type: "m.receipt", room_id: roomId }),
        expect.objectContaining({ ...presence, content: expect.objectContaining(presence.content) as unknown }),
      ]),
    )
    const receipts = told.filter(({ type }) => type === "m.receipt").map(({ content }) => content)
    expect(receipts).toEqual([
      { [eventId]: { "m.read": { [alice.userId]: { ts: expect.any(Number) as number, thread_id: "main" } } } },
    ])
    expect(transactions(service.heard).every(({ body }) => "de.sorunome.msc2409.ephemeral" in body)).toBe(true)
    expect(transactions(watcher.heard).some(({ body }) => "ephemeral" in body)).toBe(false)
  })
})

describe("transactions", () => {
  it("come one after the other and in order, and no event twice", async () => {
    const { alice, roomId } = await roomWithGhost()
    let atOnce = 0
    let most = 0
    service.answer = async () => {
      most = Math.max(most, ++atOnce)
      await new Promise((resolve) => setImmediate(resolve))
      atOnce--
      return undefined
    }
    const texts = numbered("Number ", 150)
    await sayAll(alice, roomId, texts)
    expect(await untilSaid(service, roomId, texts.at(-1)!)).toEqual(texts)
    expect(most).toBe(1)
    const paths = transactions(service.heard).map(({ path }) => path)
    expect(new Set(paths).size).toBe(paths.length)
    expect(
      transactions(service.heard).every(({ body }) => (body["events"] as ReadonlyArray<Event>).length <= 100),
    ).toBe(true)
    service.answer = () => undefined
  })

  it("are repeated unchanged until they are accepted", async () => {
    const { alice, roomId } = await roomWithGhost()
    await alice.say(roomId, "Before")
    await untilSaid(service, roomId, "Before")
    let refusals = 2
    const seen: Array<string> = []
    service.answer = ({ path, body }) => {
      seen.push(`${path} ${JSON.stringify(body)}`)
      return refusals-- > 0 ? { status: 500, body: {} } : undefined
    }
    await sayAll(alice, roomId, ["First", "Second"])
    expect((await untilSaid(service, roomId, "Second")).slice(-2)).toEqual(["First", "Second"])
    expect(seen.length).toBeGreaterThan(2)
    expect(new Set(seen.slice(0, 3)).size).toBe(1)
    service.answer = () => undefined
  })

  it("survive that either side stops in the middle", async () => {
    const { alice, roomId, ghost } = await roomWithGhost()
    await sayAll(alice, roomId, ["a", "b"])
    await untilSaid(service, roomId, "b")

    await service.stop()
    await sayAll(alice, roomId, ["c", "d"])
    await server.crash()
    await sayAll(alice, roomId, ["e"])
    // What was said while its user was in the room is the service's, also when that has ended by the time it hears.
    await service.ask(server, "POST", `/v3/rooms/${encodeURIComponent(roomId)}/leave?${ghost.as}`, {})
    await sayAll(alice, roomId, ["nobody hears"])
    await server.restart()
    await service.start()
    await ghost.join(roomId)
    await sayAll(alice, roomId, ["f"])
    await service.ask(server, "POST", `/v1/appservice/${service.id}/ping`, {})
    expect(await untilSaid(service, roomId, "f")).toEqual(["a", "b", "c", "d", "e", "f"])
    const ids = eventsOf(service.heard).map(({ event_id: id }) => id)
    expect(new Set(ids).size).toBe(ids.length)
  })

  it("go on where one process takes over from another", async () => {
    const { alice, roomId } = await roomWithGhost()
    await sayAll(alice, roomId, ["one"])
    await untilSaid(service, roomId, "one")
    // As when a new version starts before the old one has stopped.
    const successor = await startServer({ DATABASE_URL: server.databaseUrl, AS_REGISTRATIONS: service.file })
    await sayAll(alice, roomId, ["two", "three"])
    await untilSaid(service, roomId, "three")
    await successor.stop()
    await server.restart()
    await sayAll(alice, roomId, ["four"])
    expect(await untilSaid(service, roomId, "four")).toEqual(["one", "two", "three", "four"])
  })

  it("go to the old paths of a service that knows no others", async () => {
    const { alice, roomId } = await roomWithGhost()
    service.answer = ({ path }) =>
      path.startsWith("/_matrix/app/v1/") ? { status: 404, body: { errcode: "M_UNRECOGNIZED" } } : undefined
    await sayAll(alice, roomId, ["Old"])
    await untilSaid(service, roomId, "Old")
    const { path, authorization } = transactions(service.heard).at(-1)!
    expect([path.split("/")[1], authorization]).toEqual(["transactions", `Bearer ${service.hsToken}`])
    service.answer = () => undefined
  })
})
