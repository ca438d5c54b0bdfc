/** Two servers on one database, joined by a real NATS server. */
import { Effect, Exit, Scope } from "effect"
import { natsAvailable, natsServer } from "@biz1/server/bus/natsServer"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { startAppservice, type Appservice } from "../support/appservice.ts"
import { type Server, startServer } from "../support/server.ts"
import { registerUser, userOn, type User } from "../support/user.ts"

type Nats = Effect.Success<ReturnType<typeof natsServer>>

describe.runIf(natsAvailable)("two nodes", () => {
  let scope: Scope.Closeable
  let nats: Nats
  let here: Server
  let there: Server
  let service: Appservice
  beforeAll(async () => {
    scope = await Effect.runPromise(Scope.make())
    nats = await Effect.runPromise(Scope.provide(natsServer(), scope))
    service = await startAppservice({ rooms: "!.*", shared: true, registration: { receive_ephemeral: true } })
    const settings = { NATS_URL: nats.url, AS_REGISTRATIONS: service.file }
    here = await startServer(settings)
    there = await startServer({ ...settings, DATABASE_URL: here.databaseUrl })
  })
  afterAll(async () => {
    await Promise.all([here.stop(), there.stop(), service.close()])
    await Effect.runPromise(Scope.close(scope, Exit.void))
  })

  interface Synced {
    readonly next_batch: string
    readonly presence: { readonly events: ReadonlyArray<{ sender: string; content: { presence: string } }> }
    readonly rooms: {
      readonly join: {
        readonly [id: string]: {
          readonly timeline: { readonly events: ReadonlyArray<{ event_id: string; content: { body?: string } }> }
          readonly ephemeral: {
            readonly events: ReadonlyArray<{ type: string; content: { user_ids?: Array<string> } }>
          }
        }
      }
    }
  }

  /** Syncs on until something that came fits. */
  const follow = async (user: User, since: string, seen: (answer: Synced) => boolean) => {
    let token = since
    while (true) {
      const answer: Synced = await user.ask("GET", `/v3/sync?timeout=30000&since=${token}`)
      token = answer.next_batch
      if (seen(answer)) return token
    }
  }
  const start = async (user: User) => (await user.ask<Synced>("GET", "/v3/sync")).next_batch

  const bodies = async (user: User, roomId: string) => {
    const page = await user.ask<{ chunk: ReadonlyArray<{ content: { body?: string } }> }>(
      "GET",
      `/v3/rooms/${roomId}/messages?dir=f&limit=200`,
    )
    return page.chunk.map(({ content }) => content.body).filter((body) => body !== undefined)
  }

  /** Alice on the one node, Bob on the other, in one room. */
  const meet = async (name: string) => {
    const alice = await registerUser(here, `${name}-alice`)
    const bob = await registerUser(there, `${name}-bob`)
    const roomId = await alice.createRoom({ invite: [bob.userId] })
    await bob.join(roomId)
    return { alice, bob, roomId }
  }

  it("are one server to people: both ways, at once, in one order", async () => {
    const { alice, bob, roomId } = await meet("talk")
    const since = await start(bob)
    const heard = follow(bob, since, ({ rooms }) =>
      (rooms.join[roomId]?.timeline.events ?? []).some(({ content }) => content.body === "hello there"),
    )
    await alice.say(roomId, "hello there")
    await heard
    const texts = Array.from({ length: 20 }, (_, index) => String(index))
    await Promise.all([
      ...texts.map((text) => alice.say(roomId, `a${text}`)),
      ...texts.map((text) => bob.say(roomId, `b${text}`)),
    ])
    const [one, other] = [await bodies(alice, roomId), await bodies(bob, roomId)]
    expect(one).toEqual(other)
    expect([...one].sort()).toEqual(["hello there", ...texts.flatMap((text) => [`a${text}`, `b${text}`])].sort())
  })

  it("allow what has been allowed at the other", async () => {
    const { alice, bob, roomId } = await meet("allow")
    const levels = await alice.ask("GET", `/v3/rooms/${roomId}/state/m.room.power_levels`)
    let since = await start(bob)
    const setLevel = async (level: number) => {
      await alice.setState(roomId, "m.room.power_levels", { ...levels, events_default: level })
      since = await follow(bob, since, ({ rooms }) => rooms.join[roomId] !== undefined)
    }
    const saying = { msgtype: "m.text", body: "may I?" }
    await setLevel(50)
    expect((await bob.call("PUT", `/v3/rooms/${roomId}/send/m.room.message/1`, saying)).status).toBe(403)
    await setLevel(0)
    await bob.say(roomId, "thank you")
    expect(await bodies(alice, roomId)).toEqual(["thank you"])
  })

  it("tell each other who types and who is there, and what was forgotten", async () => {
    const { alice, bob, roomId } = await meet("live")
    const typed = follow(bob, await start(bob), ({ rooms }) =>
      (rooms.join[roomId]?.ephemeral.events ?? []).some(({ content }) => content.user_ids?.includes(alice.userId)),
    )
    await alice.ask("PUT", `/v3/rooms/${roomId}/typing/${alice.userId}`, { typing: true, timeout: 30_000 })
    await typed
    const away = follow(bob, await start(bob), ({ presence }) =>
      presence.events.some(({ sender, content }) => sender === alice.userId && content.presence === "unavailable"),
    )
    await alice.ask("PUT", `/v3/presence/${alice.userId}/status`, { presence: "unavailable" })
    await away

    const bobHere = userOn(here, bob)
    const since = await start(bobHere)
    await bob.ask("POST", `/v3/rooms/${roomId}/leave`, {})
    await follow(bobHere, since, () => true)
    await bob.ask("POST", `/v3/rooms/${roomId}/forget`, {})
    await expect
      .poll(async () => JSON.stringify(await bobHere.ask("GET", `/v3/sync?filter={"room":{"include_leave":true}}`)))
      .not.toContain(roomId)
  })

  it("tell an application service once who types and who is there, wherever that is", async () => {
    const { alice, bob, roomId } = await meet("told")
    // A service hears what passes in the rooms that its log has come to.
    const joined = { room_id: roomId, state_key: bob.userId, content: expect.objectContaining({ membership: "join" }) }
    const events = () => service.heard.flatMap(({ body }) => (body["events"] ?? []) as ReadonlyArray<object>)
    await service.until(() => events().find((event) => expect.objectContaining(joined).asymmetricMatch(event)))
    const told = () =>
      service.heard.flatMap(
        ({ body }) =>
          (body["ephemeral"] ?? []) as ReadonlyArray<{
            type: string
            room_id?: string
            sender?: string
            content: object
          }>,
      )
    const typing = () => told().filter(({ type, room_id: id }) => type === "m.typing" && id === roomId)
    for (const [turn, user] of [alice, bob].entries()) {
      const path = `/v3/rooms/${roomId}/typing/${user.userId}`
      await user.ask("PUT", path, { typing: true, timeout: 30_000 })
      await service.until(() => typing().at(2 * turn))
      await user.ask("PUT", path, { typing: false })
      await service.until(() => typing().at(2 * turn + 1))
    }
    expect(typing().map(({ content }) => content)).toEqual([
      { user_ids: [alice.userId] },
      { user_ids: [] },
      { user_ids: [bob.userId] },
      { user_ids: [] },
    ])
    const away = (user: User) => () =>
      told().filter(({ sender, content }) => sender === user.userId && "status_msg" in content)
    for (const user of [alice, bob]) {
      await user.ask("PUT", `/v3/presence/${user.userId}/status`, { presence: "unavailable", status_msg: "at lunch" })
      await service.until(() => away(user)()[0])
      await bob.say(roomId, "somebody else says something")
      expect(away(user)()).toHaveLength(1)
    }
  })

  it("forget together whoever asked to be forgotten", async () => {
    const [alice, bob, carol] = [
      await registerUser(here, "alice"),
      await registerUser(here, "bob"),
      await registerUser(here, "carol"),
    ]
    const roomId = await alice.createRoom({ preset: "public_chat" })
    await bob.join(roomId)
    const eventId = await bob.say(roomId, "not for ever")
    await carol.join(roomId)
    const read = async (user: User) => {
      const path = `/v3/rooms/${encodeURIComponent(roomId)}/event/${eventId}`
      const { content } = (await userOn(there, user).call("GET", path)).body
      return (content as { readonly body?: string } | undefined)?.body
    }
    while ((await read(carol)) !== "not for ever"); // until the other node has heard of it all
    await bob.ask("POST", "/v3/account/deactivate", {
      erase: true,
      auth: {
        type: "m.login.password",
        identifier: { type: "m.id.user", user: bob.userId },
        password: "correct horse battery staple",
      },
    })
    while ((await read(carol)) !== undefined);
    expect(await read(alice)).toBe("not for ever")
  })

  it("go on without each other: a crash, and NATS away, lose nothing", async () => {
    const { alice, bob, roomId } = await meet("crash")
    const since = await start(alice)
    await Effect.runPromise(nats.stop)
    await bob.say(roomId, "without nats")
    await follow(alice, since, ({ rooms }) =>
      (rooms.join[roomId]?.timeline.events ?? []).some(({ content }) => content.body === "without nats"),
    )
    await Effect.runPromise(nats.start)
    await alice.say(roomId, "before the crash")
    await here.crash()
    await bob.say(roomId, "after the crash")
    // A client of the node that died goes on at the other one with the token it had.
    const moved = userOn(there, alice)
    const seen: Array<string> = []
    await follow(moved, since, ({ rooms }) => {
      for (const { content } of rooms.join[roomId]?.timeline.events ?? []) if (content.body) seen.push(content.body)
      return seen.includes("after the crash")
    })
    expect(seen).toEqual(["without nats", "before the crash", "after the crash"])
    await alice.say(roomId, "back again")
    expect(await bodies(bob, roomId)).toEqual([...seen, "back again"])
  })
})
