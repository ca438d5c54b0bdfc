/** Somebody asks to be forgotten: who was with them keeps what they wrote, and nobody else gets it. */
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { startServer, type Server } from "../support/server.ts"
import { registerUser, type User } from "../support/user.ts"

interface Shown {
  readonly event_id: string
  readonly content: object
  readonly unsigned?: { readonly "m.relations"?: object; readonly prev_content?: object }
}

let server: Server
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.stop())

const at = (roomId: string, rest: string) => `/v3/rooms/${encodeURIComponent(roomId)}${rest}`
const deactivate = (user: User, erase: boolean) =>
  user.ask("POST", "/v3/account/deactivate", {
    erase,
    auth: {
      type: "m.login.password",
      identifier: { type: "m.id.user", user: user.userId },
      password: "correct horse battery staple",
    },
  })

/** A public room in which Dana said something and edited it, before Newt came; Alice was there. */
const life = async (erase: boolean) => {
  const [alice, dana, newt] = [
    await registerUser(server, "alice"),
    await registerUser(server, "dana"),
    await registerUser(server, "newt"),
  ]
  const roomId = await alice.createRoom({ preset: "public_chat" })
  await dana.join(roomId)
  const root = await alice.say(roomId, "what do you think?")
  const said = await dana.say(roomId, "pomegranate")
  const edit = {
    msgtype: "m.text",
    body: "* persimmon",
    "m.new_content": { msgtype: "m.text", body: "persimmon" },
    "m.relates_to": { rel_type: "m.replace", event_id: said },
  }
  await dana.send(roomId, edit)
  const reply = await dana.send(roomId, {
    msgtype: "m.text",
    body: "quince",
    "m.relates_to": { rel_type: "m.thread", event_id: root },
  })
  await dana.ask("PUT", `/v3/profile/${encodeURIComponent(dana.userId)}/displayname`, { displayname: "Dana Levi" })
  const last = await dana.say(roomId, "medlar")
  await deactivate(dana, erase)
  await newt.join(roomId)
  return { alice, dana, newt, roomId, root, said, reply, last }
}

const words = /pomegranate|persimmon|quince|medlar|Dana Levi/

describe("what somebody wrote who asked to be forgotten", () => {
  it("is redacted for those who come later, wherever they read it", async () => {
    const { alice, dana, newt, roomId, root, said, reply, last } = await life(true)
    const everywhere = async (user: User) => {
      const paths = [
        at(roomId, "/messages?dir=b&limit=50"),
        at(roomId, `/event/${said}`),
        at(roomId, `/context/${last}?limit=20`),
        at(roomId, "/initialSync?limit=50"),
        at(roomId, "/state"),
        at(roomId, "/members"),
        `/v1${at(roomId, `/relations/${said}`).slice(3)}`,
        `/v1${at(roomId, "/threads").slice(3)}`,
        `/v3/sync?filter=${encodeURIComponent(JSON.stringify({ room: { timeline: { limit: 50 } } }))}`,
      ]
      const found = new Map<string, string>()
      for (const path of paths) found.set(path, JSON.stringify(await user.ask("GET", path)))
      const sliding = {
        lists: {},
        room_subscriptions: { [roomId]: { timeline_limit: 50, required_state: [["*", "*"]] } },
      }
      found.set(
        "sliding",
        JSON.stringify(await user.ask("POST", "/unstable/org.matrix.simplified_msc3575/sync", sliding)),
      )
      for (const search_term of ["pomegranate", "persimmon", "medlar"]) {
        const body = { search_categories: { room_events: { search_term } } }
        const { search_categories: categories } = await user.ask("POST", "/v3/search", body)
        const { results, count } = (categories as { room_events: { results: unknown; count: number } }).room_events
        found.set(search_term, `${count} ${JSON.stringify(results)}`)
      }
      return found
    }
    const ofNewt = await everywhere(newt)
    for (const [path, text] of ofNewt) expect(text, path).not.toMatch(words)
    expect(ofNewt.get("medlar")).toBe("0 []")
    const ofAlice = await everywhere(alice)
    for (const path of [at(roomId, `/event/${said}`), at(roomId, "/messages?dir=b&limit=50"), "medlar"]) {
      expect(ofAlice.get(path), path).toMatch(words)
    }

    const redacted = await newt.ask<Shown>("GET", at(roomId, `/event/${last}`))
    expect(redacted).toMatchObject({ sender: dana.userId, type: "m.room.message", content: {} })
    const thread = await newt.ask<Shown>("GET", at(roomId, `/event/${root}`))
    expect(JSON.stringify(thread)).toContain(reply)

    await server.restart()
    expect(await newt.ask<Shown>("GET", at(roomId, `/event/${last}`))).toMatchObject({ content: {} })
    expect(await alice.ask<Shown>("GET", at(roomId, `/event/${last}`))).toMatchObject({ content: { body: "medlar" } })
  })

  it("stays where they did not ask for it", async () => {
    const { newt, roomId, last } = await life(false)
    expect(await newt.ask<Shown>("GET", at(roomId, `/event/${last}`))).toMatchObject({ content: { body: "medlar" } })
  })
})
