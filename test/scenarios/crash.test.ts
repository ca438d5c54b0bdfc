/**
 * Nothing acknowledged is lost or doubled, however often the server is killed. People write and read all the time; what
 * was not acknowledged when the server died is sent again under the same transaction id.
 * Set CRASH_ROUNDS for more kills than a quick run has.
 */
import { afterAll, beforeAll, expect, it } from "vitest"
import { Follower, historyOf } from "../support/Follower.ts"
import { startServer, type Server } from "../support/server.ts"
import { registerUser, type User } from "../support/user.ts"

const rounds = Number(process.env["CRASH_ROUNDS"] ?? 3)
const people = 8
const roomCount = 4

let server: Server
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.stop())

it(
  `keeps every acknowledged message once and in one order through ${rounds} kills`,
  async () => {
    const { users, roomIds } = await gather()
    // Some see everything in their timelines, some little: those have gaps to fill.
    const followers = users.map((user, i) => new Follower(user, { timelineLimit: i % 2 === 0 ? 100 : 3 }))
    for (const follower of followers) await follower.step(0)

    const { kill, cutOff, insist } = killable()
    const written = new Acknowledgements()
    let over = false
    const write = async (user: User, roomId: string, writer: string) => {
      for (let count = 1; !over; count++) {
        const body = `${writer}/${count}`
        const path = `/v3/rooms/${encodeURIComponent(roomId)}/send/m.room.message/${encodeURIComponent(body)}`
        written.add(body, await insist(() => sent(user, path, body)))
      }
    }
    const writers = users.flatMap((user, i) => roomIds.map((roomId, r) => write(user, roomId, `${i}-${r}`)))
    let silent = false
    const readers = followers.map(async (follower) => {
      while (!silent) await insist(() => follower.step(2000).then(() => true))
    })

    for (let round = 1; round <= rounds; round++) {
      // Another moment each time, with the other writers' requests on their way.
      await written.more(60 + ((round * 37) % 90))
      await kill()
    }
    await written.more(100)
    over = true
    await Promise.all(writers)
    silent = true
    await Promise.all(readers)
    for (const follower of followers) await follower.step(0)

    const stored = new Map<string, string>()
    for (const roomId of roomIds) {
      const history = await historyOf(users[0]!, roomId)
      const ids = history.map(({ event_id }) => event_id)
      expect(new Set(ids).size, "no event twice").toBe(ids.length)
      const bodies = history
        .filter(({ type }) => type === "m.room.message")
        .map(({ content }) => String(content["body"]))
      expect(new Set(bodies).size, "no transaction twice").toBe(bodies.length)
      expect(isInOrderOfWriting(bodies)).toBe(true)
      for (const { event_id, type, content } of history) {
        if (type === "m.room.message") stored.set(String(content["body"]), event_id)
      }
      for (const { timelines } of followers) {
        const seen = timelines.get(roomId)!.map(({ event_id }) => event_id)
        expect(seen, "each reader saw all, once, in the room's order").toEqual(ids.slice(ids.indexOf(seen[0]!)))
      }
    }
    expect(stored).toEqual(written.eventIds)
    expect(cutOff(), "the kills met requests on their way").toBeGreaterThan(rounds)
  },
  60_000 + rounds * 20_000,
)

/** Everyone in every room. */
const gather = async () => {
  const users: Array<User> = []
  for (let i = 0; i < people; i++) users.push(await registerUser(server, "writer"))
  const roomIds: Array<string> = []
  for (let i = 0; i < roomCount; i++) {
    const roomId = await users[0]!.createRoom({ preset: "public_chat" })
    for (const user of users.slice(1)) await user.join(roomId)
    roomIds.push(roomId)
  }
  return { users, roomIds }
}

/** The event's id, or undefined where the server says that it does not know: then the same is asked again. */
const sent = async (user: User, path: string, body: string) => {
  const answer = await user.call("PUT", path, { msgtype: "m.text", body })
  if (answer.status === 503) return undefined
  expect(answer).toMatchObject({ status: 200, body: { event_id: expect.any(String) } })
  return String(answer.body["event_id"])
}

/** The server with the times at which it is away: whoever meets it then waits until it is back. */
const killable = () => {
  let life: Promise<void> = Promise.resolve()
  let cutOff = 0
  return {
    kill: () => (life = server.crash()),
    /** Requests that ended with the server. */
    cutOff: () => cutOff,
    /** Tries until there is an outcome. Only the death of the server excuses a failure. */
    insist: async <A>(attempt: () => Promise<A | undefined>): Promise<A> => {
      while (true) {
        const begunIn = life
        await begunIn
        if (life !== begunIn) continue // killed again in between
        try {
          const outcome = await attempt()
          if (outcome !== undefined) return outcome
        } catch (error) {
          if (life === begunIn) throw error
          cutOff++
        }
      }
    },
  }
}

/** What was written and acknowledged, by its body. */
class Acknowledgements {
  readonly eventIds = new Map<string, string>()
  #wanted = Number.POSITIVE_INFINITY
  #reached = () => {}

  add(body: string, eventId: string) {
    this.eventIds.set(body, eventId)
    if (this.eventIds.size >= this.#wanted) this.#reached()
  }

  /** Waits until this many more are acknowledged. */
  more(count: number) {
    this.#wanted = this.eventIds.size + count
    return new Promise<void>((resolve) => (this.#reached = resolve))
  }
}

/** A writer sends its next message when the last is acknowledged. */
const isInOrderOfWriting = (bodies: ReadonlyArray<string>) => {
  const counts = new Map<string, number>()
  return bodies.every((body) => {
    const [writer, count] = body.split("/") as [string, string]
    const expected = (counts.get(writer) ?? 0) + 1
    counts.set(writer, expected)
    return Number(count) === expected
  })
}
