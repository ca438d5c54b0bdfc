/**
 * Nothing acknowledged is lost or doubled: the server is killed in the middle of a storm of messages, again and again.
 * Set CRASH_ROUNDS for more rounds than a quick run has.
 */
import { setTimeout as sleep } from "node:timers/promises"
import { afterAll, beforeAll, expect, it } from "vitest"
import { type Server, startServer } from "../support/server.ts"
import { registerUser, type User } from "../support/user.ts"

const rounds = Number(process.env["CRASH_ROUNDS"] ?? 3)
const writers = 32
const roomCount = 4
/** How long a storm goes on before the kill, so that it falls at different moments. */
const stormMs = (round: number) => 150 + ((round * 137) % 400)

interface ClientEvent {
  readonly event_id: string
  readonly type: string
  readonly content: { readonly body?: string }
}
interface SyncResponse {
  readonly next_batch: string
  readonly rooms: {
    readonly join?: Readonly<
      Record<
        string,
        {
          readonly timeline: {
            readonly events: ReadonlyArray<ClientEvent>
            readonly limited: boolean
            readonly prev_batch: string
          }
        }
      >
    >
  }
}
interface Page {
  readonly chunk: ReadonlyArray<ClientEvent>
  readonly end?: string
}

let server: Server
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.stop())

/** Asks until there is an answer: while the server is away there is none. */
const insist = async <A>(ask: () => Promise<A>): Promise<A> => {
  for (;;) {
    try {
      return await ask()
    } catch {
      await sleep(20)
    }
  }
}

const history = async (reader: User, roomId: string, from?: string, until?: (event: ClientEvent) => boolean) => {
  const events: Array<ClientEvent> = []
  for (let token = from, more = true; more;) {
    const query = `dir=b&limit=500${token === undefined ? "" : `&from=${token}`}`
    const page: Page = await insist(() =>
      reader.ask<Page>("GET", `/v3/rooms/${encodeURIComponent(roomId)}/messages?${query}`),
    )
    const known = until === undefined ? -1 : page.chunk.findIndex(until)
    events.push(...(known < 0 ? page.chunk : page.chunk.slice(0, known)))
    token = page.end
    more = page.end !== undefined && known < 0
  }
  return events.reverse()
}

/** Syncs through every crash with the token it has, and fills gaps as a client does. */
const follow = (reader: User, seen: Map<string, Array<string>>, stopped: () => boolean) => {
  const catchUp = async (since: string | undefined, timeout: number) => {
    const query = `timeout=${timeout}${since === undefined ? "" : `&since=${since}`}`
    const response = await insist(() => reader.ask<SyncResponse>("GET", `/v3/sync?${query}`))
    for (const [roomId, { timeline }] of Object.entries(response.rooms.join ?? {})) {
      const known = seen.get(roomId)!
      const missed = timeline.limited
        ? await history(reader, roomId, timeline.prev_batch, ({ event_id: id }) => known.includes(id))
        : []
      known.push(...[...missed, ...timeline.events].map(({ event_id: id }) => id))
    }
    return response.next_batch
  }
  return (async () => {
    let since: string | undefined
    while (!stopped()) since = await catchUp(since, 500)
    return catchUp(since, 0)
  })()
}

it(
  `keeps every acknowledged message once and in one order through ${rounds} kills`,
  { timeout: 30_000 + rounds * 20_000 },
  async () => {
    const owner = await registerUser(server, "owner")
    const readers = [await registerUser(server, "reader"), await registerUser(server, "reader")]
    const roomIds: Array<string> = []
    for (let index = 0; index < roomCount; index++) roomIds.push(await owner.createRoom({ preset: "public_chat" }))
    for (const reader of readers) for (const roomId of roomIds) await reader.join(roomId)

    let over = false
    const seen = readers.map(() => new Map(roomIds.map((roomId) => [roomId, new Array<string>()])))
    const following = readers.map((reader, index) => follow(reader, seen[index]!, () => over))

    /** Event ids by message, of what was acknowledged. */
    const acknowledged = new Map<string, string>()
    const write = async (writer: number, storm: { over: boolean }, round: number) => {
      const roomId = encodeURIComponent(roomIds[writer % roomCount]!)
      for (let count = 0; !storm.over; count++) {
        const body = `${round}.${writer}.${count}`
        const path = `/v3/rooms/${roomId}/send/m.room.message/${body}`
        // The same transaction until it is acknowledged, however often the server dies meanwhile.
        const { event_id: id } = await insist(() => owner.ask("PUT", path, { msgtype: "m.text", body }))
        acknowledged.set(body, String(id))
      }
    }
    for (let round = 0; round < rounds; round++) {
      const storm = { over: false }
      const writing = Array.from({ length: writers }, (_, writer) => write(writer, storm, round))
      await sleep(stormMs(round))
      const crashed = server.crash()
      await crashed
      storm.over = true
      await Promise.all(writing)
    }
    over = true
    await Promise.all(following)

    expect(acknowledged.size).toBeGreaterThan(rounds * writers)
    let stored = 0
    for (const roomId of roomIds) {
      const events = await history(owner, roomId)
      const messages = events.filter(({ type }) => type === "m.room.message")
      const bodies = messages.map(({ content }) => content.body!)
      expect(new Set(bodies).size, "no message twice").toBe(bodies.length)
      for (const { event_id: id, content } of messages) expect(acknowledged.get(content.body!)).toBe(id)
      stored += messages.length
      for (const of of seen)
        expect(of.get(roomId), "each reader saw all, once, in the room's order").toEqual(
          events.map(({ event_id: id }) => id),
        )
    }
    expect(stored, "every acknowledged message is there").toBe(acknowledged.size)
  },
)
